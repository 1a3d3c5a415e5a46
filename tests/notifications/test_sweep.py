"""One sweep does all that is to be done, whatever of it fails; and so does the command."""

import logging
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from notifications import sweeping
from notifications.models import Message
from tests.builders import NOW
from tests.notifications.scenes import make_scene, minutes
from tests.notifications.stub_twilio import StubTwilio, break_off, lose_answer

pytestmark = pytest.mark.django_db


def test_a_sweep_plans_and_sends_and_counts(twilio: StubTwilio) -> None:
    make_scene().book()

    assert sweeping.sweep(now=NOW) == {
        "offers": 0,
        "changes": 1,
        "sent": 3,
        "recovered": 0,
        "resolved": 0,
        "erased": 0,
        "months": 0,
        "notes": 0,
    }
    assert sweeping.sweep(now=NOW).total() == 0


def test_a_sweep_resolves_what_is_uncertain(twilio: StubTwilio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notifications.recovery.CLOCKS_APART", minutes(60 * 24 * 366 * 3))
    make_scene(phone="0171 3920001").book()
    make_scene(phone="0171 3920002").book()
    twilio.faults.extend([lose_answer, break_off])
    assert sweeping.sweep(now=NOW)["uncertain"] == 2

    counts = sweeping.sweep(now=NOW + minutes(3))
    assert (counts["resolved"], counts["sent"]) == (2, 1)
    assert sorted(message["to"] for message in twilio.messages) == ["+491713920001", "+491713920002"]


def test_a_step_that_fails_keeps_no_other_from_its_work(
    twilio: StubTwilio, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    make_scene().book()

    def fail(now: object) -> int:
        raise RuntimeError("secret")

    monkeypatch.setattr(sweeping, "recover_stuck", fail)
    monkeypatch.setattr(sweeping, "resolve_uncertain", fail)
    with caplog.at_level(logging.ERROR), pytest.raises(ExceptionGroup) as caught:
        sweeping.sweep(now=NOW)

    assert len(caught.value.exceptions) == 2
    assert set(Message.objects.exclude(kind="reminder").values_list("state", flat=True)) == {"sent"}
    assert "secret" not in caplog.text


def test_the_command_says_what_it_did(twilio: StubTwilio, monkeypatch: pytest.MonkeyPatch) -> None:
    make_scene().book()
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)

    assert _send_due() == "1 Änderungen eingeplant, 3 Nachrichten gesendet.\n"
    assert _send_due() == "Nichts zu tun.\n"


def test_the_command_fails_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(now: object) -> int:
        raise RuntimeError("secret")

    monkeypatch.setattr(sweeping, "plan_changes", fail)
    with pytest.raises(CommandError) as caught:
        _send_due()

    assert str(caught.value) == (
        "Nicht alles ist gelungen (RuntimeError). Was fehlt, holt der nächste Lauf nach."
    )


def _send_due() -> str:
    out = StringIO()
    call_command("send_due", stdout=out)
    return out.getvalue()
