"""What a facility's team works with: the worklist, its numbers, somebody's caseload, the week.

With 20,000 clients, a year of hours (every other day) and 200 things to do, against the floor page of
`psychiatrist`.
"""

import datetime

from django.db import connection
from django.test import Client as Browser
from django.test import override_settings
from django.utils import timezone

from bench import world
from bench.measuring import Row, alternately
from bench.workloads import psychiatrist
from bench.workloads.clients import social_worker
from scheduling import booking
from scheduling.models import Client, ConsultationHour, Slot
from sites.encryption import encrypt
from sites.models import Site, User

CLIENTS = 20_000
CASELOAD = 300
DAYS = 365
EVERY_DAYS = 2
HOURS = DAYS // EVERY_DAYS
SUSPENDED = 120
PARTS = {"HTTP_HX_REQUEST": "true"}

FILES = """
INSERT INTO scheduling_client (
    facility_id, code, name, name_index, birth_date, phone, phone_index, phone_shared, phone_suspended_reason,
    language, needs_interpreter, wants_companion, insurance, insurance_quarter, note, version, created_at,
    created_by_id, caseload_of_id
)
SELECT %(facility)s, 'B-' || number, %(name)s, md5(number::text), NULL, %(phone)s, md5(number::text), false,
    '', '', false, false, CASE WHEN number %% 2 = 0 THEN 'clearing' ELSE '' END, '', '', 0, %(now)s, %(by)s,
    CASE WHEN number <= %(caseload)s THEN %(by)s END
FROM generate_series(1, %(clients)s) number
"""


def run() -> list[Row]:
    [site] = world.make_sites(1)
    worker = social_worker(site.facility)
    with connection.cursor() as cursor:
        cursor.execute(
            FILES,
            {
                "facility": site.facility_id,
                "name": encrypt("Alex Muster"),
                "phone": encrypt("+491713920012"),
                "now": world.NOW,
                "by": worker.pk,
                "caseload": CASELOAD,
                "clients": CLIENTS,
            },
        )
    first = timezone.localdate() - datetime.timedelta(days=DAYS // 2)
    world.fill([site.pk], first=first, hours=HOURS, every_days=EVERY_DAYS)
    book_all(site)
    suspend_some(site, worker)
    pages = {
        "the worklist": "/aufgaben/",
        "the numbers of the worklist": "/aufgaben/anzahl/",
        "a caseload": "/klientinnen/meine/",
        "a day of the team": "/woche/",
        "a week of the team": "/woche/?ansicht=woche",
    }
    with override_settings(ROOT_URLCONF=psychiatrist.__name__, MFA_REQUIRED=False, TWILIO=None):
        browser = Browser(SERVER_NAME="127.0.0.1")
        browser.force_login(worker)
        hour = ConsultationHour.objects.order_by("pk")[HOURS // 2]
        return [compare(name, address, browser, hour) for name, address in pages.items()]


def book_all(site: Site) -> None:
    """Every slot, those of the caseload first."""
    clients = Client.objects.filter(facility=site.facility).order_by("pk")
    by, long_ago = clients[0].created_by, datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
    slots = list(Slot.objects.filter(site=site).order_by("-starts_at"))
    for slot, client in zip(slots, clients[: len(slots)], strict=True):
        booking.book(slot=slot, client=client, by=by, now=long_ago)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def suspend_some(site: Site, worker: User) -> None:
    some = Client.objects.filter(facility=site.facility).order_by("-pk").values("pk")[:SUSPENDED]
    Client.objects.filter(pk__in=some).update(
        phone_suspended_at=world.NOW, phone_suspended_by=worker, phone_suspended_reason="lost"
    )


def compare(name: str, address: str, browser: Browser, hour: ConsultationHour) -> Row:
    """As `psychiatrist.compare`; the numbers come as a part of a page."""
    if address.endswith("anzahl/"):
        browser.defaults.update(PARTS)
    size = len(browser.get(address).content)
    bare = len(browser.get(f"/bench/{hour.pk}/0/").content)
    plain = f"/bench/{hour.pk}/{max(0, size - bare)}/"
    sides = [psychiatrist.looking(browser, each) for each in (address, plain)]
    ours, theirs = alternately(sides, rounds=psychiatrist.ROUNDS)
    queries = [psychiatrist.query_count(browser, each) for each in (address, plain)]
    for header in PARTS:
        browser.defaults.pop(header, None)
    return Row(
        workload=f"{name}, {CLIENTS:,} clients, {HOURS} hours",
        ours=f"{1000 * ours / psychiatrist.LOOKS:.1f} ms ({queries[0]} queries)",
        floor=f"{1000 * theirs / psychiatrist.LOOKS:.1f} ms ({queries[1]} queries)",
        ratio=ours / theirs,
        sense="<=",
        bound=psychiatrist.BOUND,
    )
