"""What clients read: neutral, in one part, with a number to call and a way out."""

import dataclasses
import datetime

import pytest
from pytest_django import Settings

from notifications import segments, wording
from notifications.transports import sms
from sites.models import Facility
from tests.builders import instant

BERLIN = Facility(time_zone="Europe/Berlin", callback_phone="+493023125100")
MARCH = instant(datetime.date(2026, 3, 4), "10:00")

END = "Bitte Rückruf 030 23125100. Keine SMS mehr: STOP"
TEXTS = {
    "confirmation": f"Ihr Termin: Mi 04.03. 10:00. Nicht möglich? {END}",
    "reminder": f"Erinnerung: Termin Mi 04.03. 10:00. Nicht möglich? {END}",
    "moved": f"Neue Zeit für Ihren Termin: Mi 04.03. 10:00. Nicht möglich? {END}",
    "cancelled": f"Ihr Termin Mi 04.03. 10:00 fällt aus. Fragen? {END}",
}


@pytest.mark.parametrize("kind", list(wording.SMS))
def test_the_texts(kind: str) -> None:
    assert wording.sms_text(kind, starts_at=MARCH, facility=BERLIN, can_reply=True) == TEXTS[kind]


@pytest.mark.parametrize("kind", list(wording.SMS))
@pytest.mark.parametrize("day", [datetime.date(2026, 3, 2) + datetime.timedelta(days=n) for n in range(7)])
def test_each_is_one_part_of_the_sms_alphabet(kind: str, day: datetime.date) -> None:
    starts_at = instant(day, "10:00")
    # The longest number that a facility could have: 15 digits, from abroad.
    facility = Facility(time_zone="Europe/Berlin", callback_phone="+358401234567890")
    found = segments.count(wording.sms_text(kind, starts_at=starts_at, facility=facility, can_reply=True))

    assert (found.encoding, found.parts) == ("GSM-7", 1)


@pytest.mark.parametrize("kind", list(wording.SMS))
def test_a_sender_that_is_a_name_invites_no_answer(kind: str) -> None:
    text = wording.sms_text(kind, starts_at=MARCH, facility=BERLIN, can_reply=False)

    assert text == TEXTS[kind].removesuffix(" Keine SMS mehr: STOP")
    assert "030 23125100" in text


@pytest.mark.parametrize(
    ("sender", "service", "expected"),
    [("+493023125000", "", True), ("", "MG0123456789abcdef0123456789abcdef", True), ("Termine", "", False)],
)
def test_only_numbers_can_be_answered(sender: str, service: str, expected: bool, settings: Settings) -> None:
    settings.TWILIO = dataclasses.replace(settings.TWILIO, sender=sender, messaging_service_sid=service)

    assert sms.can_be_answered() is expected


@pytest.mark.parametrize(
    ("day", "clock", "zone", "expected"),
    [
        ("2026-03-29", "13:00", "Europe/Berlin", "So 29.03. 13:00"),
        ("2026-10-25", "13:00", "Europe/Berlin", "So 25.10. 13:00"),
        ("2026-12-31", "23:30", "Europe/Berlin", "Do 31.12. 23:30"),
        ("2027-01-01", "00:30", "Europe/Berlin", "Fr 01.01. 00:30"),
        ("2026-07-01", "09:00", "Europe/Lisbon", "Mi 01.07. 09:00"),
    ],
)
def test_times_are_those_of_the_clock_on_the_wall(day: str, clock: str, zone: str, expected: str) -> None:
    facility = Facility(time_zone=zone, callback_phone="+493023125100")
    starts_at = instant(datetime.date.fromisoformat(day), clock, zone)

    assert wording.short_time(starts_at, facility.zone) == expected
