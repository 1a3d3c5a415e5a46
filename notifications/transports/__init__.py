"""Ways to reach a person. Each sends one thing and returns a Receipt, or raises TransportError."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Receipt:
    """What the provider answered: its id for the message and its first status; both empty for e-mail."""

    sid: str = ""
    status: str = ""
    error_code: str = ""


class TransportError(Exception):
    """Sending did not work, or it is not known whether it did.

    `permanent`: it never will. `uncertain`: it left and the answer was lost, so it must not be sent again
    before the provider was asked. Neither: it has not left; again later. `code` is for staff and logs and
    says nothing about the recipient.
    """

    def __init__(
        self, code: str, *, permanent: bool = False, uncertain: bool = False, opted_out: bool = False
    ) -> None:
        super().__init__(code)
        self.code = code
        self.permanent = permanent
        self.uncertain = uncertain
        self.opted_out = opted_out
