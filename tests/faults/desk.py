"""A facility's desk: its social worker, its clients, and published hours ahead of the real present."""

import dataclasses
import re
from collections.abc import Sequence
from datetime import datetime, time, timedelta

import requests
from django.urls import reverse
from django.utils import timezone

from notifications import consent
from notifications.models import Message
from scheduling import booking
from scheduling.models import Appointment, Client, Slot
from sites.models import Role, Site, User
from tests.builders import make_client, make_published_hour, make_site, make_user
from tests.second_factor import code_now, give_second_factor

PASSWORD = "correct horse battery staple"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
AHEAD = timedelta(days=14)


@dataclasses.dataclass
class Desk:
    """`slots` in the order of their times, `clients` with consent to SMS and a number each."""

    site: Site
    worker: User
    slots: Sequence[Slot]
    clients: Sequence[Client]

    def book(self, number: int = 0, *, now: datetime | None = None) -> Appointment:
        """Books the slot of that number for the client of that number, by the domain's command."""
        return booking.book(
            slot=self.slots[number],
            client=self.clients[number % len(self.clients)],
            by=self.worker,
            now=now or timezone.now(),
        )

    def is_booked(self, number: int) -> bool:
        return Appointment.objects.filter(slot=self.slots[number], status="booked").exists()


def open_desk(
    *, clients: int = 1, slots: int = 6, minutes: int = 30, days: int = 1, can_sign_in: bool = False
) -> Desk:
    """A desk with `slots` free ones on each of `days` days, from 8 o'clock."""
    now = timezone.now()
    site = make_site()
    worker = make_user(Role.SOCIAL_WORKER, facility=site.facility, password=PASSWORD if can_sign_in else None)
    if can_sign_in:
        give_second_factor(worker, SECRET)
    psychiatrist = make_user(Role.PSYCHIATRIST, clinic=site.clinic)
    first_day = timezone.localdate(now + AHEAD)
    for day in range(days):
        make_published_hour(
            site,
            day=first_day + timedelta(days=day),
            from_time=time(8),
            slots=slots,
            minutes=minutes,
            psychiatrist=psychiatrist,
            now=now,
        )
    known = [
        make_client(site.facility, by=worker, now=now, phone=f"0171 39200{number:02}")
        for number in range(clients)
    ]
    for client in known:
        consent.give(client=client, by=worker, now=now)
    free = Slot.objects.filter(site=site).exclude(appointment_type="open").order_by("starts_at")
    return Desk(site, worker, list(free), known)


def confirmations() -> list[str]:
    """The states of the SMS that are due at once."""
    due = Message.objects.filter(channel="sms", kind="confirmation")
    return list(due.order_by("pk").values_list("state", flat=True))


class Browser(requests.Session):
    """What the social worker sits in front of; signed in from the start, or by the cookies of another."""

    def __init__(self, url: str, desk: Desk, like: "Browser | None" = None) -> None:
        super().__init__()
        self.trust_env = False
        self.url = url
        self.desk = desk
        if like is not None:
            self.cookies.update(like.cookies)
            return
        self.post_form("/anmelden/", login=desk.worker.email, password=PASSWORD)
        page = self.post_form("/anmelden/zweiter-faktor/", code=code_now(SECRET))
        assert (page.status_code, page.url) == (200, f"{url}/")

    def look(self, path: str = "/") -> requests.Response:
        return self.get(self.url + path, timeout=20)

    def post_form(self, path: str, **fields: str) -> requests.Response:
        """Fills in the form at `path` and follows where it leads; what comes instead of a form stays."""
        form = self.look(path)
        if form.status_code != 200:
            return form
        [token, *_] = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', form.text)
        return self.post(self.url + path, {"csrfmiddlewaretoken": token, **fields}, timeout=20)

    def book(self, number: int) -> requests.Response:
        path = reverse("book", kwargs={"pk": self.desk.slots[number].pk})
        client = self.desk.clients[number % len(self.desk.clients)]
        return self.post_form(path, who="known", code=client.code)
