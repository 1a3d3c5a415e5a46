"""Nobody is booked: two days ahead staff learn what is free, the evening before that the hour takes place."""

import datetime

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.db.models import F

from notifications import hour_notes, sweeping
from notifications.models import Message, MessageState
from notifications.models.messages import OF_HOURS_AHEAD
from scheduling import booking, publishing
from scheduling.models import CancelReason, ConsultationHour
from sites import acting
from sites.models import Membership, Role, User
from tests.builders import instant, make_client, make_published_hour, make_user

pytestmark = pytest.mark.django_db

DAY = datetime.date(2026, 12, 9)
MONDAY = DAY - datetime.timedelta(days=2)
TUESDAY = DAY - datetime.timedelta(days=1)
TWO_DAYS = instant(MONDAY, "13:00")
EVENING = instant(TUESDAY, "18:00")
MINUTE = datetime.timedelta(minutes=1)


@pytest.fixture
def hour() -> ConsultationHour:
    """Six free slots from 13:00 on."""
    return make_published_hour(day=DAY)


@pytest.fixture
def worker(hour: ConsultationHour) -> User:
    return make_user(Role.SOCIAL_WORKER, facility=hour.site.facility)


def sweep(now: datetime.datetime) -> list[tuple[str, str]]:
    """Recipients and subjects of the mails that one sweep sends, in order."""
    mail.outbox.clear()
    sweeping.sweep(now=now)
    return sorted((message.to[0], str(message.subject)) for message in mail.outbox)


def book(hour: ConsultationHour, by: User, now: datetime.datetime) -> object:
    client = make_client(hour.site.facility, by=by)
    return booking.book(slot=hour.slots.all()[0], client=client, by=by, now=now)


def both(hour: ConsultationHour, worker: User, subject: str) -> list[tuple[str, str]]:
    return sorted((user.email, subject) for user in (hour.psychiatrist, worker))


FREE = "Noch frei: 09.12.2026 um 13:00"
AHEAD = "Findet statt: 09.12.2026 um 13:00"


def test_both_are_told_once_at_each_time(hour: ConsultationHour, worker: User) -> None:
    make_user(Role.FACILITY_LEAD, facility=hour.site.facility)
    make_user(Role.SOCIAL_WORKER)
    assert sweep(TWO_DAYS - MINUTE) == []
    assert sweep(TWO_DAYS) == both(hour, worker, FREE)
    assert sweep(TWO_DAYS + MINUTE) == []
    assert sweep(EVENING - MINUTE) == []
    assert sweep(EVENING) == both(hour, worker, AHEAD)
    assert sweep(EVENING + MINUTE) == []
    assert sweep(hour.starts_at) == []


def test_the_mail_says_how_many_and_nothing_that_tells(hour: ConsultationHour, worker: User) -> None:
    hour.slots.filter(pk=hour.slots.all()[5].pk).update(appointment_type="open")
    sweep(TWO_DAYS)
    message = mail.outbox[0]
    assert message.body == (
        "Bisher ist niemand gebucht.\n\n"
        "Wann: Mittwoch, 09.12.2026, 13:00 Uhr\n"
        f"Wo: {hour.site.facility.neutral_name}\n"
        "Gebucht: niemand, frei: 5. Dazu ist offene Zeit ohne Termin.\n\n"
        "Mehr dazu nach der Anmeldung:\n"
        f"http://127.0.0.1:8000/tag/2026-12-09/#sprechstunde-{hour.pk}\n\n"
        "Diese Nachricht wurde automatisch verschickt.\n"
    )
    assert message.message().get_content_type() == "multipart/alternative"


def test_a_sweep_that_comes_late_still_tells(hour: ConsultationHour, worker: User) -> None:
    assert sweep(instant(TUESDAY, "09:00")) == both(hour, worker, FREE)
    assert sweep(instant(DAY, "07:00")) == both(hour, worker, AHEAD)


def test_whoever_comes_too_late_for_the_first_gets_only_the_second(
    hour: ConsultationHour, worker: User
) -> None:
    assert sweep(EVENING) == both(hour, worker, AHEAD)


def test_an_early_hour_is_announced_by_day(db: None) -> None:
    early = make_published_hour(day=DAY, from_time=datetime.time(6))
    assert sweep(instant(MONDAY, "07:59")) == []
    assert sweep(instant(MONDAY, "08:00")) == [(early.psychiatrist.email, "Noch frei: 09.12.2026 um 06:00")]


def test_where_somebody_is_booked_nobody_is_told(hour: ConsultationHour, worker: User) -> None:
    book(hour, worker, TWO_DAYS - MINUTE)
    sweep(TWO_DAYS - MINUTE)
    assert (sweep(TWO_DAYS), sweep(EVENING)) == ([], [])


def test_who_was_told_that_it_is_empty_is_told_that_it_is_not(hour: ConsultationHour, worker: User) -> None:
    sweep(TWO_DAYS)
    book(hour, worker, TWO_DAYS + MINUTE)
    sweep(TWO_DAYS + MINUTE)
    assert sweep(EVENING) == both(hour, worker, AHEAD)
    assert "Gebucht: 1, frei: 5.\n" in mail.outbox[0].body


def test_an_hour_that_is_empty_only_at_the_end_is_told_of_in_the_evening(
    hour: ConsultationHour, worker: User
) -> None:
    appointment = book(hour, worker, TWO_DAYS - MINUTE)
    sweep(TWO_DAYS)
    booking.cancel(
        appointment=appointment,  # type: ignore[arg-type]
        reason=CancelReason.CLIENT,
        by=worker,
        now=TWO_DAYS + MINUTE,
    )
    sweep(TWO_DAYS + MINUTE)
    assert sweep(EVENING) == both(hour, worker, AHEAD)


def test_what_is_no_longer_true_when_it_leaves_is_dropped(hour: ConsultationHour, worker: User) -> None:
    hour_notes.plan_hour_notes(now=TWO_DAYS)
    book(hour, worker, TWO_DAYS)
    assert FREE not in [subject for _, subject in sweep(TWO_DAYS)]
    notes = Message.objects.filter(hour=hour)
    assert set(notes.values_list("state", "reason")) == {("dropped", "superseded")}


@pytest.mark.parametrize("moment", [TWO_DAYS, EVENING])
def test_of_an_hour_that_was_withdrawn_nobody_is_told(
    hour: ConsultationHour, worker: User, moment: datetime.datetime
) -> None:
    hour_notes.plan_hour_notes(now=moment)
    publishing.withdraw(hour=hour, by=hour.psychiatrist, now=moment)
    assert [each for each in sweep(moment) if each[1] != "Entwürfe warten"] == []
    notes = Message.objects.filter(kind__in=OF_HOURS_AHEAD)
    assert set(notes.values_list("state", flat=True)) == {"dropped"}


def test_of_an_hour_that_was_moved_the_new_time_is_told(hour: ConsultationHour, worker: User) -> None:
    hour_notes.plan_hour_notes(now=TWO_DAYS)
    week = datetime.timedelta(days=7)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for rows in (hour.slots.all(), ConsultationHour.objects.filter(pk=hour.pk)):
            rows.update(starts_at=F("starts_at") + week, ends_at=F("ends_at") + week)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert sweep(TWO_DAYS) == []
    assert sweep(TWO_DAYS + week) == both(hour, worker, "Noch frei: 16.12.2026 um 13:00")


def test_who_takes_over_is_told_and_who_gives_away_is_not(hour: ConsultationHour, worker: User) -> None:
    hour_notes.plan_hour_notes(now=TWO_DAYS)
    other = make_user(Role.PSYCHIATRIST, clinic=hour.site.clinic)
    ConsultationHour.objects.filter(pk=hour.pk).update(psychiatrist=other)
    Membership.objects.filter(user=worker).delete()
    assert sweep(TWO_DAYS) == [(other.email, FREE)]


def test_an_hour_published_after_the_time_is_not_empty_for_a_reason(db: None) -> None:
    make_published_hour(day=DAY, now=TWO_DAYS + MINUTE)
    assert sweep(TWO_DAYS + 2 * MINUTE) == []


def test_open_time_alone_has_nothing_free(db: None) -> None:
    make_published_hour(day=DAY, appointment_type="open", slots=1)
    assert (sweep(TWO_DAYS), sweep(EVENING)) == ([], [])


def test_whose_account_is_closed_is_not_told(hour: ConsultationHour, worker: User) -> None:
    User.objects.filter(pk=worker.pk).update(is_active=False)
    assert sweep(TWO_DAYS) == [(hour.psychiatrist.email, FREE)]


def test_two_sweeps_at_once_make_each_note_once(
    hour: ConsultationHour, worker: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second looked before the first had written: the constraint decides."""
    hour_notes.plan_hour_notes(now=TWO_DAYS)
    with monkeypatch.context() as patch:
        patch.setattr(hour_notes, "_known", lambda hours: set())
        hour_notes.plan_hour_notes(now=TWO_DAYS)
    assert Message.objects.count() == 2


def test_the_constraint_holds_against_raw_sql(hour: ConsultationHour, worker: User) -> None:
    hour_notes.plan_hour_notes(now=TWO_DAYS)
    note = Message.objects.first()
    assert note is not None
    note.pk = None
    with pytest.raises(IntegrityError, match="one_note_per_hour_stage_and_start"), transaction.atomic():
        note.save(force_insert=True)
    note.state, note.reason = MessageState.DROPPED.value, "superseded"
    note.save(force_insert=True)


def test_a_sweep_costs_as_many_queries_for_ten_hours_as_for_one(
    hour: ConsultationHour, worker: User, django_assert_num_queries: object
) -> None:
    for _ in range(9):
        make_published_hour(day=DAY)
    with acting.as_system(acting.System.WORKER), django_assert_num_queries(4):  # type: ignore[operator]
        assert hour_notes.plan_hour_notes(now=TWO_DAYS) == 11
