"""What the history of an hour says of each change that planning makes."""

import dataclasses
import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scheduling import (
    differences,
    drafts,
    history,
    planning,
    publishing,
    rearranging,
    rehousing,
    substituting,
)
from scheduling.models import ConsultationHour
from scheduling.planning import SeriesPlan
from scheduling.slot_plan import Line
from sites.models import Role, Site
from tests.builders import NOW, make_room, make_site, make_user
from tests.scheduling.plans import make_plan, with_rule

pytestmark = pytest.mark.django_db


@pytest.fixture
def site() -> Site:
    return make_site()


@pytest.fixture
def plan(site: Site) -> SeriesPlan:
    return make_plan(site)


@pytest.fixture
def hour(site: Site, plan: SeriesPlan) -> ConsultationHour:
    """A draft on Wednesday, 9 December, 13:00 to 15:00."""
    return planning.create_series(site=site, plan=plan, by=plan.psychiatrist, now=NOW)[1][0]


def told(hour: ConsultationHour) -> list[str]:
    """The sentences after the first, which says that the hour was proposed."""
    first, *more = history.read(hour.changes.order_by("pk"), hour.zone)
    assert first.what == "Sprechstunde vorgeschlagen"
    return [each.what for each in more]


def follow(hour: ConsultationHour, plan: SeriesPlan) -> None:
    """A published hour is made as `plan` has it."""
    assert hour.series is not None
    publishing.publish_hour(hour=hour, by=plan.psychiatrist, now=NOW)
    planning.change_series(series=hour.series, plan=plan, by=plan.psychiatrist, now=NOW)
    differences.apply(hour=hour, by=plan.psychiatrist, now=NOW)


def test_a_draft_at_another_day_and_place_with_another_person(
    site: Site, plan: SeriesPlan, hour: ConsultationHour
) -> None:
    room, other = make_room(site.facility), make_user(Role.PSYCHIATRIST, clinic=site.clinic)
    by = plan.psychiatrist
    drafts.change_draft(hour=hour, to_time=datetime.time(16), by=by, now=NOW)
    drafts.change_draft(hour=hour, room=room, psychiatrist=other, by=by, now=NOW)
    drafts.shift(hour=hour, weeks=1, by=by, now=NOW)
    assert told(hour) == [
        "Entwurf geändert: 13:00–16:00 Uhr, vorher 13:00–15:00 Uhr",
        f"Entwurf geändert: {room} statt {plan.room}; {other} statt {by}",
        "Entwurf geändert: von Mi. 09.12.2026, 13:00 Uhr auf Mi. 16.12.2026, 13:00 Uhr",
    ]


def test_other_slots(plan: SeriesPlan, hour: ConsultationHour) -> None:
    lines = [Line("first", 60), Line("first", 60, blocked=True)]
    rearranging.rearrange(hour=hour, lines=lines, by=plan.psychiatrist, now=NOW)
    assert told(hour) == [
        "Zeitfenster geändert: Erstgespräch 60 Min., Erstgespräch 60 Min. (gesperrt), vorher "
        "Erstgespräch 60 Min., Pause 10 Min., Folgegespräch 30 Min., Offene Sprechstunde 20 Min."
    ]


def test_an_hour_that_follows_its_series(site: Site, plan: SeriesPlan, hour: ConsultationHour) -> None:
    room, other = make_room(site.facility), make_user(Role.PSYCHIATRIST, clinic=site.clinic)
    changed = dataclasses.replace(with_rule(plan, weekday="TH"), room=room, psychiatrist=other)
    follow(hour, changed)
    assert told(hour) == [
        "Sprechstunde veröffentlicht",
        "An die Reihe angepasst: von Mi. 09.12.2026, 13:00 Uhr auf Do. 10.12.2026, 13:00 Uhr; "
        f"{room} statt {plan.room}; {other} statt {plan.psychiatrist}",
    ]


def test_an_hour_that_follows_in_its_slots_only(plan: SeriesPlan, hour: ConsultationHour) -> None:
    follow(hour, dataclasses.replace(plan, lines=(Line("first", 60),)))
    assert told(hour)[1:] == ["An die Reihe angepasst: andere Zeitfenster"]


def test_published_withdrawn_left_out_and_taken_up_again(plan: SeriesPlan, hour: ConsultationHour) -> None:
    by = plan.psychiatrist
    publishing.publish_hour(hour=hour, by=by, now=NOW)
    publishing.withdraw(hour=hour, by=by, now=NOW)
    publishing.skip(hour=hour, by=by, now=NOW)
    publishing.restore(hour=hour, by=by, now=NOW)
    assert told(hour) == [
        "Sprechstunde veröffentlicht",
        "Veröffentlichung zurückgenommen",
        "Sprechstunde ausgelassen",
        "Sprechstunde wieder aufgenommen",
    ]


def test_a_published_hour_moved_resized_and_handed_over(
    site: Site, plan: SeriesPlan, hour: ConsultationHour
) -> None:
    by, room = plan.psychiatrist, make_room(site.facility)
    other = make_user(Role.PSYCHIATRIST, clinic=site.clinic)
    publishing.publish_hour(hour=hour, by=by, now=NOW)
    day, start = datetime.date(2026, 12, 16), datetime.time(14)
    rehousing.move_hour(hour=hour, day=day, from_time=start, room=room, by=by, now=NOW)
    rehousing.resize_hour(hour=hour, from_time=start, to_time=datetime.time(17), by=by, now=NOW)
    substituting.substitute(hour=hour, psychiatrist=other, by=by, now=NOW)
    assert told(hour)[1:] == [
        "Sprechstunde verlegt: von Mi. 09.12.2026, 13:00 Uhr auf Mi. 16.12.2026, 14:00 Uhr; "
        f"{room} statt {plan.room}",
        "Dauer geändert: 14:00–17:00 Uhr, vorher 14:00–16:00 Uhr",
        f"Vertretung: {other} statt {by}",
    ]


def test_names_cost_two_queries_however_many_changes_there_are(
    site: Site, plan: SeriesPlan, hour: ConsultationHour
) -> None:
    for _ in range(3):
        drafts.change_draft(hour=hour, room=make_room(site.facility), by=plan.psychiatrist, now=NOW)
    changes = list(hour.changes.order_by("pk"))
    with CaptureQueriesContext(connection) as captured:
        history.read(changes, hour.zone)
    assert len(captured) == 2
