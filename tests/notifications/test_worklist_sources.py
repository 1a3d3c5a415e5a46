"""Each kind of thing to do: when it is on the worklist, and when it goes by itself."""

import datetime
from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import pairwise

import pytest
from pytest_django import Settings

from notifications import consent
from notifications.models import Message, MessageState
from notifications.planning import plan_changes
from notifications.worklist import marking, reading
from scheduling import attending, booking, clients, next_steps, offering, releases, waiting
from scheduling.attending import Attendance
from scheduling.models import (
    Appointment,
    AppointmentType,
    CancelReason,
    Client,
    Handover,
    Offer,
    ReleaseScope,
    SuspendReason,
    WalkIn,
)
from sites.models import Site
from tests.builders import NOW, make_published_hour
from tests.pages.desks import Place, make_place, slot_of
from tests.scheduling.attendance import appointment_in, walk_in_in

pytestmark = pytest.mark.django_db

SOON = NOW.date() + datetime.timedelta(days=2)
DAY = datetime.timedelta(days=1)
Found = list[tuple[str, str, str]]


@pytest.fixture
def place() -> Place:
    return make_place()


def booked(place: Place, client: Client, day: datetime.date = SOON) -> Appointment:
    return place.book(slot_of(place.hour(day)), client)


def verified(place: Place, *, consents: bool = True) -> Client:
    """A client who gets SMS under a number that was confirmed just now."""
    client = place.client(phone="0171 3920012", consents=consents)
    return clients.change_client(
        client=client, version=client.version, values={}, phone_verified=True, by=place.worker, now=NOW
    )


def found(place: Place, now: datetime.datetime = NOW) -> Found:
    entries = reading.entries(place.worker, now=now)
    return [(each.item.kind, each.item.what, each.item.why) for each in entries]


def due(place: Place) -> list[datetime.datetime]:
    return [each.item.due_at for each in reading.entries(place.worker, now=NOW)]


def remind(why: str) -> Found:
    return [("remind", "An den Termin erinnern", why)]


def finish_all(place: Place, now: datetime.datetime = NOW) -> None:
    for entry in reading.entries(place.worker, now=now):
        marking.finish(item=entry.item, by=place.worker, now=now)


# -- to be reminded in person -------------------------------------------------------------------------


def test_who_gets_sms_needs_nobody(place: Place) -> None:
    booked(place, verified(place))
    assert found(place) == []


def test_whom_no_sms_reaches_is_to_be_reminded_when_the_sms_would_have_gone_out(place: Place) -> None:
    client = place.client()
    appointment = booked(place, client)
    assert (found(place), due(place)) == (remind("keine Telefonnummer"), [appointment.starts_at - DAY])
    assert found(place, appointment.starts_at) == []


def test_who_did_not_consent_is_to_be_reminded_until_they_do(place: Place) -> None:
    client = verified(place, consents=False)
    booked(place, client)
    assert found(place) == remind("keine Einwilligung in SMS")
    consent.give(client=client, by=place.worker, now=NOW)
    assert found(place) == []


def test_a_suspended_number_is_to_be_mended_and_its_client_reminded(place: Place) -> None:
    client = verified(place)
    booked(place, client)
    clients.suspend_phone(
        client=client, number=client.phone, reason=SuspendReason.LOST, by=place.worker, now=NOW
    )
    assert found(place) == [
        *remind("Nummer ruht"),
        ("mend_number", "Nach einer neuen Nummer fragen", "Nummer ruht: Telefon verloren"),
    ]
    clients.resume_phone(client=client, by=place.worker, now=NOW)
    assert found(place) == []


def test_without_sms_everybody_is_to_be_reminded(place: Place, settings: Settings) -> None:
    settings.TWILIO = None
    booked(place, verified(place))
    assert found(place) == remind("SMS ist nicht eingerichtet")


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"state": "failed", "reason": "undelivered"}, "SMS fehlgeschlagen: nicht zustellbar"),
        ({"state": "uncertain", "claimed_at": NOW}, "ungewiss, ob die SMS angekommen ist"),
        ({"state": "dropped", "reason": "landline"}, "Festnetz empfängt keine SMS"),
        ({"due_at": NOW - datetime.timedelta(hours=2)}, "die SMS ist überfällig und nicht verschickt"),
    ],
)
def test_an_sms_that_came_to_nothing_puts_its_client_on_the_list(
    place: Place, fields: dict[str, object], why: str
) -> None:
    booked(place, verified(place))
    plan_changes(now=NOW)
    texts = Message.objects.filter(recipient_client__isnull=False)
    texts.filter(kind="reminder").update(**fields)
    assert found(place) == remind(why)
    texts.filter(kind="reminder").update(state=MessageState.DELIVERED, sent_at=NOW, reason="")
    assert found(place) == []


def test_a_later_sms_that_arrived_makes_up_for_one_that_did_not(place: Place) -> None:
    booked(place, verified(place))
    plan_changes(now=NOW)
    texts = Message.objects.filter(recipient_client__isnull=False)
    texts.filter(kind="confirmation").update(state="failed", reason="undelivered")
    assert found(place) == remind("SMS fehlgeschlagen: nicht zustellbar")
    texts.filter(kind="reminder").update(state="sent", sent_at=NOW)
    assert found(place) == []


def test_who_confirmed_or_cancelled_is_not_to_be_reminded(place: Place) -> None:
    first, second = booked(place, place.client()), place.client()
    other = booking.book(slot=slot_of(first.slot.hour, 1), client=second, by=place.worker, now=NOW)
    assert len(found(place)) == 2
    Appointment.objects.filter(pk=first.pk).update(confirmed_at=NOW)
    booking.cancel(appointment=other, reason=CancelReason.CLIENT, by=place.worker, now=NOW)
    assert found(place) == []


def test_an_appointment_that_moves_is_to_be_reminded_of_anew(place: Place) -> None:
    appointment = booked(place, place.client())
    finish_all(place)
    assert found(place) == []
    booking.move(appointment=appointment, to_slot=slot_of(appointment.slot.hour, 2), by=place.worker, now=NOW)
    assert found(place) == remind("keine Telefonnummer")


def test_appointments_far_ahead_or_booked_a_moment_before_can_wait(place: Place) -> None:
    booked(place, place.client(), SOON + 5 * DAY)
    tomorrow = place.hour(NOW.date() + DAY)
    late = tomorrow.starts_at - datetime.timedelta(hours=5)
    booking.book(slot=slot_of(tomorrow), client=place.client(), by=place.worker, now=late)
    assert found(place, late) == []


# -- told of a change --------------------------------------------------------------------------------


def test_a_cancellation_whose_sms_failed_is_to_be_told(place: Place) -> None:
    client = verified(place)
    appointment = booked(place, client)
    booking.cancel(appointment=appointment, reason=CancelReason.FACILITY, by=place.worker, now=NOW)
    plan_changes(now=NOW)
    texts = Message.objects.filter(recipient_client=client, kind="cancelled")
    assert texts.update(state="failed", reason="refused") == 1
    assert found(place) == [("tell", "Sagen, dass der Termin ausfällt", "vom Versanddienst abgelehnt")]
    finish_all(place)
    assert found(place) == []


def test_of_two_moves_only_the_last_is_to_be_told(place: Place) -> None:
    client = verified(place)
    appointment = booked(place, client)
    for number in (1, 2):
        slot = slot_of(appointment.slot.hour, number)
        appointment = booking.move(appointment=appointment, to_slot=slot, by=place.worker, now=NOW)
        plan_changes(now=NOW)
        Message.objects.filter(recipient_client=client, kind="moved", state="planned").update(
            state="uncertain", claimed_at=NOW
        )
    (tell,) = [each for each in reading.entries(place.worker, now=NOW) if each.item.kind == "tell"]
    assert (tell.item.what, tell.item.starts_at) == ("Die neue Zeit sagen", appointment.starts_at)
    assert tell.item.before == appointment.starts_at - datetime.timedelta(minutes=30)


# -- numbers --------------------------------------------------------------------------------


def test_a_number_that_nobody_confirmed_is_to_be_checked_before_the_appointment(place: Place) -> None:
    client = place.client(phone="0171 3920012", consents=True)
    assert found(place) == []
    appointment = booked(place, client, SOON + 5 * DAY)
    assert found(place) == [("check_number", "Fragen, ob die Nummer noch stimmt", "noch nie bestätigt")]
    assert due(place) == [appointment.starts_at - DAY]
    finish_all(place)
    client.refresh_from_db()
    assert (client.phone_verified_at, client.phone_verified_by, found(place)) == (NOW, place.worker, [])


def test_a_number_that_changed_or_grew_old_is_to_be_checked_again(place: Place) -> None:
    client = verified(place)
    booked(place, client, SOON + 5 * DAY)
    changed = clients.change_client(
        client=client, version=client.version, values={"phone": "0171 3920034"}, by=place.worker, now=NOW
    )
    assert [each[0] for each in found(place)] == ["check_number"]
    clients.change_client(
        client=changed,
        version=changed.version,
        values={},
        phone_verified=True,
        by=place.worker,
        now=NOW - 181 * DAY,
    )
    assert found(place) == [
        ("check_number", "Fragen, ob die Nummer noch stimmt", "zuletzt bestätigt am 25.05.2026")
    ]


# -- after an appointment -----------------------------------------------------------------------------


def hour_of_today(place: Place) -> Appointment:
    """Somebody who did not come at half past one."""
    hour = make_published_hour(place.site, day=NOW.date(), psychiatrist=place.psychiatrist, room=place.room)
    return appointment_in(hour, Attendance.NOT_COME)


def test_who_did_not_come_is_to_be_followed_up_until_there_is_something_new(place: Place) -> None:
    missed = hour_of_today(place)
    later = missed.starts_at + datetime.timedelta(minutes=30)
    assert found(place, later) == [
        (
            "no_show",
            "Nachfragen und einen neuen Termin anbieten",
            "nicht erschienen, kein neuer Termin",
        )
    ]
    assert found(place, later + 31 * DAY) == []
    waiting.add(
        client=missed.client,
        site=place.site,
        appointment_type=AppointmentType.FIRST,
        by=place.worker,
        now=NOW,
    )
    assert found(place, later) == []


def test_a_new_appointment_ends_the_following_up(place: Place) -> None:
    missed = hour_of_today(place)
    booked(place, missed.client, SOON + 7 * DAY)
    assert found(place, missed.starts_at + datetime.timedelta(minutes=30)) == []


def done_today(place: Place) -> Appointment:
    hour = make_published_hour(place.site, day=NOW.date(), psychiatrist=place.psychiatrist, room=place.room)
    return appointment_in(hour, Attendance.DONE)


def test_who_waits_for_a_follow_up_is_on_the_list_until_it_is_booked(place: Place) -> None:
    appointment = done_today(place)
    next_steps.wait_again(
        entry=appointment, appointment_type=AppointmentType.FIRST, by=place.psychiatrist, now=NOW
    )
    assert found(place) == [("follow_up", "Einen Folgetermin suchen", "steht auf der Warteliste")]
    booked(place, appointment.client, SOON + 7 * DAY)
    assert found(place) == []


def test_a_follow_up_that_was_cancelled_is_to_be_found_again(place: Place) -> None:
    appointment = done_today(place)
    follow_up = next_steps.book_follow_up(
        entry=appointment, slot=slot_of(place.hour(SOON + 7 * DAY)), by=place.psychiatrist, now=NOW
    )
    assert found(place) == []
    booking.cancel(appointment=follow_up, reason=CancelReason.CLIENT, by=place.worker, now=NOW)
    assert found(place) == [("follow_up", "Einen Folgetermin suchen", "Folgetermin ist abgesagt")]


def test_the_line_for_the_way_into_the_pia_is_to_be_done_the_day_before(place: Place) -> None:
    next_steps.refer_to_pia(
        entry=done_today(place),
        pia_date=NOW.date() + 7 * DAY,
        handover=Handover.ACCOMPANY,
        by=place.psychiatrist,
        now=NOW,
    )
    assert found(place) == [
        (
            "handover",
            "Bitte Begleitung zum ersten Termin in der PIA organisieren",
            "Weiterbehandlung in der PIA ab 29.11.2026",
        )
    ]
    assert due(place) == [NOW + 6 * DAY]


def test_what_follows_a_walk_in_is_on_the_list_too(place: Place) -> None:
    hour = make_published_hour(place.site, day=NOW.date(), psychiatrist=place.psychiatrist, room=place.room)
    clients = [place.client(), place.client()]
    for number, client in enumerate(clients, start=1):
        came = walk_in_in(hour, number=number, client=client, clock="12:00")
        for state, to in pairwise((Attendance.ARRIVED, Attendance.IN_ROOM, Attendance.DONE)):
            attending.mark(entry=came, seen=state, to=to, by=place.psychiatrist, now=NOW)
    first, second = WalkIn.objects.order_by("number")
    next_steps.wait_again(
        entry=first, appointment_type=AppointmentType.FOLLOW_UP, by=place.psychiatrist, now=NOW
    )
    pia_date = NOW.date() + 3 * DAY
    next_steps.refer_to_pia(
        entry=second, pia_date=pia_date, handover=Handover.PAPERS, by=place.psychiatrist, now=NOW
    )
    line = "Bitte an Versichertenkarte und Ausweis erinnern"
    assert found(place) == [
        ("handover", line, "Weiterbehandlung in der PIA ab 25.11.2026"),
        ("follow_up", "Einen Folgetermin suchen", "steht auf der Warteliste"),
    ]
    items = [each.item for each in reading.entries(place.worker, now=NOW)]
    assert [(each.client_id, each.appointment_id) for each in items] == [
        (clients[1].pk, None),
        (clients[0].pk, None),
    ]


# -- the waiting list ---------------------------------------------------------------------------------


def test_an_offer_is_on_the_list_until_it_is_answered_or_over(place: Place) -> None:
    place.hour(SOON, slots=1)
    waiting.add(
        client=place.client(),
        site=place.site,
        appointment_type=AppointmentType.FIRST,
        by=place.worker,
        now=NOW,
    )
    offering.make_offers(now=NOW)
    offer = Offer.objects.get()
    until = offer.until_at.astimezone(place.site.zone)
    why = f"von der Warteliste, vorgemerkt bis {until:%d.%m., %H:%M} Uhr"
    assert found(place) == [("offer", "Fragen, ob das Zeitfenster passt", why)]
    (row,) = reading.rows(place.worker, reading.entries(place.worker, now=NOW))
    assert (row.page_url, row.entry.is_late) == (f"/angebote/{offer.pk}/", True)
    assert found(place, offer.until_at) == []
    offering.decline(offer=offer, by=place.worker, now=NOW)
    assert found(place) == []


# -- insurance and releases ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("insurance", "quarter", "expected"),
    [
        ("", "", []),
        ("none", "", []),
        ("proven", "2026-Q4", []),
        ("clearing", "", [("insurance", "Versicherung klären", "wird noch geklärt")]),
        (
            "proven",
            "2026-Q3",
            [("insurance", "Nach der Versichertenkarte fragen", "nachgewiesen nur für 2026-Q3")],
        ),
    ],
)
def test_insurance_is_to_be_cleared_when_an_appointment_comes(
    place: Place, insurance: str, quarter: str, expected: Found
) -> None:
    client = verified(place)
    booked(place, client)
    Client.objects.filter(pk=client.pk).update(insurance=insurance, insurance_quarter=quarter)
    assert found(place) == expected
    Site.objects.update(insurance_policy="not_required")
    assert found(place) == []


def test_a_release_that_ends_is_to_be_renewed(place: Place) -> None:
    client = place.client()

    def give(days: int) -> None:
        releases.give_release(
            client=client,
            clinic=place.site.clinic,
            scope=ReleaseScope.NAME,
            ends_date=NOW.date() + days * DAY,
            by=place.worker,
            now=NOW,
        )

    give(15)
    assert found(place) == []
    assert [each[0] for each in found(place, NOW + DAY)] == ["release"]
    assert found(place, NOW + DAY) == [
        ("release", f"Neue Schweigepflichtentbindung für {place.site.clinic}", "gilt bis 07.12.2026")
    ]
    give(100)
    assert found(place, NOW + DAY) == []


# -- all of them --------------------------------------------------------------------------------


def test_a_closed_file_leaves_nothing_to_do(place: Place) -> None:
    client = place.client()
    booked(place, client)
    Client.objects.filter(pk=client.pk).update(closed_at=NOW, closed_by=place.worker)
    assert found(place) == []


def test_the_most_urgent_comes_first(place: Place) -> None:
    hour = place.hour(SOON)
    for number in (2, 0, 1):
        place.book(slot_of(hour, number))
    assert due(place) == [slot_of(hour, number).starts_at - DAY for number in range(3)]


def test_each_source_costs_the_same_for_three_as_for_one(
    place: Place, django_assert_num_queries: Callable[..., AbstractContextManager[object]]
) -> None:
    hour = place.hour(SOON)
    assert place.worker.held  # of a request the page's menu knows the roles already
    for number in range(3):
        place.book(slot_of(hour, number))
        # Whose, what is untold, offered, ahead, behind, at rest, about to end; and the marks.
        with django_assert_num_queries(8):
            assert len(reading.entries(place.worker, now=NOW)) == number + 1
