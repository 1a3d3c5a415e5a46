"""Cancelling a published hour: its appointments are cancelled, or move as a block to another day."""

import datetime

import pytest

from scheduling import booking, disruptions, publishing
from scheduling.booking import SlotTaken
from scheduling.cancelling import CancelledHour, ReplacementOnSameDay, cancel_hour
from scheduling.disruptions import (
    AppointmentUnderWay,
    ClientsElsewhere,
    DateOutOfReach,
    HourChangedMeanwhile,
    HourHasBegun,
    TimeTaken,
)
from scheduling.models import Appointment, Change, ConsultationHour, HourCancelReason, Slot
from scheduling.publishing import HourNotPublished, HourNotSkipped
from sites.refusals import Refusal
from tests.builders import NOW, make_client, make_draft_hour, make_published_hour, make_site
from tests.scheduling.attendance import columns_of
from tests.scheduling.hour_scenes import SECOND, Booked, changes_of, clocks, make_booked, slots_of
from tests.scheduling.invariants import broken, fingerprint

pytestmark = pytest.mark.django_db


def cancel(booked: Booked, day: datetime.date | None = None, **how: object) -> CancelledHour:
    arguments = {"by": booked.by, "now": NOW, "reason": HourCancelReason.PERSON, **how}
    return cancel_hour(hour=booked.hour, replacement_date=day, **arguments)  # type: ignore[arg-type]


def refuse(booked: Booked, expected: type[Refusal], day: datetime.date | None = None, **how: object) -> None:
    before = fingerprint()
    with pytest.raises(expected):
        cancel(booked, day, **how)
    assert fingerprint() == before


def test_without_replacement_every_appointment_is_cancelled() -> None:
    booked = make_booked(0, 2)
    done = cancel(booked)
    hour = ConsultationHour.objects.get()
    assert (done.hour, done.replacement, done.appointments) == (hour, None, booked.appointments)
    assert (hour.status, hour.sequence, hour.cancelled_at, hour.cancelled_by) == (
        "cancelled",
        1,
        NOW,
        booked.by,
    )
    assert hour.published_at is not None
    for each in booked.again():
        assert (each.status, each.cancel_reason, each.cancelled_by) == ("cancelled", "clinic", booked.by)
        assert changes_of(each) == [("booked", 0), ("cancelled", 1)]
    assert {state for _, _, state in slots_of(hour)} == {"free"}
    assert broken() == {}


def test_with_replacement_the_block_moves_in_the_same_order() -> None:
    booked = make_booked(3, 0, 1)
    Slot.objects.filter(pk=booked.hour.slots.all()[4].pk).update(state="blocked")
    Slot.objects.filter(pk=booked.hour.slots.all()[5].pk).update(appointment_type="open")
    uids = [each.uid for each in booked.appointments]
    replacement = cancel(booked, SECOND).replacement
    assert replacement is not None
    assert [each.uid for each in booked.again()] == uids
    assert clocks(booked.again()) == ["16.12. 14:30", "16.12. 13:00", "16.12. 13:30"]
    assert slots_of(replacement) == [
        ("16.12. 13:00", "first", "busy"),
        ("16.12. 13:30", "first", "busy"),
        ("16.12. 14:00", "first", "free"),
        ("16.12. 14:30", "first", "busy"),
        ("16.12. 15:00", "first", "blocked"),
        ("16.12. 15:30", "open", "free"),
    ]
    for each in booked.again():
        assert changes_of(each) == [("booked", 0), ("moved", 1)]
    stored = ConsultationHour.objects.get(replaces=booked.hour)
    assert (stored, stored.status, stored.psychiatrist, stored.room, stored.published_by) == (
        replacement,
        "published",
        booked.hour.psychiatrist,
        booked.hour.room,
        booked.by,
    )
    assert changes_of(booked.hour)[-1:] == [("hour_cancelled", 1)]
    assert changes_of(stored) == [("hour_published", 0)]
    assert broken() == {}


def test_the_change_says_why_and_what_became_of_it() -> None:
    booked = make_booked(0)
    replacement = cancel(booked, SECOND).replacement
    assert replacement is not None
    cause, moved = Change.objects.get(kind="hour_cancelled"), Change.objects.get(kind="moved")
    assert cause.data == {
        "reason": "person",
        "appointments": 1,
        "replacement": replacement.pk,
        "to": {"starts_at": "2026-12-16T12:00:00+00:00", "ends_at": "2026-12-16T15:00:00+00:00"},
    }
    assert (cause.planned_at, cause.by, cause.at) == (None, booked.by, NOW)
    assert (moved.hour, moved.data["hour_change"]) == (replacement, cause.pk)


def test_a_replacement_keeps_the_wall_clock_across_the_change_of_the_clocks() -> None:
    hour = make_published_hour(day=datetime.date(2027, 3, 24), slots=2)
    client = make_client(hour.site.facility)
    booking.book(slot=hour.slots.all()[1], client=client, by=client.created_by, now=NOW)
    cancel(Booked(hour, []), datetime.date(2027, 3, 31))
    assert clocks(list(Appointment.objects.all())) == ["31.03. 13:30"]


def test_the_day_is_an_exception_of_the_series_and_is_not_proposed_again() -> None:
    booked = make_booked(0)
    cancel(booked)
    occurrence = ConsultationHour.objects.get().occurrence
    assert occurrence is not None
    assert occurrence.cancelled
    with pytest.raises(HourNotSkipped):
        publishing.restore(hour=booked.hour, by=booked.by, now=NOW)


def test_what_is_cancelled_can_not_be_booked() -> None:
    booked = make_booked(0)
    cancel(booked)
    client = make_client(booked.hour.site.facility)
    with pytest.raises(HourNotPublished):
        booking.book(slot=booked.hour.slots.all()[3], client=client, by=client.created_by, now=NOW)


def test_the_moved_slot_is_taken_in_the_replacement() -> None:
    booked = make_booked(0)
    replacement = cancel(booked, SECOND).replacement
    assert replacement is not None
    client = make_client(booked.hour.site.facility)
    with pytest.raises(SlotTaken):
        booking.book(slot=replacement.slots.all()[0], client=client, by=client.created_by, now=NOW)


def test_a_replacement_can_be_cancelled_in_its_turn() -> None:
    booked = make_booked(0, 1)
    replacement = cancel(booked, SECOND).replacement
    assert replacement is not None
    cancel(Booked(replacement, []), datetime.date(2026, 12, 17))
    assert clocks(booked.again()) == ["17.12. 13:00", "17.12. 13:30"]
    assert changes_of(booked.appointments[0]) == [("booked", 0), ("moved", 1), ("moved", 2)]
    assert broken() == {}


def test_two_appointments_of_one_client_move_together() -> None:
    booked = make_booked(0)
    client = booked.appointments[0].client
    booking.book(slot=booked.hour.slots.all()[1], client=client, by=booked.by, now=NOW)
    cancel(booked, SECOND)
    assert clocks(list(Appointment.objects.order_by("pk"))) == ["16.12. 13:00", "16.12. 13:30"]


def test_the_state_that_was_shown_must_still_hold() -> None:
    booked = make_booked(0)
    seen = disruptions.look(booked.hour, now=NOW).state
    client = make_client(booked.hour.site.facility)
    late = booking.book(slot=booked.hour.slots.all()[4], client=client, by=booked.by, now=NOW)
    refuse(booked, HourChangedMeanwhile, seen=seen)
    cancel(booked, seen=disruptions.look(booked.hour, now=NOW).state)
    late.refresh_from_db()
    assert late.status == "cancelled"


def test_a_client_with_another_appointment_then_is_named() -> None:
    booked = make_booked(0)
    beside = make_published_hour(make_site(facility=booked.hour.site.facility), day=SECOND)
    client = booked.appointments[0].client
    booking.book(slot=beside.slots.all()[0], client=client, by=booked.by, now=NOW)
    refuse(booked, ClientsElsewhere, SECOND)
    with pytest.raises(ClientsElsewhere, match=str(client)):
        cancel(booked, SECOND)


def test_what_the_clinic_may_not_see_is_refused_by_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    booked = make_booked(0)
    beside = make_published_hour(make_site(facility=booked.hour.site.facility), day=SECOND)
    client = booked.appointments[0].client
    booking.book(slot=beside.slots.all()[0], client=client, by=booked.by, now=NOW)
    monkeypatch.setattr(disruptions, "others_at", lambda appointments, delta: [])
    refuse(booked, ClientsElsewhere, SECOND)


def test_where_the_psychiatrist_is_taken_it_is_refused() -> None:
    booked = make_booked(0)
    make_published_hour(make_site(clinic=booked.hour.site.clinic), day=SECOND, psychiatrist=booked.by)
    refuse(booked, TimeTaken, SECOND)


def test_a_draft_there_is_no_obstacle() -> None:
    booked = make_booked(0)
    make_draft_hour(booked.hour.site, day=SECOND, psychiatrist=booked.by, room=booked.hour.room)
    assert cancel(booked, SECOND).replacement is not None


def test_other_refusals() -> None:
    booked = make_booked(0)
    refuse(booked, ReplacementOnSameDay, datetime.date(2026, 12, 9))
    refuse(booked, DateOutOfReach, datetime.date(2026, 11, 21))
    refuse(booked, DateOutOfReach, datetime.date(2028, 1, 1))
    refuse(booked, HourHasBegun, now=booked.hour.starts_at)
    booked.hour.site.until_date = datetime.date(2026, 12, 10)
    booked.hour.site.save()
    refuse(booked, DateOutOfReach, SECOND)
    Appointment.objects.update(**columns_of("arrived", booked.by.pk))
    refuse(booked, AppointmentUnderWay)
    refuse(Booked(make_draft_hour(), []), HourNotPublished, by=booked.by)


def test_a_second_time_it_is_refused() -> None:
    booked = make_booked(0)
    cancel(booked)
    refuse(booked, HourNotPublished)
