"""A psychiatrist's pages with five sites, 24 months and 3,000 appointments, against a floor page.

The floor goes through the same framework and middleware, asks one indexed query, and answers with as many
bytes from a template that extends the same base.
"""

import dataclasses
import datetime
from collections.abc import Callable
from functools import cache
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.test import Client as Browser
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import include, path
from django.utils import timezone

from bench import world
from bench.measuring import Row, alternately, seconds
from scheduling import booking, planning, publishing
from scheduling.models import Client, ConsultationHour, ConsultationSeries, Slot
from scheduling.recurrence import Recurrence
from scheduling.slot_plan import Line
from sites.models import Membership, Role, Room, Site, User

BOUND = 3.0
SITES = 5
HOURS = 75  # of each site, one every ten days: two years
EVERY_DAYS = 10
CLIENTS = 150  # of each site
LOOKS = 5  # in each round
ROUNDS = 20

FLOOR = """{% extends "base.html" %}
{% block content %}
{% for slot in slots %}<p>{{ slot.starts_at }} {{ slot.appointment_type }} {{ filling }}</p>
{% endfor %}
{% endblock content %}"""


@cache
def floor_template() -> Any:
    """Compiled once, as the loader does with ours."""
    return engines["django"].from_string(FLOOR)


def floor(request: HttpRequest, hour: int, size: int) -> HttpResponse:
    """The slots of one hour by an index, and as much text as makes `size` bytes in all."""
    slots = list(Slot.objects.filter(hour=hour).order_by("starts_at"))
    filling = "x" * (size // max(len(slots), 1))
    html = floor_template().render({"slots": slots, "filling": filling}, request)
    return HttpResponse(html)


urlpatterns = [
    path("bench/<int:hour>/<int:size>/", floor, name="floor"),
    path("", include("config.urls")),
]


def run() -> list[Row]:
    sites = world.make_sites(SITES)
    psychiatrist = User.objects.create_user("bench-psychiatrist@example.org", display_name="Bench")
    Membership.objects.create(user=psychiatrist, role=Role.PSYCHIATRIST, clinic=sites[0].clinic)
    today = timezone.localdate()
    fill(sites, today)
    series = plan_ahead(sites[0], psychiatrist, today)
    with override_settings(ROOT_URLCONF=__name__, MFA_REQUIRED=False):
        browser = Browser(SERVER_NAME="127.0.0.1")
        browser.force_login(psychiatrist)
        hour = ConsultationHour.objects.filter(site=sites[0]).order_by("pk")[HOURS // 2]
        return [compare(name, address, browser, hour) for name, address in pages(sites, hour, series).items()]


def fill(sites: list[Site], today: datetime.date) -> None:
    """Published hours of eight slots, every slot booked; each site on days of its own, as one person goes."""
    first = today - datetime.timedelta(days=HOURS * EVERY_DAYS // 2)
    for number, site in enumerate(sites):
        world.fill(
            [site.pk], first=first + datetime.timedelta(days=number), hours=HOURS, every_days=EVERY_DAYS
        )
        clients = world.make_clients(site, CLIENTS)
        book_all(site, clients)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def book_all(site: Site, clients: list[Client]) -> None:
    by = User.objects.order_by("pk")[0]
    long_ago = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
    for number, slot in enumerate(Slot.objects.filter(site=site).order_by("starts_at")):
        booking.book(slot=slot, client=clients[number % CLIENTS], by=by, now=long_ago)


def plan_ahead(site: Site, psychiatrist: User, today: datetime.date) -> ConsultationSeries:
    """A weekly series with two months of hours; those that can be are published, and then it ends later."""
    now = timezone.now()
    rule = Recurrence(
        frequency="weekly",
        weekday="WE",
        nth=None,
        starts_date=today,
        from_time=datetime.time(8),
        to_time=datetime.time(9),
        zone=site.zone,
    )
    room = Room.objects.create(facility=site.facility, name="Bench")
    plan = planning.SeriesPlan(rule, psychiatrist, room, (Line("first", 50),))
    series, drafts = planning.create_series(site=site, plan=plan, by=psychiatrist, now=now)
    publishing.publish_drafts(hours=drafts[::2], by=psychiatrist, now=now)
    longer = dataclasses.replace(plan, recurrence=dataclasses.replace(rule, to_time=datetime.time(10)))
    return planning.change_series(series=series, plan=longer, by=psychiatrist, now=now).series


def pages(sites: list[Site], hour: ConsultationHour, series: ConsultationSeries) -> dict[str, str]:
    """What is measured, by name: another page is one more line here."""
    to_come = ConsultationHour.objects.filter(series=None, status="published", starts_at__gt=timezone.now())
    ahead = f"/sprechstunden/{to_come.latest('starts_at').pk}"
    month = f"/standorte/{sites[0].slug}/?monat={hour.local_date:%Y-%m}"
    return {
        "a psychiatrist's day": f"/tag/{hour.local_date.isoformat()}/",
        "the sheet of an hour": f"/sprechstunden/{hour.pk}/tagesblatt/",
        "months of all sites": f"/monate/?monat={hour.local_date:%Y-%m}",
        "month of a site": month,
        "month of a site as a grid": f"{month}&ansicht=raster",
        "an hour": f"{ahead}/",
        "moving an hour": f"{ahead}/verlegen/",
        "handing an hour over": f"{ahead}/vertretung/",
        "drafts": "/entwuerfe/",
        "series of a site": f"/standorte/{sites[0].slug}/reihen/",
        "a new series": f"/standorte/{sites[0].slug}/reihen/neu/",
        "a series": f"/reihen/{series.pk}/",
        "what differs from a series": f"/reihen/{series.pk}/abweichungen/",
        "who is told if all follow": f"/reihen/{series.pk}/abweichungen/uebernehmen/",
    }


def compare(name: str, address: str, browser: Browser, hour: ConsultationHour) -> Row:
    size = len(browser.get(address).content)
    bare = len(browser.get(f"/bench/{hour.pk}/0/").content)
    plain = f"/bench/{hour.pk}/{size - bare}/"
    ours, theirs = alternately([looking(browser, each) for each in (address, plain)], rounds=ROUNDS)
    queries = [query_count(browser, each) for each in (address, plain)]
    return Row(
        workload=f"{name}, {SITES} sites, {HOURS * SITES * world.SLOTS_PER_HOUR:,} appointments",
        ours=f"{1000 * ours / LOOKS:.1f} ms ({queries[0]} queries)",
        floor=f"{1000 * theirs / LOOKS:.1f} ms ({queries[1]} queries)",
        ratio=ours / theirs,
        sense="<=",
        bound=BOUND,
    )


def looking(browser: Browser, address: str) -> Callable[[], float]:
    def look() -> None:
        for _ in range(LOOKS):
            assert browser.get(address).status_code == 200

    return lambda: seconds(look)


def query_count(browser: Browser, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        browser.get(address)
    return len(captured)
