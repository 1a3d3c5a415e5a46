"""An hour follows its series, or is withdrawn: every calendar that holds it follows, as if done by hand."""

import dataclasses
import datetime
from typing import Any

import pytest

from notifications.foreseeing import Outcome, foresee_all
from notifications.models import PersonalNotice
from scheduling import differences, planning, publishing, rehousing
from scheduling.models import Appointment
from sites.models import Role, User
from tests.builders import NOW, make_room, make_user
from tests.notifications.scenes import Scene, make_scene, minutes, tell
from tests.notifications.stub_twilio import StubTwilio
from tests.notifications.test_whole_hours import Outbox, calendars, texts
from tests.scheduling.plans import with_rule

pytestmark = pytest.mark.django_db

THURSDAY: dict[str, Any] = {"weekday": "TH", "starts_date": datetime.date(2026, 12, 10), "ends_date": None}
LATER = NOW + minutes(5)
EVEN_LATER = NOW + minutes(10)


@pytest.fixture
def scene(twilio: StubTwilio) -> Scene:
    return make_scene()


@pytest.fixture
def appointment(scene: Scene, mailoutbox: Outbox) -> Appointment:
    """Booked, and everybody was told."""
    appointment = scene.book()
    tell()
    mailoutbox.clear()
    return appointment


def follow(scene: Scene, *, psychiatrist: User | None = None, **rule: object) -> None:
    """Changes the hour's series and lets the hour follow."""
    change(scene, psychiatrist=psychiatrist, **rule)
    differences.apply(hour=scene.hour, by=scene.psychiatrist, now=LATER)


def change(scene: Scene, *, psychiatrist: User | None = None, **rule: object) -> None:
    series = scene.hour.series
    assert series is not None
    plan = with_rule(planning.plan_of(series), **rule)
    plan = dataclasses.replace(plan, psychiatrist=psychiatrist or plan.psychiatrist)
    planning.change_series(series=series, plan=plan, by=scene.psychiatrist, now=LATER)


def colleague(scene: Scene) -> User:
    return make_user(Role.PSYCHIATRIST, clinic=scene.hour.site.clinic)


def test_another_day_is_told_to_the_client_and_all_calendars(
    scene: Scene, appointment: Appointment, twilio: StubTwilio, mailoutbox: Outbox
) -> None:
    follow(scene, **THURSDAY)
    tell(LATER)
    assert texts(twilio)[-1].startswith("Neue Zeit für Ihren Termin: Do 10.12. 13:00.")
    assert sorted(calendars(mailoutbox, scene.psychiatrist)) == sorted(
        [("REQUEST", str(scene.hour.uid), 1), ("REQUEST", str(appointment.uid), 1)]
    )
    assert calendars(mailoutbox, scene.worker) == [("REQUEST", str(appointment.uid), 1)]


def test_another_end_is_told_to_the_psychiatrist_only(
    scene: Scene, appointment: Appointment, twilio: StubTwilio, mailoutbox: Outbox
) -> None:
    sent = len(texts(twilio))
    follow(scene, to_time=datetime.time(17))
    tell(LATER)
    assert (len(texts(twilio)), PersonalNotice.objects.count()) == (sent, 0)
    assert calendars(mailoutbox, scene.psychiatrist) == [("REQUEST", str(scene.hour.uid), 1)]
    assert calendars(mailoutbox, scene.worker) == []


def test_another_person_gets_what_the_former_loses(
    scene: Scene, appointment: Appointment, twilio: StubTwilio, mailoutbox: Outbox
) -> None:
    sent, taker = len(texts(twilio)), colleague(scene)
    follow(scene, psychiatrist=taker)
    tell(LATER)
    hour, single = str(scene.hour.uid), str(appointment.uid)
    assert sorted(calendars(mailoutbox, scene.psychiatrist)) == sorted(
        [("CANCEL", hour, 1), ("CANCEL", single, 1)]
    )
    assert sorted(calendars(mailoutbox, taker)) == sorted([("REQUEST", hour, 1), ("REQUEST", single, 1)])
    assert calendars(mailoutbox, scene.worker) == [("REQUEST", single, 1)]
    assert len(texts(twilio)) == sent


def test_another_person_and_another_day_at_once(
    scene: Scene, appointment: Appointment, twilio: StubTwilio, mailoutbox: Outbox
) -> None:
    taker = colleague(scene)
    follow(scene, psychiatrist=taker, **THURSDAY)
    tell(LATER)
    hour, single = str(scene.hour.uid), str(appointment.uid)
    assert sorted(calendars(mailoutbox, scene.psychiatrist)) == sorted(
        [("CANCEL", hour, 1), ("CANCEL", single, 1)]
    )
    assert sorted(calendars(mailoutbox, taker)) == sorted([("REQUEST", hour, 1), ("REQUEST", single, 1)])
    assert texts(twilio)[-1].startswith("Neue Zeit für Ihren Termin: Do 10.12. 13:00.")


def test_whom_no_sms_reaches_somebody_has_to_tell(scene: Scene) -> None:
    scene.give_number("")
    scene.book()
    follow(scene, **THURSDAY)
    tell(LATER)
    assert PersonalNotice.objects.count() == 1


def test_an_hour_that_was_moved_before_follows_in_the_calendar(scene: Scene, mailoutbox: Outbox) -> None:
    rehousing.move_hour(
        hour=scene.hour,
        day=datetime.date(2026, 12, 16),
        from_time=datetime.time(13),
        room=make_room(scene.hour.site.facility),
        by=scene.psychiatrist,
        now=NOW,
    )
    tell()
    mailoutbox.clear()
    differences.apply(hour=scene.hour, by=scene.psychiatrist, now=LATER)
    tell(LATER)
    assert calendars(mailoutbox, scene.psychiatrist) == [("REQUEST", str(scene.hour.uid), 2)]


def test_a_withdrawn_hour_leaves_the_calendar_that_a_change_had_brought_it_into(
    scene: Scene, mailoutbox: Outbox
) -> None:
    follow(scene, **THURSDAY)
    tell(LATER)
    mailoutbox.clear()
    publishing.withdraw(hour=scene.hour, by=scene.psychiatrist, now=EVEN_LATER)
    tell(EVEN_LATER)
    assert calendars(mailoutbox, scene.psychiatrist) == [("CANCEL", str(scene.hour.uid), 2)]
    publishing.publish_hour(hour=scene.hour, by=scene.psychiatrist, now=EVEN_LATER)
    publishing.withdraw(hour=scene.hour, by=scene.psychiatrist, now=EVEN_LATER)
    tell(EVEN_LATER)
    assert len(calendars(mailoutbox, scene.psychiatrist)) == 1


def test_of_a_withdrawn_hour_that_no_mail_spoke_of_nobody_is_told(scene: Scene, mailoutbox: Outbox) -> None:
    publishing.withdraw(hour=scene.hour, by=scene.psychiatrist, now=LATER)
    tell(LATER)
    assert mailoutbox == []


def test_withdrawn_and_published_again_before_anybody_was_told_nothing_is_cancelled(
    scene: Scene, mailoutbox: Outbox
) -> None:
    follow(scene, **THURSDAY)
    tell(LATER)
    mailoutbox.clear()
    publishing.withdraw(hour=scene.hour, by=scene.psychiatrist, now=EVEN_LATER)
    publishing.publish_hour(hour=scene.hour, by=scene.psychiatrist, now=EVEN_LATER)
    tell(EVEN_LATER)
    assert mailoutbox == []


def test_a_draft_follows_its_series_without_a_word(scene: Scene, mailoutbox: Outbox) -> None:
    publishing.withdraw(hour=scene.hour, by=scene.psychiatrist, now=NOW)
    change(scene, **THURSDAY)
    tell(LATER)
    assert mailoutbox == []


@pytest.mark.parametrize("what", ["day", "person", "end", "both"])
def test_it_was_foreseen(
    scene: Scene, appointment: Appointment, twilio: StubTwilio, mailoutbox: Outbox, what: str
) -> None:
    """The preview names exactly those who get a mail or an SMS."""
    taker = colleague(scene) if what in ("person", "both") else None
    rule: dict[str, object] = dict(THURSDAY) if what in ("day", "both") else {}
    rule |= {"to_time": datetime.time(17)} if what == "end" else {}
    change(scene, psychiatrist=taker, **rule)
    series, sent = scene.hour.series, len(texts(twilio))
    assert series is not None
    series.refresh_from_db()
    (found,) = differences.differences(series=series, now=LATER)
    (foreseen,) = foresee_all([Outcome(found.whole, found.wanted, found.shift, found.collisions)], now=LATER)
    differences.apply(hour=scene.hour, seen=found.state, by=scene.psychiatrist, now=LATER)
    tell(LATER)
    assert {user.email for user, _ in foreseen.calendars} == {mail.to[0] for mail in mailoutbox}
    assert (foreseen.by_sms, foreseen.in_person) == (len(texts(twilio)) - sent, 0)
