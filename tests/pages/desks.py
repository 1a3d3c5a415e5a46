"""People at their desks: a site with somebody in each of its roles, and what each does in the browser."""

import dataclasses
import datetime
from typing import Any

from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from notifications import consent
from scheduling import booking
from scheduling.models import Appointment, Client, ConsultationHour, Slot
from sites.models import Role, Room, Site, User
from tests.builders import (
    NOW,
    make_client,
    make_draft_hour,
    make_published_hour,
    make_room,
    make_site,
    make_user,
)
from tests.pages.reading import Page

FIRST_DAY = datetime.date(2026, 12, 9)


@dataclasses.dataclass
class Place:
    """A site and one person in each of its roles; `admin` is the network's, for all sites."""

    site: Site
    room: Room
    psychiatrist: User
    coordinator: User
    worker: User
    lead: User
    admin: User

    def draft(self, day: datetime.date = FIRST_DAY, *, now: datetime.datetime = NOW) -> ConsultationHour:
        """A draft of three slots, 13:00 to 14:30."""
        return make_draft_hour(
            self.site, day=day, slots=3, psychiatrist=self.psychiatrist, room=self.room, now=now
        )

    def hour(
        self, day: datetime.date = FIRST_DAY, *, slots: int = 3, now: datetime.datetime = NOW
    ) -> ConsultationHour:
        """A published hour of three slots, 13:00 to 14:30."""
        return make_published_hour(
            self.site, day=day, slots=slots, psychiatrist=self.psychiatrist, room=self.room, now=now
        )

    def client(self, *, name: str = "", phone: str = "", consents: bool = False) -> Client:
        client = make_client(self.site.facility, by=self.worker, name=name, phone=phone)
        if consents:
            consent.give(client=client, by=self.worker, now=NOW)
        return client

    def book(self, slot: Slot, client: Client | None = None) -> Appointment:
        return booking.book(slot=slot, client=client or self.client(), by=self.worker, now=NOW)


def make_place(site: Site | None = None) -> Place:
    site = site or make_site()
    return Place(
        site=site,
        room=make_room(site.facility),
        psychiatrist=make_user(Role.PSYCHIATRIST, clinic=site.clinic),
        coordinator=make_user(Role.CLINIC_COORDINATOR, clinic=site.clinic),
        worker=make_user(Role.SOCIAL_WORKER, facility=site.facility),
        lead=make_user(Role.FACILITY_LEAD, facility=site.facility),
        admin=make_user(Role.NETWORK_ADMIN),
    )


class Desk:
    """One person's browser; it follows redirects, and asks for fragments with `htmx`."""

    def __init__(self, user: User) -> None:
        self.browser = Browser()
        self.browser.force_login(user)

    def get(self, address: str, *, htmx: bool = False) -> Page:
        return Page(self.answer(address, htmx=htmx))

    def answer(self, address: str, *, htmx: bool = False) -> Any:
        return self.browser.get(address, headers={"HX-Request": "true"} if htmx else {}, follow=True)

    def post(self, address: str, **fields: object) -> Page:
        return Page(self.browser.post(address, fields, follow=True))

    def queries_of(self, address: str) -> int:
        """How many queries it costs to draw that page, besides those that say who acts."""
        with CaptureQueriesContext(connection) as captured:
            assert self.get(address).status == 200
        return sum("set_config" not in query["sql"] for query in captured.captured_queries)


def slot_of(hour: ConsultationHour, number: int = 0) -> Slot:
    return hour.slots.order_by("starts_at")[number]
