"""At the moment of sending everything is asked again: consent, number, truth, order."""

import datetime
import logging

import pytest
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from pytest_django import Settings

from notifications import composing, consent
from notifications.delivery import deliver_due
from notifications.models import Message, MessageState
from notifications.planning import plan_changes
from sites.models import Role
from tests.builders import NOW, make_published_hour, make_user
from tests.notifications.scenes import E164, make_scene, minutes, tell, told
from tests.notifications.stub_twilio import StubTwilio, refuse

pytestmark = pytest.mark.django_db

DAY = datetime.timedelta(days=1)


def ends(kind: str, channel: str = "sms") -> list[tuple[str, str]]:
    found = Message.objects.filter(kind=kind, channel=channel).order_by("pk")
    return [(message.state, message.reason) for message in found]


def texts(twilio: StubTwilio) -> list[str]:
    return [form["Body"].split(".")[0].split(":")[0] for form in twilio.posted]


def test_what_is_sent_is_noted(twilio: StubTwilio) -> None:
    scene = make_scene()
    scene.book()
    counts = tell()
    message = Message.objects.get(kind="confirmation", channel="sms")

    assert counts == {"sent": 3}
    assert (message.state, message.attempts, message.address, message.body, message.provider_status) == (
        "sent",
        1,
        E164,
        twilio.posted[0]["Body"],
        "queued",
    )
    assert message.provider_sid == twilio.messages[0]["sid"]
    assert twilio.posted[0]["To"] == E164
    assert twilio.posted[0]["From"] == "+493023125000"
    assert twilio.posted[0]["StatusCallback"] == f"http://127.0.0.1:8000/twilio/status?message={message.pk}"


def test_address_and_text_stand_encrypted(twilio: StubTwilio) -> None:
    scene = make_scene()
    scene.book()
    tell()
    with connection.cursor() as cursor:
        cursor.execute("SELECT address || body FROM notifications_message WHERE channel = 'sms'")
        stored = "".join(row[0] for row in cursor.fetchall())

    assert (E164 in stored, "Termin" in stored) == (False, False)


def test_consent_withdrawn_between_planning_and_sending_stops_the_message(twilio: StubTwilio) -> None:
    scene = make_scene()
    scene.book()
    plan_changes(now=NOW)
    consent.withdraw(client=scene.client, by=scene.worker, now=NOW)
    deliver_due(now=NOW)

    assert ends("confirmation") == [("dropped", "no_consent")]
    assert ends("reminder") == [("dropped", "no_consent")]
    assert twilio.posted == []


def test_consent_is_asked_for_when_sending_even_if_nothing_was_dropped(twilio: StubTwilio) -> None:
    """The second wall: a message that was being claimed when the consent ended."""
    scene = make_scene()
    scene.book()
    plan_changes(now=NOW)
    waiting = list(Message.objects.filter(channel="sms", state="planned").values_list("pk", flat=True))
    consent.withdraw(client=scene.client, by=scene.worker, now=NOW)
    Message.objects.filter(pk__in=waiting).update(state=MessageState.PLANNED, reason="")
    deliver_due(now=NOW)

    assert ends("confirmation") == [("dropped", "no_consent")]
    assert twilio.posted == []


def test_a_number_taken_away_stops_the_message(twilio: StubTwilio) -> None:
    scene = make_scene()
    scene.book()
    plan_changes(now=NOW)
    scene.give_number("")
    deliver_due(now=NOW)

    assert ends("confirmation") == [("dropped", "no_address")]
    assert twilio.posted == []


def test_a_changed_number_is_used(twilio: StubTwilio) -> None:
    scene = make_scene()
    scene.book()
    plan_changes(now=NOW)
    scene.give_number("0171 3920099")
    deliver_due(now=NOW)

    assert [form["To"] for form in twilio.posted] == ["+491713920099"]


def test_without_twilio_sms_are_dropped_and_mails_are_sent(settings: Settings) -> None:
    settings.TWILIO = None
    scene = make_scene()
    scene.book()
    tell()

    assert ends("confirmation") == [("dropped", "sms_off")]
    assert ends("confirmation", "email") == [("sent", ""), ("sent", "")]


def test_a_person_who_left_gets_no_mail(mailoutbox: list[EmailMultiAlternatives]) -> None:
    scene = make_scene(consents=False)
    scene.book()
    scene.worker.is_active = False
    scene.worker.save()
    tell()

    assert ends("confirmation", "email") == [("dropped", "inactive"), ("sent", "")]
    assert [mail.to for mail in mailoutbox] == [[scene.psychiatrist.email]]


def test_a_confirmation_that_a_move_overtook_is_dropped(twilio: StubTwilio) -> None:
    scene = make_scene()
    appointment = scene.book()
    plan_changes(now=NOW)
    scene.move(appointment, scene.slot(3))
    tell()

    assert ends("confirmation") == [("dropped", "superseded")]
    assert ends("moved") == [("sent", "")]
    assert texts(twilio) == ["Neue Zeit für Ihren Termin"]


def test_of_two_moves_the_last_is_told(twilio: StubTwilio) -> None:
    scene = make_scene()
    appointment = scene.book()
    tell()
    scene.move(scene.move(appointment, scene.slot(3)), scene.slot(4))
    tell()

    assert ends("moved") == [("dropped", "superseded"), ("sent", "")]
    assert "14:00" not in twilio.posted[-1]["Body"]
    assert "15:00" in twilio.posted[-1]["Body"]


def test_booked_and_cancelled_before_anything_was_told_is_told_to_nobody(
    twilio: StubTwilio, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    scene = make_scene()
    scene.cancel(scene.book())
    tell()

    assert told("sms") == [("confirmation", "dropped"), ("cancelled", "dropped")]
    assert ends("cancelled") == [("dropped", "never_told")]
    assert ends("cancelled", "email") == [("dropped", "never_told"), ("dropped", "never_told")]
    assert (twilio.posted, mailoutbox) == ([], [])


def test_a_cancellation_is_told_to_whoever_was_told_of_the_booking(twilio: StubTwilio) -> None:
    scene = make_scene()
    appointment = scene.book()
    tell()
    scene.cancel(appointment)
    tell()

    assert ends("cancelled") == [("sent", "")]
    assert ends("cancelled", "email") == [("sent", ""), ("sent", "")]


def test_a_cancellation_is_told_to_whoever_may_have_been_told(twilio: StubTwilio) -> None:
    scene = make_scene()
    appointment = scene.book()
    tell()
    Message.objects.filter(kind="confirmation").update(state=MessageState.UNCERTAIN)
    scene.cancel(appointment)
    deliver_due(now=NOW)
    tell()

    assert ends("cancelled") == [("sent", "")]


def test_a_psychiatrist_whom_the_appointment_came_back_to_gets_no_cancellation() -> None:
    scene = make_scene(consents=False)
    appointment = scene.book()
    tell()
    other = make_user(Role.PSYCHIATRIST, clinic=scene.hour.site.clinic)
    elsewhere = make_published_hour(scene.hour.site, day=datetime.date(2026, 12, 16), psychiatrist=other)
    slot = elsewhere.slots.first()
    assert slot is not None
    scene.move(scene.move(appointment, slot), scene.slot(2))
    tell()

    former = Message.objects.filter(kind="cancelled").order_by("pk")
    assert [(message.recipient_user, message.state, message.reason) for message in former] == [
        (scene.psychiatrist, "dropped", "superseded"),
        (other, "dropped", "never_told"),
    ]


def test_a_reminder_of_an_appointment_that_is_over_with_is_dropped(twilio: StubTwilio) -> None:
    """Each wall for itself: the reminder stands planned, as if planning had not seen the change yet."""
    moved, cancelled, arrived = (make_scene() for _ in range(3))
    appointments = [scene.book() for scene in (moved, cancelled, arrived)]
    tell()
    moved.move(appointments[0], moved.slot(3))
    cancelled.cancel(appointments[1])
    type(appointments[2]).objects.filter(pk=appointments[2].pk).update(
        status="arrived", arrived_at=NOW, arrived_by=arrived.worker
    )
    deliver_due(now=moved.slot().starts_at - DAY)

    assert ends("reminder") == [
        ("dropped", "superseded"),
        ("dropped", "appointment_cancelled"),
        ("dropped", "superseded"),
    ]


def test_what_could_not_be_told_before_the_start_is_a_failure(twilio: StubTwilio) -> None:
    scene = make_scene()
    appointment = scene.book()
    plan_changes(now=NOW)
    deliver_due(now=appointment.starts_at)

    assert ends("confirmation") == [("failed", "too_late")]
    assert ends("reminder") == [("dropped", "too_late")]
    assert twilio.posted == []


def test_twilio_is_told_how_long_the_message_is_of_use(twilio: StubTwilio) -> None:
    scene = make_scene()
    soon = scene.slot().starts_at - minutes(90)
    scene.book(now=soon)
    tell(soon)

    assert 5390 <= int(twilio.posted[0]["ValidityPeriod"]) <= 5400


def test_a_cancellation_never_overtakes_the_message_before_it(twilio: StubTwilio) -> None:
    """While a process is still sending the confirmation, nothing else to this client leaves."""
    scene = make_scene()
    appointment = scene.book()
    plan_changes(now=NOW)
    Message.objects.filter(kind="confirmation", channel="sms").update(
        state=MessageState.SENDING, claimed_at=NOW, attempts=1
    )
    scene.cancel(appointment)
    plan_changes(now=NOW)
    deliver_due(now=NOW)
    assert ends("cancelled") == [("planned", "")]
    Message.objects.filter(kind="confirmation", channel="sms").update(state=MessageState.SENT, sent_at=NOW)
    deliver_due(now=NOW)

    assert ends("cancelled") == [("sent", "")]


def test_what_is_due_earlier_goes_first(twilio: StubTwilio) -> None:
    first, second = make_scene(phone="0171 3920001"), make_scene(phone="0171 3920002")
    first.book()
    second.book()
    plan_changes(now=NOW)
    Message.objects.filter(recipient_client=first.client).update(due_at=NOW - minutes(1))
    Message.objects.filter(recipient_client=second.client).update(due_at=NOW - minutes(2))
    deliver_due(now=NOW)

    confirmations = [form["To"] for form in twilio.posted if form["Body"].startswith("Ihr Termin")]
    assert confirmations == ["+491713920002", "+491713920001"]


def test_a_message_that_fails_ends_no_run(
    twilio: StubTwilio, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    scenes = [make_scene(phone=f"0171 392000{number}", name=f"Name {number}") for number in range(3)]
    for scene in scenes:
        scene.book()
    original = composing._sms

    def failing(message: Message, *args: object) -> object:
        if message.recipient_client == scenes[1].client:
            raise RuntimeError(scenes[1].client.name)
        return original(message, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(composing, "_sms", failing)
    with caplog.at_level(logging.ERROR):
        tell()

    assert ends("confirmation") == [("sent", ""), ("planned", ""), ("sent", "")]
    assert "Name 1" not in caplog.text
    failed = Message.objects.get(kind="confirmation", recipient_client=scenes[1].client)
    assert (failed.error_code, failed.due_at > NOW, failed.body) == ("RuntimeError", True, "")


def test_an_unreadable_client_ends_no_run(twilio: StubTwilio) -> None:
    broken, sound = make_scene(phone="0171 3920001"), make_scene(phone="0171 3920002")
    broken.book()
    sound.book()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE scheduling_client SET phone = 'broken' WHERE id = %s", [broken.client.pk])
    tell()

    assert ends("confirmation") == [("planned", ""), ("sent", "")]


def test_a_refused_message_ends_no_run(twilio: StubTwilio) -> None:
    for number in range(3):
        make_scene(phone=f"0171 392000{number}").book()
    twilio.faults.append(refuse(400, 21211))
    tell()

    assert ends("confirmation") == [("failed", "refused"), ("sent", ""), ("sent", "")]


def test_a_run_ends_at_its_limit_and_another_goes_on(twilio: StubTwilio) -> None:
    scene = make_scene()
    scene.book()
    plan_changes(now=NOW)

    assert deliver_due(now=NOW, limit=2).total() == 2
    assert deliver_due(now=NOW).total() == 1
    assert deliver_due(now=NOW, seconds=0).total() == 0
