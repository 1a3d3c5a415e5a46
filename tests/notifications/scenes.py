"""A facility, its people, a published hour and a client, as most tests of telling need them."""

import dataclasses
from collections import Counter
from datetime import datetime, timedelta

from notifications import consent, reaching
from notifications.delivery import deliver_due
from notifications.models import Message
from notifications.planning import plan_changes
from scheduling import booking
from scheduling.models import Appointment, CancelReason, Client, ConsultationHour, Slot
from sites.models import Role, User
from tests.builders import NOW, make_client, make_published_hour, make_user

PHONE = "0171 3920012"
E164 = "+491713920012"


@dataclasses.dataclass
class Scene:
    """`hour` has six free slots from 13:00 on 9 December 2026,
    `client` consents to SMS, unless told not to."""

    hour: ConsultationHour
    worker: User
    client: Client

    @property
    def psychiatrist(self) -> User:
        return self.hour.psychiatrist

    def slot(self, number: int = 0) -> Slot:
        return self.hour.slots.order_by("starts_at")[number]

    def book(self, number: int = 0, *, now: datetime = NOW) -> Appointment:
        return booking.book(slot=self.slot(number), client=self.client, by=self.worker, now=now)

    def move(self, appointment: Appointment, to: Slot, *, now: datetime = NOW) -> Appointment:
        return booking.move(appointment=appointment, to_slot=to, by=self.worker, now=now)

    def give_number(self, phone: str, *, now: datetime = NOW) -> Client:
        """Writes another number, or none, into the client's file."""
        version = Client.objects.values_list("version", flat=True).get(pk=self.client.pk)
        return reaching.change_client(
            client=self.client, version=version, values={"phone": phone}, by=self.worker, now=now
        )

    def cancel(self, appointment: Appointment, *, now: datetime = NOW) -> Appointment:
        return booking.cancel(appointment=appointment, reason=CancelReason.CLIENT, by=self.worker, now=now)


def make_scene(*, consents: bool = True, phone: str = PHONE, name: str = "") -> Scene:
    hour = make_published_hour()
    facility = hour.site.facility
    worker = make_user(Role.SOCIAL_WORKER, facility=facility)
    client = make_client(facility, by=worker, phone=phone, name=name)
    if consents:
        consent.give(client=client, by=worker, now=NOW)
    return Scene(hour, worker, client)


def told(channel: str = "sms") -> list[tuple[str, str]]:
    """Kind and state of every message through `channel`, in the order of planning."""
    return list(Message.objects.filter(channel=channel).order_by("pk").values_list("kind", "state"))


def tell(now: datetime = NOW) -> Counter[str]:
    """Plans and sends what is due."""
    plan_changes(now=now)
    return deliver_due(now=now)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)
