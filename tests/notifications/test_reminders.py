"""One reminder a day ahead, at a decent hour, for the appointment as it stands."""

import datetime

import pytest

from notifications import consent
from notifications.models import Message
from notifications.planning import plan_changes
from notifications.timing import end_of_night, reminder_due_at
from tests.builders import NOW, instant
from tests.notifications.scenes import PHONE, make_scene, tell

pytestmark = pytest.mark.django_db

DAY = datetime.timedelta(days=1)


def reminders() -> list[tuple[datetime.datetime, str, str]]:
    found = Message.objects.filter(kind="reminder").order_by("pk")
    return [(message.appointment_starts_at, message.state, message.reason) for message in found]


def test_a_booking_plans_one_reminder_a_day_ahead() -> None:
    scene = make_scene()
    appointment = scene.book()
    plan_changes(now=NOW)
    reminder = Message.objects.get(kind="reminder")

    assert (reminder.due_at, reminder.stage, reminder.channel, reminder.recipient_client, reminder.state) == (
        appointment.starts_at - DAY,
        1,
        "sms",
        scene.client,
        "planned",
    )


def test_a_move_plans_the_reminder_anew() -> None:
    scene = make_scene()
    appointment = scene.book()
    old = appointment.starts_at
    plan_changes(now=NOW)
    new = scene.move(appointment, scene.slot(3)).starts_at
    plan_changes(now=NOW)

    assert reminders() == [(old, "dropped", "superseded"), (new, "planned", "")]


def test_a_booking_and_its_move_planned_together_leave_one_reminder() -> None:
    scene = make_scene()
    new = scene.move(scene.book(), scene.slot(3)).starts_at
    plan_changes(now=NOW)

    assert reminders() == [(new, "planned", "")]


def test_an_appointment_that_moves_back_is_reminded_of_again() -> None:
    scene = make_scene()
    appointment = scene.book()
    old = appointment.starts_at
    plan_changes(now=NOW)
    appointment = scene.move(appointment, scene.slot(3))
    new = appointment.starts_at
    plan_changes(now=NOW)
    scene.move(appointment, scene.slot(0))
    plan_changes(now=NOW)

    assert reminders() == [
        (old, "dropped", "superseded"),
        (new, "dropped", "superseded"),
        (old, "planned", ""),
    ]


def test_a_cancellation_drops_the_reminder() -> None:
    scene = make_scene()
    appointment = scene.book()
    plan_changes(now=NOW)
    scene.cancel(appointment)
    plan_changes(now=NOW)

    assert reminders() == [(appointment.starts_at, "dropped", "appointment_cancelled")]


def test_another_appointment_keeps_its_reminder() -> None:
    scene = make_scene()
    first, second = scene.book(0), scene.book(1)
    plan_changes(now=NOW)
    scene.cancel(first)
    plan_changes(now=NOW)

    assert [(start, state) for start, state, _ in reminders()] == [
        (first.starts_at, "dropped"),
        (second.starts_at, "planned"),
    ]


def test_no_reminder_when_booked_less_than_a_day_ahead() -> None:
    scene = make_scene()
    late = scene.slot().starts_at - DAY + datetime.timedelta(minutes=1)
    scene.book(now=late)
    plan_changes(now=late)

    assert reminders() == []


def test_a_reminder_booked_exactly_a_day_ahead_would_double_the_confirmation() -> None:
    scene = make_scene()
    now = scene.slot().starts_at - DAY
    scene.book(now=now)
    plan_changes(now=now)

    assert reminders() == []


def test_consent_given_later_plans_the_reminders_of_what_is_booked() -> None:
    scene = make_scene(consents=False)
    appointment = scene.book()
    plan_changes(now=NOW)
    assert reminders() == []
    consent.give(client=scene.client, by=scene.worker, now=NOW)
    consent.give(client=scene.client, by=scene.worker, now=NOW)

    assert reminders() == [(appointment.starts_at, "planned", "")]


def test_consent_given_again_plans_a_dropped_reminder_anew() -> None:
    scene = make_scene()
    appointment = scene.book()
    plan_changes(now=NOW)
    consent.withdraw(client=scene.client, by=scene.worker, now=NOW)
    consent.give(client=scene.client, by=scene.worker, now=NOW)

    assert reminders() == [
        (appointment.starts_at, "dropped", "no_consent"),
        (appointment.starts_at, "planned", ""),
    ]


@pytest.mark.parametrize("first", ["consent", "number"])
def test_number_and_consent_together_plan_the_reminder_whichever_came_first(first: str) -> None:
    scene = make_scene(phone="", consents=False)
    appointment = scene.book()
    plan_changes(now=NOW)
    steps = {
        "consent": lambda: consent.give(client=scene.client, by=scene.worker, now=NOW),
        "number": lambda: scene.give_number(PHONE),
    }
    steps.pop(first)()
    assert reminders() == []
    steps.popitem()[1]()

    assert reminders() == [(appointment.starts_at, "planned", "")]


def test_a_number_without_consent_plans_no_reminder() -> None:
    scene = make_scene(phone="", consents=False)
    scene.book()
    plan_changes(now=NOW)
    scene.give_number(PHONE)

    assert reminders() == []


def test_a_reminder_dropped_for_want_of_a_number_is_planned_anew_with_one(twilio: object) -> None:
    """Dropped in time to be sent after all: the rule has moved its hour, or the clock."""
    scene = make_scene()
    appointment = scene.book()
    plan_changes(now=NOW)
    scene.give_number("")
    Message.objects.filter(kind="reminder").update(due_at=NOW)
    tell()
    scene.give_number(PHONE)

    assert reminders() == [
        (appointment.starts_at, "dropped", "no_address"),
        (appointment.starts_at, "planned", ""),
    ]


def test_a_reminder_is_sent_once_it_is_due(twilio: object) -> None:
    scene = make_scene()
    due = scene.book().starts_at - DAY
    tell()
    assert tell(due - datetime.timedelta(seconds=1)).total() == 0

    assert tell(due) == {"sent": 1}
    assert tell(due).total() == 0


# (start on the facility's clock, when it is due, both in 2026)
DUE = [
    ("2026-12-09", "13:00", "2026-12-08", "13:00"),
    ("2026-12-09", "06:30", "2026-12-08", "08:00"),
    ("2026-12-09", "08:00", "2026-12-08", "08:00"),
    ("2026-12-09", "20:00", "2026-12-08", "20:00"),
    ("2026-12-09", "23:30", "2026-12-08", "20:00"),
    ("2026-12-09", "00:00", "2026-12-08", "08:00"),
    # Across the changes of the clocks a day is 23 or 25 hours long, and the hour on the wall stays.
    ("2026-03-29", "13:00", "2026-03-28", "13:00"),
    ("2026-10-25", "13:00", "2026-10-24", "13:00"),
    ("2026-10-25", "07:30", "2026-10-24", "08:00"),
    ("2027-01-01", "00:30", "2026-12-31", "08:00"),
]


@pytest.mark.parametrize(("day", "clock", "due_day", "due_clock"), DUE)
def test_reminders_are_due_by_day(day: str, clock: str, due_day: str, due_clock: str) -> None:
    starts_at = instant(datetime.date.fromisoformat(day), clock)
    due_at = instant(datetime.date.fromisoformat(due_day), due_clock)
    scene_zone = make_scene().hour.zone

    assert reminder_due_at(starts_at, scene_zone, starts_at - 10 * DAY) == due_at
    assert due_at < starts_at


def test_a_reminder_whose_hour_is_past_is_not_planned() -> None:
    """Booked at 21:00 for the next day's 23:30: the reminder would have been due an hour before."""
    day = datetime.date(2026, 12, 9)
    zone = make_scene().hour.zone
    booked_at = instant(day - DAY, "21:00")

    assert reminder_due_at(instant(day, "23:30"), zone, booked_at) is None


def test_an_early_appointment_booked_the_evening_before_gets_no_reminder() -> None:
    """Moved out of the night to 8:00 its reminder would still lie ahead; but it is booked within a day."""
    day = datetime.date(2026, 12, 9)
    zone = make_scene().hour.zone

    assert reminder_due_at(instant(day, "05:00"), zone, instant(day - DAY, "06:00")) is None


@pytest.mark.parametrize(
    ("clock", "ends"),
    [
        ("20:59", None),
        ("21:00", ("2026-12-09", "08:00")),
        ("03:00", ("2026-12-08", "08:00")),
        ("07:59", ("2026-12-08", "08:00")),
        ("08:00", None),
    ],
)
def test_the_night_ends_at_eight(clock: str, ends: tuple[str, str] | None) -> None:
    zone = make_scene().hour.zone
    expected = ends and instant(datetime.date.fromisoformat(ends[0]), ends[1])

    assert end_of_night(instant(datetime.date(2026, 12, 8), clock), zone) == expected


def test_a_reminder_held_up_into_the_night_waits_for_the_morning(twilio: object) -> None:
    scene = make_scene()
    scene.book()
    tell()
    night = instant(datetime.date(2026, 12, 9), "02:00")
    morning = instant(datetime.date(2026, 12, 9), "08:00")

    assert tell(night) == {"planned": 1}
    assert Message.objects.get(kind="reminder").due_at == morning
    assert tell(morning) == {"sent": 1}
