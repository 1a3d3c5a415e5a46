"""A worker dies while it tells of a whole hour that was cancelled or moved: everyone is told once."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from notifications import sweeping
from notifications.models import Message
from scheduling import cancelling, rehousing
from scheduling.models import ConsultationHour, HourCancelReason
from tests.faults.desk import Desk, open_desk
from tests.faults.machine import Machine
from tests.faults.processes import wait_until
from tests.faults.test_worker_killed import LATER, held
from tests.notifications.stub_twilio import StubTwilio

pytestmark = pytest.mark.faults

CLIENTS = 3


def cancel(hour: ConsultationHour) -> None:
    cancelling.cancel_hour(
        hour=hour, reason=HourCancelReason.PERSON, by=hour.psychiatrist, now=timezone.now()
    )


def move(hour: ConsultationHour) -> None:
    rehousing.move_hour(
        hour=hour,
        day=hour.local_date + timedelta(days=7),
        from_time=hour.local_start.time(),
        room=hour.room,
        by=hour.psychiatrist,
        now=timezone.now(),
    )


def waiting() -> int:
    """Messages that should have left by now."""
    return Message.objects.filter(state__in=["planned", "sending"], due_at__lte=timezone.now()).count()


def book_all(desk: Desk, machine: Machine) -> None:
    for number in range(CLIENTS):
        desk.book(number)
    wait_until("everybody to know of the booking", lambda: bool(machine.mails()) and waiting() == 0)


@pytest.mark.parametrize(("change", "words"), [(cancel, "fällt aus"), (move, "Neue Zeit")])
def test_everyone_is_told_once(
    machine: Machine, twilio: StubTwilio, change: Callable[[ConsultationHour], None], words: str
) -> None:
    desk = open_desk(clients=CLIENTS)
    worker = machine.start_worker()
    book_all(desk, machine)
    booked = Counter(machine.mails())
    with held(twilio, taken=True) as request:
        change(desk.slots[0].hour)
        wait_until("the first SMS to reach Twilio", request.arrived.is_set)
        worker.kill()
    assert waiting() > 0
    machine.start_worker()
    machine.sweep_by_worker()
    # What the dead had claimed is asked for when its time has passed.
    sweeping.sweep(now=timezone.now() + LATER)
    machine.sweep_by_worker()
    assert waiting() == 0
    numbers = Counter(each["to"] for each in twilio.messages if words in each["body"])
    assert numbers == Counter({f"+4917139200{number:02}": 1 for number in range(CLIENTS)})
    # Three appointments in two calendars, and the hour in the psychiatrist's.
    mails = Counter(machine.mails()) - booked
    assert sorted(mails.values()) == [1] * (2 * CLIENTS + 1)
