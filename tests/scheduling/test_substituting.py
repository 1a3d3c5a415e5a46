"""A colleague who is free takes the hour over; nothing else changes."""

import datetime

import pytest

from scheduling import substituting
from scheduling.disruptions import HourChangedMeanwhile, HourHasBegun
from scheduling.models import Change, ConsultationHour
from scheduling.substituting import ColleagueNotFree, NoColleague, free_colleagues
from sites.models import Absence, Role, User
from sites.refusals import Refusal
from tests.builders import NOW, make_draft_hour, make_published_hour, make_site, make_user
from tests.scheduling.hour_scenes import FIRST, Booked, changes_of, clocks, make_booked
from tests.scheduling.invariants import broken, fingerprint

pytestmark = pytest.mark.django_db


def colleague(booked: Booked) -> User:
    return make_user(Role.PSYCHIATRIST, clinic=booked.hour.site.clinic)


def substitute(booked: Booked, psychiatrist: User, **how: object) -> ConsultationHour:
    arguments = {"by": booked.by, "now": NOW, **how}
    return substituting.substitute(hour=booked.hour, psychiatrist=psychiatrist, **arguments)  # type: ignore[arg-type]


def refuse(booked: Booked, psychiatrist: User, expected: type[Refusal], **how: object) -> None:
    before = fingerprint()
    with pytest.raises(expected):
        substitute(booked, psychiatrist, **how)
    assert fingerprint() == before


def test_the_appointments_stay_what_and_where_they_are() -> None:
    booked = make_booked(0, 1)
    before = [(each.uid, each.slot_id, each.starts_at) for each in booked.appointments]
    taker = colleague(booked)
    hour = substitute(booked, taker)
    assert (ConsultationHour.objects.get().psychiatrist, hour.sequence) == (taker, 1)
    assert [(each.uid, each.slot_id, each.starts_at) for each in booked.again()] == before
    assert changes_of(booked.appointments[0]) == [("booked", 0), ("substituted", 1)]
    assert changes_of(hour)[-1:] == [("hour_substituted", 1)]
    change = Change.objects.get(kind="hour_substituted")
    assert change.data == {"from": booked.by.pk, "to": taker.pk}
    assert broken() == {}


def test_back_again() -> None:
    booked = make_booked(0)
    giver, taker = booked.by, colleague(booked)
    substitute(booked, taker)
    assert substitute(booked, giver).sequence == 2
    assert clocks(booked.again()) == ["09.12. 13:00"]


def test_only_who_is_free_can_take_it() -> None:
    booked = make_booked(0)
    away, busy, drafted, free = (colleague(booked) for _ in range(4))
    Absence.objects.create(user=away, first_date=FIRST, last_date=FIRST)
    make_published_hour(make_site(clinic=booked.hour.site.clinic), psychiatrist=busy)
    make_draft_hour(make_site(clinic=booked.hour.site.clinic), psychiatrist=drafted)
    found = {user: [str(each) for each in against] for user, against in free_colleagues(booked.hour)}
    assert found == {
        away: [f"{away} ist abwesend"],
        busy: [f"{busy} ist schon vergeben, 13:00–16:00"],
        drafted: [],
        free: [],
    }
    refuse(booked, away, ColleagueNotFree)
    refuse(booked, busy, ColleagueNotFree)
    substitute(booked, drafted)


def test_other_refusals() -> None:
    booked = make_booked(0)
    taker = colleague(booked)
    refuse(booked, booked.by, NoColleague)
    refuse(booked, make_user(Role.PSYCHIATRIST), NoColleague)
    refuse(booked, make_user(Role.CLINIC_COORDINATOR, clinic=booked.hour.site.clinic), NoColleague)
    refuse(booked, taker, HourChangedMeanwhile, seen="x")
    refuse(booked, taker, HourHasBegun, now=booked.hour.starts_at + datetime.timedelta(minutes=1))
    User.objects.filter(pk=taker.pk).update(is_active=False)
    refuse(booked, taker, NoColleague)
