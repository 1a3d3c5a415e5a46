"""The pages of a facility's clients with row-level security, against the same pages without it."""

import datetime
import re
from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import connection
from django.test import Client as Browser
from django.test import override_settings
from django.urls import reverse

from bench import world
from bench.measuring import Row, alternately, seconds
from scheduling import booking
from scheduling.models import Client, Slot
from sites.models import Facility, Membership, Role, Site, User

BOUND = 1.3
IN_ALL = 1_000_000
PER_FACILITY = 20_000
FIRST = datetime.date(2027, 1, 1)
APPOINTMENTS = 5
LOOKS = 5  # in each round
ROUNDS = 30
# Says who acts: without it the requests act as the tables' owner, whom no policy binds.
WALL = "sites.acting.ActingMiddleware"

CLIENTS = """
INSERT INTO scheduling_client (
    facility_id, code, name, name_index, birth_date, phone, phone_index, phone_shared, phone_suspended_reason,
    language, needs_interpreter, wants_companion, insurance, insurance_quarter, note, version, created_at,
    created_by_id
)
SELECT facility.id, 'B-' || number, '', '', NULL, '', '', false, '', '', false, false, '', '', '', 0,
    %(now)s, %(by)s
FROM pia_sites_facility facility CROSS JOIN generate_series(1, %(each)s) number
"""


def run() -> list[Row]:
    sites = world.make_sites(IN_ALL // PER_FACILITY)
    client = make_clients(sites[0])
    worker = social_worker(sites[0].facility)
    with_wall = browser(worker, settings.MIDDLEWARE)
    without = browser(worker, [name for name in settings.MIDDLEWARE if name != WALL])
    pages = {
        f"a page of {PER_FACILITY:,} clients of {IN_ALL:,}": reverse("clients"),
        f"a client's page, one of {IN_ALL:,}": reverse("client", kwargs={"pk": client.pk}),
        f"search by pseudonym in {PER_FACILITY:,} of {IN_ALL:,}": f"{reverse('clients')}?suche=B-19",
        f"search by name in {PER_FACILITY:,} of {IN_ALL:,}": f"{reverse('clients')}?suche=Alex+Muster",
        f"suggestions as one types, of {IN_ALL:,}": f"{suggestions_for(sites[0])}?code=B-19",
    }
    # Nobody here has a second factor; both sides would only be sent to set one up.
    with override_settings(MFA_REQUIRED=False):
        return [compare(name, address, with_wall, without) for name, address in pages.items()]


def make_clients(site: Site) -> Client:
    """The clients of every facility; one of the site's, who has appointments there."""
    by = User.objects.order_by("pk")[0]
    with connection.cursor() as cursor:
        cursor.execute(CLIENTS, {"now": world.NOW, "by": by.pk, "each": PER_FACILITY})
    client = Client.objects.filter(facility=site.facility).order_by("pk")[PER_FACILITY // 2]
    world.fill([site.pk], first=FIRST, hours=APPOINTMENTS, every_days=7)
    for slot in Slot.objects.order_by("starts_at")[:: world.SLOTS_PER_HOUR]:
        booking.book(slot=slot, client=client, by=by, now=world.NOW)
    return client


def suggestions_for(site: Site) -> str:
    slot = Slot.objects.filter(site=site, state="free").order_by("pk")[0]
    return reverse("client_suggestions", kwargs={"pk": slot.pk})


def social_worker(facility: Facility) -> User:
    worker = User.objects.create_user("bench-worker@example.org", display_name="Bench")
    # Without a second factor every page leads to setting one up.
    Authenticator.objects.create(user=worker, type=Authenticator.Type.TOTP, data={})
    Membership.objects.create(user=worker, role=Role.SOCIAL_WORKER, facility=facility)
    return worker


def browser(user: User, middleware: list[str]) -> Browser:
    """A browser signed in as `user`, whose requests pass through `middleware`."""
    signed_in = Browser(SERVER_NAME="127.0.0.1")
    signed_in.force_login(user)
    with override_settings(MIDDLEWARE=middleware):
        signed_in.handler.load_middleware()
    return signed_in


def compare(name: str, address: str, with_wall: Browser, without: Browser) -> Row:
    assert page(with_wall, address) == page(without, address)
    ours, floor = alternately([looking(each, address) for each in (with_wall, without)], rounds=ROUNDS)
    return Row(
        workload=name,
        ours=f"{1000 * ours / LOOKS:.1f} ms",
        floor=f"{1000 * floor / LOOKS:.1f} ms",
        ratio=ours / floor,
        sense="<=",
        bound=BOUND,
    )


def page(browser: Browser, address: str) -> str:
    """What is there to see, without the token that is another each time."""
    return re.sub(r"\b\w{64}\b", "", looked_at(browser, address).content.decode())


def looked_at(browser: Browser, address: str) -> Any:
    answer = browser.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer


def looking(browser: Browser, address: str) -> Callable[[], float]:
    def look() -> None:
        for _ in range(LOOKS):
            looked_at(browser, address)

    return lambda: seconds(look)
