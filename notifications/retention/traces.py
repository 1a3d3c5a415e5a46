"""Finding what names a client in places that know nothing of clients: sessions, and the data of changes."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from notifications.audit.reading import keys_of
from scheduling.models import Client
from sites.names import same_name

_BETWEEN = re.compile(r"[\s()/.-]+")
# Of a number in any spelling these digits are the same: +49 171 …, 0049171…, 0171/….
_TELLING_DIGITS = 9


@dataclass(frozen=True)
class Traces:
    """The words that lead to one client, and the keys: the client's, and those of merged records."""

    keys: tuple[int, ...]
    codes: tuple[str, ...]
    name: str
    phone: str
    birth_date: date | None

    @classmethod
    def of(cls, client: Client) -> "Traces":
        return cls(
            keys=tuple(keys_of(client)),
            codes=(client.code, *(each.code for each in client.former_codes.all())),
            name=client.name,
            phone=client.phone,
            birth_date=cast(date | None, client.birth_date),
        )

    def lead_from(self, text: str) -> bool:
        """Whether `text` names the client, reaches them, or is about their page."""
        return any(
            (
                any(f"/klientinnen/{key}/" in text for key in self.keys),
                any(code.casefold() in text.casefold() for code in self.codes),
                self.name and _words(self.name) <= _words(text),
                self.phone and self.phone[-_TELLING_DIGITS:] in _BETWEEN.sub("", text),
                self.birth_date and any(each in text for each in _spellings(self.birth_date)),
            )
        )

    def lead_from_value(self, value: Any) -> bool:
        """As `lead_from`, for the texts anywhere within what JSON can hold."""
        return any(self.lead_from(text) for text in _texts(value))


def _words(text: str) -> set[str]:
    """The words of a name or a text, whatever their order, case and signs between them."""
    return set(re.findall(r"\w+", same_name(text)))


def _spellings(day: date) -> tuple[str, str]:
    return f"{day:%Y-%m-%d}", f"{day:%d.%m.%Y}"


def _texts(value: Any) -> Iterable[str]:
    match value:
        case str():
            yield value
        case dict():
            for key, each in value.items():
                yield key
                yield from _texts(each)
        case list():
            for each in value:
                yield from _texts(each)
