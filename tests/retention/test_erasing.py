"""An erasure tells everyone first, keeps nothing afterwards, and comes to an end whatever is down."""

import dataclasses
import datetime
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from notifications import consent, merging, outbox, planning, replies, sweeping
from notifications.models import Consent, Message, MessageState, MonthNotice, Reason, Reply
from notifications.retention import erasing, sections
from notifications.retention.erasing import LONGEST_WAIT, finish_erasures, request_erasure
from scheduling import booking, clients, releases
from scheduling.models import Appointment, Client, FormerCode, ReleaseScope
from tests.builders import NOW
from tests.notifications.scenes import E164, Scene, make_scene
from tests.notifications.stub_twilio import StubTwilio

HOUR = timedelta(hours=1)


@pytest.fixture
def scene(db: None, twilio: StubTwilio) -> Scene:
    """A booked client who has been told of it."""
    scene = make_scene(name="Alex Muster")
    scene.book()
    sweeping.sweep(now=NOW)
    mail.outbox.clear()
    twilio.posted.clear()
    return scene


def request(scene: Scene, now: datetime.datetime = NOW) -> Client:
    return request_erasure(client=scene.client, by=scene.worker, now=now)


def stored(scene: Scene) -> Client:
    return Client.objects.get(pk=scene.client.pk)


def is_gone(scene: Scene) -> bool:
    client = stored(scene)
    return (client.anonymised_at is not None, client.name, client.phone) == (True, "", "")


def told_staff() -> list[str]:
    return sorted(str(message.to[0]) for message in mail.outbox if "METHOD:CANCEL" in str(message.message()))


def test_everyone_is_told_and_then_nothing_is_left(scene: Scene, twilio: StubTwilio) -> None:
    request(scene)
    assert (stored(scene).closed_by, is_gone(scene)) == (scene.worker, False)
    assert sweeping.sweep(now=NOW)["erased"] == 1
    assert [each["To"] for each in twilio.posted] == [E164]
    assert told_staff() == sorted([scene.psychiatrist.email, scene.worker.email])
    assert is_gone(scene)
    assert Message.objects.exclude(body="", address="").count() == 0
    assert list(Appointment.objects.values_list("status", "cancel_reason")) == [("cancelled", "facility")]


def test_who_has_no_appointment_is_gone_with_the_next_look(db: None) -> None:
    scene = make_scene(name="Alex Muster")
    request(scene)
    assert (finish_erasures(now=NOW), is_gone(scene)) == (1, True)


def test_without_consent_nobody_waits_for_an_sms(db: None, twilio: StubTwilio) -> None:
    scene = make_scene(consents=False)
    scene.book()
    request(scene)
    sweeping.sweep(now=NOW)
    assert (is_gone(scene), twilio.posted) == (True, [])


def test_the_number_stays_until_the_sms_is_out(scene: Scene, twilio: StubTwilio) -> None:
    twilio.down = True
    request(scene)
    sweeping.sweep(now=NOW)
    assert (is_gone(scene), stored(scene).phone) == (False, E164)
    twilio.down = False
    sweeping.sweep(now=NOW + HOUR)
    assert (is_gone(scene), [each["To"] for each in twilio.posted]) == (True, [E164])


def test_at_the_latest_after_a_day_all_is_gone(scene: Scene, twilio: StubTwilio) -> None:
    twilio.down = True
    request(scene)
    sweeping.sweep(now=NOW)
    sweeping.sweep(now=NOW + LONGEST_WAIT - HOUR)
    assert not is_gone(scene)
    finish_erasures(now=NOW + LONGEST_WAIT)
    assert is_gone(scene)
    last = Message.objects.filter(recipient_client=scene.client).order_by("pk").last()
    assert last is not None
    assert (last.state, last.reason, last.address) == (MessageState.DROPPED, Reason.ERASED, "")
    twilio.down = False
    sweeping.sweep(now=NOW + LONGEST_WAIT + HOUR)
    assert twilio.posted == []


def test_an_unplanned_cancellation_is_waited_for(scene: Scene) -> None:
    request(scene)
    assert (finish_erasures(now=NOW), is_gone(scene)) == (0, False)


def test_mails_to_staff_may_come_later(scene: Scene, settings: Any) -> None:
    backend, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_PORT = 9
    request(scene)
    sweeping.sweep(now=NOW)
    assert (is_gone(scene), told_staff()) == (True, [])
    settings.EMAIL_BACKEND = backend
    sweeping.sweep(now=NOW + HOUR)
    assert told_staff() == sorted([scene.psychiatrist.email, scene.worker.email])


def test_who_is_sending_at_the_last_moment_sends_nothing_more(scene: Scene, twilio: StubTwilio) -> None:
    request(scene)
    planning.plan_changes(now=NOW)
    Message.objects.filter(recipient_user__isnull=False, state=MessageState.PLANNED).update(
        state=MessageState.DROPPED, reason=Reason.INACTIVE
    )
    claim = outbox.claim_one(NOW)
    assert claim is not None
    finish_erasures(now=NOW + LONGEST_WAIT)
    assert is_gone(scene)
    assert outbox.hand_over(claim, address=E164, body="x") is False
    assert Message.objects.exclude(address="", body="").count() == 0


def test_stop_in_between_drops_the_sms_and_leaves_nothing(scene: Scene, twilio: StubTwilio) -> None:
    twilio.down = True
    request(scene)
    sweeping.sweep(now=NOW)
    replies.receive(sid="SMstop", address=E164, body="STOP", now=NOW)
    finish_erasures(now=NOW)
    assert (is_gone(scene), Reply.objects.count(), Consent.objects.count()) == (True, 0, 0)


# -- nobody works with the file any more --------------------------------------------------------------


def test_a_closed_file_takes_no_booking(scene: Scene) -> None:
    request(scene)
    with pytest.raises(booking.ClientClosed):
        scene.book(1)
    finish_erasures(now=NOW + LONGEST_WAIT)
    with pytest.raises(booking.ClientClosed):
        scene.book(1)


def test_a_closed_file_is_found_nowhere(scene: Scene) -> None:
    from scheduling.selectors import clients_visible_to

    assert clients_visible_to(scene.worker).count() == 1
    request(scene)
    assert clients_visible_to(scene.worker).count() == 0


def test_a_file_is_closed_once(scene: Scene) -> None:
    request(scene)
    with pytest.raises(erasing.AlreadyClosed):
        request(scene)
    finish_erasures(now=NOW + LONGEST_WAIT)
    with pytest.raises(erasing.AlreadyClosed):
        request(scene)
    assert finish_erasures(now=NOW + LONGEST_WAIT) == 0


def test_a_form_from_before_is_refused(scene: Scene) -> None:
    version = scene.client.version
    request(scene)
    with pytest.raises(clients.ClientChanged):
        clients.change_client(
            client=scene.client, version=version, values={"name": "Alex"}, by=scene.worker, now=NOW
        )


def test_a_closed_file_is_not_merged(scene: Scene) -> None:
    other = clients.register_client(facility=scene.client.facility, by=scene.worker, now=NOW)
    request(scene)
    with pytest.raises(merging.NotTwoClients):
        merging.merge_clients(keep=other, other=scene.client, by=scene.worker, now=NOW)


def give_release(scene: Scene) -> None:
    releases.give_release(
        client=scene.client,
        clinic=scene.hour.site.clinic,
        scope=ReleaseScope.NAME,
        ends_date=datetime.date(2027, 1, 1),
        by=scene.worker,
        now=NOW,
    )


GIFTS = {
    "consent": lambda scene: consent.give(client=scene.client, by=scene.worker, now=NOW),
    "release": give_release,
    "former code": lambda scene: FormerCode.objects.create(
        facility=scene.client.facility, code="X", client=scene.client, merged_at=NOW, merged_by=scene.worker
    ),
    "reply": lambda scene: Reply.objects.create(
        received_at=NOW, provider_sid="SM9", client=scene.client, address=E164, outcome="noted"
    ),
    "name": lambda scene: Client.objects.filter(pk=scene.client.pk).update(name="Alex Muster"),
    "phone": lambda scene: Client.objects.filter(pk=scene.client.pk).update(phone=E164),
}


@pytest.mark.parametrize("gift", GIFTS)
def test_nobody_gets_nothing_any_more(scene: Scene, gift: str) -> None:
    request(scene)
    finish_erasures(now=NOW + LONGEST_WAIT)
    with (
        pytest.raises(IntegrityError, match=r"is anonymised|client_anonymised_is_empty"),
        transaction.atomic(),
    ):
        GIFTS[gift](scene)


# -- a phone that is somebody else's too ---------------------------------------------------------------


def test_what_came_from_a_shared_phone_stays_as_long_as_somebody_has_it(scene: Scene) -> None:
    other = clients.register_client(
        facility=scene.client.facility, by=scene.worker, now=NOW, name="Bo", phone=E164
    )
    replies.receive(sid="SM7", address=E164, body="Ja", now=NOW)
    request(scene)
    finish_erasures(now=NOW + LONGEST_WAIT)
    assert Reply.objects.filter(client=None).count() == 1
    request_erasure(client=other, by=scene.worker, now=NOW)
    finish_erasures(now=NOW + LONGEST_WAIT)
    assert Reply.objects.count() == 0


# -- interrupted ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(len(sections.SECTIONS)))
def test_what_breaks_in_the_middle_leaves_all_and_is_done_again(
    scene: Scene, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(client: Client, traces: Any) -> None:
        raise KeyboardInterrupt

    request(scene)
    planned = list(sections.SECTIONS)
    planned[number] = dataclasses.replace(planned[number], erase=die)
    with monkeypatch.context() as patch:
        patch.setattr(erasing, "SECTIONS", planned)
        with pytest.raises(KeyboardInterrupt):
            finish_erasures(now=NOW + LONGEST_WAIT)
    assert (stored(scene).name, Consent.objects.count()) == ("Alex Muster", 1)
    assert (finish_erasures(now=NOW + LONGEST_WAIT), is_gone(scene)) == (1, True)


def test_one_that_fails_holds_up_no_other(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    other = clients.register_client(
        facility=scene.client.facility, by=scene.worker, now=NOW, name="Bo Beispiel"
    )
    request(scene)
    request_erasure(client=other, by=scene.worker, now=NOW + HOUR)

    def fail_for_the_first(client: Client, traces: Any) -> None:
        if client.pk == scene.client.pk:
            raise ValueError

    broken = [dataclasses.replace(sections.SECTIONS[0], erase=fail_for_the_first), *sections.SECTIONS[1:]]
    monkeypatch.setattr(erasing, "SECTIONS", broken)
    with pytest.raises(ExceptionGroup):
        finish_erasures(now=NOW + 2 * LONGEST_WAIT)
    assert (is_gone(scene), Client.objects.get(pk=other.pk).name) == (False, "")


# -- every place is known ------------------------------------------------------------------------------


def test_every_table_that_points_to_a_client_has_a_section() -> None:
    known = {model for section in sections.SECTIONS for model in section.models}
    pointing = {
        each.related_model for model in (Client, Appointment, Message) for each in model._meta.related_objects
    }
    # Told to those who plan, about no client.
    assert pointing - known == {MonthNotice}


def test_every_field_of_a_file_is_emptied_or_says_nothing_of_the_person() -> None:
    from scheduling.models.clients import EMPTY_FILE

    harmless = {"id", "facility", "code", "version", "created_at", "created_by", "changed_at", "changed_by"}
    harmless |= {"closed_at", "closed_by", "anonymised_at", "name_index", "phone_index"}
    assert {field.name for field in Client._meta.concrete_fields} - harmless == set(EMPTY_FILE)
