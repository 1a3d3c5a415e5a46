"""Several people hand the same clients over at once, or book meanwhile: each client ends with one of them."""

from functools import partial

import pytest

from scheduling import booking, caseloads
from scheduling.caseloads import CaseloadChanged
from scheduling.models import Appointment, Change, Client
from sites.models import Role, User
from tests.builders import NOW, make_client, make_published_hour, make_user
from tests.concurrency.racing import race

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

MANY = 6


def team(number: int) -> tuple[User, list[User], list[Client], list[Appointment]]:
    """Somebody with clients who are booked, and so many colleagues."""
    hour = make_published_hour()
    facility = hour.site.facility
    worker = make_user(Role.SOCIAL_WORKER, facility=facility)
    others = [make_user(Role.SOCIAL_WORKER, facility=facility) for _ in range(number)]
    clients = [make_client(facility, by=worker) for _ in range(3)]
    slots = list(hour.slots.order_by("starts_at"))
    booked = [
        booking.book(slot=slot, client=client, by=worker, now=NOW)
        for slot, client in zip(slots, clients, strict=False)
    ]
    return worker, others, clients, booked


def test_of_many_who_hand_over_the_same_one_counts() -> None:
    worker, others, clients, _ = team(MANY)
    outcome = race(
        [
            partial(caseloads.hand_over, clients=clients, former=worker, to=to, by=worker, now=NOW)
            for to in others
        ]
    )
    outcome.assert_no_errors()
    assert [type(each) for each in outcome.refusals] == [CaseloadChanged] * (MANY - 1)
    assert Client.objects.values("caseload_of").distinct().count() == 1
    assert Change.objects.filter(kind="handed_over").count() == len(clients)


def test_moving_meanwhile_loses_neither() -> None:
    worker, [other], clients, booked = team(1)
    free = booked[0].slot.hour.slots.filter(state="free").order_by("starts_at")
    moves = [
        partial(booking.move, appointment=appointment, to_slot=slot, by=worker, now=NOW)
        for appointment, slot in zip(booked, free, strict=True)
    ]
    hand_over = partial(caseloads.hand_over, clients=clients, former=worker, to=other, by=worker, now=NOW)
    outcome = race([hand_over, *moves])
    outcome.assert_no_errors()
    assert outcome.refusals == []
    assert sorted(Appointment.objects.values_list("sequence", flat=True)) == [2, 2, 2]
    assert set(Client.objects.values_list("caseload_of", flat=True)) == {other.pk}
