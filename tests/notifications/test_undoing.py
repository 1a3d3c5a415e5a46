"""Taking back what was done by a slip: for ten minutes, as long as no SMS has told the client."""

import datetime

import pytest

from notifications import consent, planning, truth, undoing
from notifications.models import Message, MessageState
from notifications.undoing import ClientKnows, NothingToUndo
from scheduling import booking, holding
from scheduling.booking import SlotGone, SlotHeld
from scheduling.models import Appointment, CancelReason, Change, Client, ConsultationHour, Slot
from tests.builders import NOW, make_client, make_published_hour, make_user
from tests.scheduling.invariants import broken

pytestmark = pytest.mark.django_db

MINUTE = datetime.timedelta(minutes=1)
LATER = NOW + MINUTE


@pytest.fixture
def hour() -> ConsultationHour:
    return make_published_hour(slots=3)


@pytest.fixture
def client(hour: ConsultationHour) -> Client:
    client = make_client(hour.site.facility, phone="0171 3920012")
    consent.give(client=client, by=client.created_by, now=NOW)
    return client


@pytest.fixture
def appointment(hour: ConsultationHour, client: Client) -> Appointment:
    slot = hour.slots.order_by("starts_at")[0]
    return booking.book(slot=slot, client=client, by=client.created_by, now=NOW)


def undo(appointment: Appointment, now: datetime.datetime = LATER) -> Change:
    latest = appointment.changes.order_by("-pk")[0]
    by = appointment.client.created_by
    return undoing.undo(appointment=appointment, change=latest.pk, by=by, now=now)


def cancel(appointment: Appointment, now: datetime.datetime = NOW) -> Appointment:
    by = appointment.client.created_by
    return booking.cancel(appointment=appointment, reason=CancelReason.CLIENT, by=by, now=now)


def left(state: MessageState = MessageState.SENT, **which: object) -> None:
    """What is planned now has been sent."""
    planning.plan_changes(now=NOW)
    due = Message.objects.filter(state=MessageState.PLANNED, due_at__lte=LATER, **which)
    due.update(state=state, sent_at=NOW, claimed_at=NOW)


def to_be_said(appointment: Appointment) -> list[tuple[str, str]]:
    """What would still be sent: channel and kind."""
    planning.plan_changes(now=LATER)
    due = Message.objects.filter(appointment=appointment, state=MessageState.PLANNED).order_by("pk")
    return [(each.channel, each.kind) for each in due if truth.objection(each, now=LATER) is None]


def test_a_cancelled_appointment_comes_back_into_its_slot(appointment: Appointment) -> None:
    cancelled = cancel(appointment)
    assert undo(cancelled).kind == "cancelled"
    back = Appointment.objects.get()
    assert (back.status, back.slot, back.uid) == ("booked", appointment.slot, appointment.uid)
    assert (back.cancelled_at, back.cancel_reason, back.sequence) == (None, "", 2)
    assert [each.kind for each in Change.objects.filter(appointment=back)] == [
        "booked",
        "cancelled",
        "revived",
    ]
    assert broken() == {}


def test_a_moved_appointment_goes_back_to_where_it_was(
    appointment: Appointment, hour: ConsultationHour
) -> None:
    other = hour.slots.order_by("starts_at")[2]
    moved = booking.move(appointment=appointment, to_slot=other, by=appointment.booked_by, now=NOW)
    undo(moved)
    assert Appointment.objects.get().slot == appointment.slot
    other.refresh_from_db()
    assert other.state == "free"
    assert broken() == {}


def test_a_booking_that_is_taken_back_was_a_mistake(appointment: Appointment) -> None:
    undo(appointment)
    back = Appointment.objects.get()
    assert (back.status, back.cancel_reason, back.slot.state) == ("cancelled", "mistake", "free")
    assert to_be_said(back) == []


def test_who_knew_of_the_appointment_and_not_of_the_cancelling_hears_nothing(
    appointment: Appointment,
) -> None:
    left()
    undo(cancel(appointment))
    assert to_be_said(appointment) == [("sms", "reminder")]


def test_who_was_never_told_of_the_booking_is_told_afterwards(appointment: Appointment) -> None:
    undo(cancel(appointment))
    assert to_be_said(appointment).count(("sms", "confirmation")) == 1


def test_calendars_that_followed_the_cancelling_follow_back(appointment: Appointment) -> None:
    left()
    cancelled = cancel(appointment)
    left(channel="email")
    undo(cancelled)
    told = to_be_said(appointment)
    assert sorted(told) == [("email", "confirmation"), ("email", "confirmation"), ("sms", "reminder")]


@pytest.mark.parametrize(
    "state",
    [MessageState.SENDING, MessageState.SENT, MessageState.DELIVERED, MessageState.UNCERTAIN],
)
def test_what_the_client_was_told_is_not_taken_back(appointment: Appointment, state: MessageState) -> None:
    cancelled = cancel(appointment)
    left(state)
    assert undoing.undoable(cancelled, now=LATER) is None
    with pytest.raises(ClientKnows):
        undo(cancelled)
    assert Appointment.objects.get().status == "cancelled"


def test_after_ten_minutes_it_is_too_late(appointment: Appointment) -> None:
    over = NOW + undoing.WINDOW
    assert undoing.undoable(appointment, now=over - MINUTE) is not None
    assert undoing.undoable(appointment, now=over) is None
    with pytest.raises(NothingToUndo):
        undo(appointment, over)


def test_what_was_changed_since_is_not_taken_back_by_an_old_page(appointment: Appointment) -> None:
    booked = appointment.changes.get()
    cancel(appointment)
    with pytest.raises(NothingToUndo):
        undoing.undo(appointment=appointment, change=booked.pk, by=appointment.booked_by, now=LATER)


def test_taking_back_is_not_taken_back(appointment: Appointment) -> None:
    undo(cancel(appointment))
    assert undoing.undoable(Appointment.objects.get(), now=LATER) is None


def test_a_slot_that_is_at_another_time_by_now_is_not_taken(appointment: Appointment) -> None:
    cancelled = cancel(appointment)
    slot = appointment.slot
    Slot.objects.filter(pk=slot.pk).update(ends_at=slot.ends_at - MINUTE)
    with pytest.raises(SlotGone):
        undo(cancelled)
    slot.refresh_from_db()
    assert (slot.state, Appointment.objects.get().status) == ("free", "cancelled")


def test_a_slot_that_somebody_holds_by_now_is_theirs(appointment: Appointment) -> None:
    cancelled = cancel(appointment)
    holding.hold(slot=appointment.slot, by=make_user(), now=NOW)
    with pytest.raises(SlotHeld):
        undo(cancelled)
    assert broken() == {}
