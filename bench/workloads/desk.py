"""The pages of a facility's desk with 20,000 clients, 200 open items and a year of hours, against a floor.

The floor is the psychiatrist's: the same framework and middleware, one indexed query, as many bytes.
"""

import datetime
from typing import Any

from django.db import connection
from django.test import Client as Browser
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from bench import world
from bench.measuring import Row, alternately
from bench.workloads.psychiatrist import LOOKS, looking, query_count
from notifications.models import NoticeState, PersonalNotice
from scheduling import booking
from scheduling.models import (
    Appointment,
    AppointmentType,
    Change,
    Client,
    ConsultationHour,
    Offer,
    Slot,
    WaitingEntry,
)
from scheduling.offering import make_offers
from sites.models import Membership, Role, Site, User

BOUND = 3.0
ROUNDS = 8
CLIENTS = 20_000
ITEMS = 200
HOURS = 52
EVERY_DAYS = 7
# Of the eight slots of each hour; the others are free.
BOOKED = 6

NAMED = """
INSERT INTO scheduling_client (
    facility_id, code, name, name_index, birth_date, phone, phone_index, phone_shared, phone_suspended_reason,
    language, needs_interpreter, wants_companion, insurance, insurance_quarter, note, version, created_at,
    created_by_id
)
SELECT %(facility)s, 'B-' || number, '', '', NULL, '', '', false, '', '', false, false, '', '', '', 0,
    %(now)s, %(by)s
FROM generate_series(1, %(number)s) number
"""


def run() -> list[Row]:
    """One row for each page of the desk."""
    now = timezone.now()
    site = fill(now)
    worker = User.objects.create_user("bench-desk@example.org", display_name="Bench")
    Membership.objects.create(user=worker, role=Role.SOCIAL_WORKER, facility=site.facility)
    browser = Browser(SERVER_NAME="127.0.0.1")
    with override_settings(ROOT_URLCONF="bench.workloads.psychiatrist", MFA_REQUIRED=False):
        browser.force_login(worker)
        # Not today's, which may have begun, and whose free slots are offered to who can come today only.
        tomorrow = now + datetime.timedelta(days=1)
        hour = ConsultationHour.objects.filter(starts_at__gt=tomorrow).order_by("starts_at")[0]
        return [compare(name, address, browser, hour) for name, address in pages(hour).items()]


def fill(now: datetime.datetime) -> Site:
    """A site with its year, the middle of which is now; most is booked, some of it to be told in person."""
    [site] = world.make_sites(1)
    first = now.date() - datetime.timedelta(days=HOURS // 2 * EVERY_DAYS)
    world.fill([site.pk], first=first, hours=HOURS, every_days=EVERY_DAYS)
    by = User.objects.order_by("pk")[0]
    with connection.cursor() as cursor:
        values: dict[str, Any] = {"facility": site.facility_id, "now": now, "by": by.pk, "number": CLIENTS}
        cursor.execute(NAMED, values)
    clients = list(Client.objects.order_by("pk")[: HOURS * BOOKED])
    long_ago = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
    slots = list(Slot.objects.order_by("starts_at", "pk"))
    taken = [slot for number, slot in enumerate(slots) if number % world.SLOTS_PER_HOUR < BOOKED]
    for slot, client in zip(taken, clients, strict=True):
        booking.book(slot=slot, client=client, by=by, now=long_ago)
    PersonalNotice.objects.bulk_create(
        PersonalNotice(
            change=change, appointment=change.appointment, reason="no_consent", state=NoticeState.OPEN.value
        )
        for change in Change.objects.select_related("appointment").order_by("-pk")[:ITEMS]
    )
    let_wait(site, by, now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return site


def let_wait(site: Site, by: User, now: datetime.datetime) -> None:
    """As many wait as there are items; one of them can come later in the year, and has an offer."""
    later = now.date() + datetime.timedelta(days=HOURS // 4 * EVERY_DAYS)
    WaitingEntry.objects.bulk_create(
        WaitingEntry(
            client=client,
            site=site,
            appointment_type=AppointmentType.FIRST,
            since_at=now,
            added_by=by,
            earliest_date=later if number == ITEMS - 1 else None,
            latest_date=None if number == ITEMS - 1 else now.date(),
        )
        for number, client in enumerate(Client.objects.order_by("-pk")[:ITEMS])
    )
    make_offers(now=now)


def pages(hour: ConsultationHour) -> dict[str, str]:
    """What is measured, by name: another page is one more line here."""
    free = Slot.objects.filter(hour=hour, state="free").order_by("starts_at")[0]
    appointment = (
        Appointment.objects.select_related("client").filter(slot__hour=hour).order_by("starts_at")[0]
    )
    code = appointment.client.code
    form, one = reverse("book", args=[free.pk]), [appointment.pk]
    return {
        "start page": reverse("home"),
        "start page for a client": f"{reverse('home')}?kuerzel={code}",
        "search as one types": f"{reverse('client_search')}?suche=B-19",
        "form of a slot": form,
        "form with the client's file": f"{form}?kuerzel={code}",
        "suggestions as one types": f"{reverse('client_suggestions', args=[free.pk])}?code=B-19",
        "clients": reverse("clients"),
        "a client": reverse("client", args=[appointment.client_id]),
        "the queue of an hour": reverse("walk_in_queue", args=[hour.pk]),
        "hold of a slot": reverse("hold_state", args=[free.pk]),
        "an appointment": reverse("appointment", args=one),
        "its messages": reverse("appointment_messages", args=one),
        "cancelling it": reverse("cancel_appointment", args=one),
        "its card": reverse("appointment_card", args=one),
        "waiting list": reverse("waiting_list"),
        "one who waits": reverse("waiting_entry", args=[Offer.objects.order_by("pk")[0].entry_id]),
        "an offer": reverse("offer", args=[Offer.objects.order_by("pk")[0].pk]),
    }


def compare(name: str, address: str, browser: Browser, hour: ConsultationHour) -> Row:
    size = len(browser.get(address).content)
    bare = len(browser.get(f"/bench/{hour.pk}/0/").content)
    # A fragment is smaller than any page of the floor: then the bare one is its measure.
    plain = f"/bench/{hour.pk}/{max(size - bare, 0)}/"
    ours, theirs = alternately([looking(browser, each) for each in (address, plain)], rounds=ROUNDS)
    queries = [query_count(browser, each) for each in (address, plain)]
    return Row(
        workload=f"desk: {name}, {CLIENTS:,} clients, {ITEMS} items",
        ours=f"{1000 * ours / LOOKS:.1f} ms ({queries[0]} queries)",
        floor=f"{1000 * theirs / LOOKS:.1f} ms ({queries[1]} queries)",
        ratio=ours / theirs,
        sense="<=",
        bound=BOUND,
    )
