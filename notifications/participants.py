"""Who of the staff is told of an appointment beside its psychiatrist.

Whoever looks after the client, or booked for somebody whom nobody looks after; and who comes along.
"""

from collections import defaultdict
from collections.abc import Collection

from notifications.models import MessageKind
from scheduling.caseloads import contacts
from scheduling.models import Appointment, Change, Companion
from sites.models import User


class Participants:
    """Those of `appointments`, with `client` and `booked_by` at hand; two queries."""

    def __init__(self, appointments: Collection[Appointment]) -> None:
        self._contacts = contacts(appointments)
        self._companions: dict[int, list[User]] = defaultdict(list)
        found = Companion.objects.filter(appointment__in=[each.pk for each in appointments])
        for each in found.select_related("user").defer("user__phone"):
            self._companions[each.appointment_id].append(each.user)

    def of(self, appointment: Appointment) -> list[User]:
        """Each once, who is asked about the appointment first."""
        return list(dict.fromkeys([self._contacts[appointment.pk], *self._companions[appointment.pk]]))


def told_of_joining(
    change: Change, parties: Collection[User], people: dict[int, User]
) -> dict[User, MessageKind]:
    """Of a change by which somebody only joins or leaves the `parties`: who gets the entry, and from whom it
    is taken. Who left again meanwhile gets none, and who stays for another reason keeps it."""
    joins, leaves = people.get(change.data.get("to", 0)), people.get(change.data.get("from", 0))
    told = {}
    if joins is not None and joins in parties:
        told[joins] = MessageKind.CONFIRMATION
    if leaves is not None and leaves not in parties:
        told[leaves] = MessageKind.CANCELLED
    return told


def named_in(changes: Collection[Change]) -> dict[int, User]:
    """By key, the people whom such changes name; one query, none without such a change."""
    keys = {pk for each in changes for pk in each.data.values()}
    return User.objects.defer("phone").in_bulk(keys) if keys else {}
