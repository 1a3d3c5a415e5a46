"""Twilio's message statuses, in the order in which they can follow each other."""

from notifications.models import MessageState

# Callbacks come late, twice and out of order; a message never goes back. Statuses of the last but one rank
# are final, save that a delivered one may be read.
RANK = {
    "": 0,
    "accepted": 1,
    "scheduled": 1,
    "queued": 2,
    "sending": 3,
    "sent": 4,
    "delivered": 5,
    "undelivered": 5,
    "failed": 5,
    "canceled": 5,
    "read": 6,
}
DELIVERED = frozenset({"delivered", "read"})
FAILED = frozenset({"undelivered", "failed", "canceled"})

# Twilio's codes (twilio.com/docs/api/errors). The recipient answered STOP at Twilio.
OPTED_OUT = "21610"
# What no further attempt would change: no valid number, no mobile number, unreachable, unknown, landline.
UNUSABLE_NUMBER = frozenset({"21211", "21614", "30003", "30005", "30006"})


def state_of(status: str) -> MessageState:
    """What a provider's status means for the message; any unknown one, that the provider has it."""
    if status in DELIVERED:
        return MessageState.DELIVERED
    return MessageState.FAILED if status in FAILED else MessageState.SENT


def before(status: str) -> list[str]:
    """The statuses that `status` may replace; none for an unknown one."""
    rank = RANK.get(status, 0)
    return [each for each, its in RANK.items() if its < rank and not (status == "read" and each in FAILED)]
