"""An hour with bookings, for the tests of what changes a whole hour."""

import dataclasses
import datetime

from scheduling import booking
from scheduling.models import Appointment, Change, ConsultationHour, Slot
from sites.models import User
from tests.builders import NOW, make_client, make_published_hour

FIRST = datetime.date(2026, 12, 9)
SECOND = datetime.date(2026, 12, 16)


@dataclasses.dataclass
class Booked:
    """An hour of six half hours from 13:00 on 9 December, booked in the slots of those numbers."""

    hour: ConsultationHour
    appointments: list[Appointment]

    @property
    def by(self) -> User:
        return self.hour.psychiatrist

    def again(self) -> list[Appointment]:
        """The appointments as they stand now, in the order in which they were booked."""
        return list(
            Appointment.objects.filter(pk__in=[each.pk for each in self.appointments])
            .select_related("slot")
            .order_by("pk")
        )


def make_booked(*numbers: int) -> Booked:
    hour = make_published_hour()
    slots = list(hour.slots.all())
    appointments = []
    for number in numbers:
        client = make_client(hour.site.facility)
        appointments.append(booking.book(slot=slots[number], client=client, by=client.created_by, now=NOW))
    return Booked(hour, appointments)


def clocks(appointments: list[Appointment]) -> list[str]:
    """ "16.12. 13:30" in Berlin"""
    zone = appointments[0].slot.site.zone if appointments else datetime.UTC
    return [f"{each.starts_at.astimezone(zone):%d.%m. %H:%M}" for each in appointments]


def slots_of(hour: ConsultationHour) -> list[tuple[str, str, str]]:
    """Start, type and state of each slot, in order."""
    return [
        (f"{slot.starts_at.astimezone(hour.zone):%d.%m. %H:%M}", slot.appointment_type, slot.state)
        for slot in Slot.objects.filter(hour=hour).order_by("starts_at")
    ]


def changes_of(what: ConsultationHour | Appointment) -> list[tuple[str, int]]:
    """Kind and SEQUENCE of the changes of an hour itself or of an appointment, in order."""
    if isinstance(what, Appointment):
        found = Change.objects.filter(appointment=what)
    else:
        found = Change.objects.filter(hour=what, appointment=None)
    return list(found.order_by("pk").values_list("kind", "sequence"))
