"""A site where people wait: one published hour, and who is on the list."""

import dataclasses
from datetime import datetime, timedelta
from typing import Any

from scheduling import booking, waiting
from scheduling.models import (
    Appointment,
    AppointmentType,
    CancelReason,
    Client,
    ConsultationHour,
    Offer,
    Slot,
    WaitingEntry,
)
from scheduling.offering import make_offers
from scheduling.waiting import Wishes
from sites import acting
from sites.models import Role, User
from tests.builders import NOW, make_client, make_published_hour, make_user

FIRST = AppointmentType.FIRST


@dataclasses.dataclass
class List:
    """`hour` has `slots` first interviews from 13:00 on 9 December 2026, all of them booked."""

    hour: ConsultationHour
    worker: User
    booked: list[Appointment]

    def client(self, **known: Any) -> Client:
        return make_client(self.hour.site.facility, by=self.worker, **known)

    def waits(
        self,
        client: Client | None = None,
        *,
        now: datetime = NOW,
        type: AppointmentType = FIRST,
        **wishes: Any,
    ) -> WaitingEntry:
        return waiting.add(
            client=client or self.client(),
            site=self.hour.site,
            appointment_type=type,
            by=self.worker,
            now=now,
            wishes=Wishes(**wishes),
        )

    def free(self, number: int = 0, *, now: datetime = NOW) -> Slot:
        """Cancels what is booked there."""
        booking.cancel(appointment=self.booked[number], reason=CancelReason.CLIENT, by=self.worker, now=now)
        return self.booked[number].slot


def make_list(*, slots: int = 3) -> List:
    hour = make_published_hour(slots=slots)
    worker = make_user(Role.SOCIAL_WORKER, facility=hour.site.facility)
    booked = [
        booking.book(slot=slot, client=make_client(hour.site.facility, by=worker), by=worker, now=NOW)
        for slot in hour.slots.order_by("starts_at")
    ]
    return List(hour, worker, booked)


def offer_all(now: datetime = NOW) -> int:
    """As the worker does."""
    with acting.as_system(acting.System.WORKER):
        return make_offers(now=now)


def standing() -> list[tuple[int, int | None]]:
    """Entry and slot of each offer that stands."""
    return list(Offer.objects.filter(state="standing").order_by("pk").values_list("entry", "slot"))


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)
