"""The mail to staff, byte by byte as it leaves: an invitation that calendars follow."""

import email
import email.policy
import re
from email.message import EmailMessage
from email.message import Message as AnyMessage
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives
from icalendar import Calendar, Component
from pytest_django import Settings

from notifications.models import Message
from sites.models import Role
from tests.builders import NOW, make_published_hour, make_user
from tests.notifications.scenes import Scene, make_scene, tell

pytestmark = pytest.mark.django_db

Outbox = list[EmailMultiAlternatives]


@pytest.fixture
def scene() -> Scene:
    scene = make_scene(consents=False, name="Nadja Muster", phone="0171 3920077")
    facility = scene.hour.site.facility
    facility.neutral_name = "Büro Mitte"
    facility.save()
    return scene


def parsed(mail: EmailMultiAlternatives) -> EmailMessage:
    message = email.message_from_bytes(mail.message().as_bytes(), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def parts(message: AnyMessage) -> list[str]:
    return [part.get_content_type() for part in message.walk()]


def calendar_of(mail: EmailMultiAlternatives) -> tuple[Calendar, Component]:
    part = next(part for part in parsed(mail).walk() if part.get_content_type() == "text/calendar")
    calendar = Calendar.from_ical(part.get_content())
    (event,) = calendar.walk("VEVENT")
    return calendar, event


def mails_to(mailoutbox: Outbox, address: str) -> Outbox:
    return [mail for mail in mailoutbox if mail.to == [address]]


def test_a_booking_is_an_invitation(scene: Scene, mailoutbox: Outbox, settings: Settings) -> None:
    appointment = scene.book()
    tell()
    (mail,) = mails_to(mailoutbox, scene.psychiatrist.email)
    calendar, event = calendar_of(mail)

    assert calendar["METHOD"] == "REQUEST"
    assert "METHOD" not in event
    assert {
        name: str(event[name]) for name in ("UID", "SEQUENCE", "STATUS", "SUMMARY", "LOCATION", "CLASS")
    } == {
        "UID": str(appointment.uid),
        "SEQUENCE": "0",
        "STATUS": "CONFIRMED",
        "SUMMARY": "Termin",
        "LOCATION": "Büro Mitte",
        "CLASS": "PRIVATE",
    }
    assert event.decoded("DTSTART") == appointment.starts_at
    assert event.decoded("DTEND") == appointment.ends_at
    assert str(event["ORGANIZER"]) == f"mailto:{settings.DEFAULT_FROM_EMAIL}"
    assert str(event["ATTENDEE"]) == f"mailto:{scene.psychiatrist.email}"


def test_the_structure_is_the_one_that_mail_programs_know(scene: Scene, mailoutbox: Outbox) -> None:
    scene.book()
    tell()
    message = parsed(mailoutbox[0])

    assert parts(message) == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
        "application/ics",
    ]
    attachment = list(message.walk())[-1]
    assert attachment.get_filename() == "termin.ics"
    content = attachment.get_payload(decode=True)
    assert isinstance(content, bytes)
    assert Calendar.from_ical(content)["METHOD"] == "REQUEST"


def test_the_raw_bytes_are_what_the_standards_ask_for(scene: Scene, mailoutbox: Outbox) -> None:
    scene.book()
    tell()
    as_smtp_sends_it: Any = mailoutbox[0].message()
    raw = as_smtp_sends_it.as_bytes(linesep="\r\n")

    assert b"Content-Type: text/calendar; method=REQUEST; charset=utf-8\r\n" in raw
    assert b"BEGIN:VCALENDAR\r\n" in raw
    assert b"DTSTART:20261209T120000Z\r\n" in raw
    assert b"TZID" not in raw
    calendar = raw[raw.index(b"BEGIN:VCALENDAR") : raw.index(b"END:VCALENDAR")]
    assert max(len(line) for line in calendar.split(b"\r\n")) <= 75


def test_a_move_keeps_the_uid_and_raises_the_sequence(scene: Scene, mailoutbox: Outbox) -> None:
    appointment = scene.book()
    tell()
    moved = scene.move(appointment, scene.slot(3))
    tell()
    first, second = mails_to(mailoutbox, scene.worker.email)
    calendar, event = calendar_of(second)

    assert calendar["METHOD"] == "REQUEST"
    assert event["UID"] == calendar_of(first)[1]["UID"] == str(appointment.uid)
    assert (event["SEQUENCE"], event.decoded("DTSTART")) == (1, moved.starts_at)
    assert second.subject == "Neue Zeit: Termin am 09.12.2026 um 14:30"
    assert "Bisher: Mittwoch, 09.12.2026, 13:00 Uhr" in second.body


def test_a_cancellation_is_a_cancel_with_a_higher_sequence(scene: Scene, mailoutbox: Outbox) -> None:
    appointment = scene.book()
    tell()
    scene.cancel(appointment)
    tell()
    mail = mails_to(mailoutbox, scene.psychiatrist.email)[-1]
    calendar, event = calendar_of(mail)
    raw = mail.message().as_bytes()

    assert b"Content-Type: text/calendar; method=CANCEL; charset=utf-8\n" in raw
    assert (calendar["METHOD"], event["STATUS"], event["SEQUENCE"], event["UID"]) == (
        "CANCEL",
        "CANCELLED",
        1,
        str(appointment.uid),
    )
    assert mail.subject == "Abgesagt: Termin am 09.12.2026 um 13:00"


def test_sequences_rise_through_the_whole_life(scene: Scene, mailoutbox: Outbox) -> None:
    appointment = scene.book()
    tell()
    for number in (1, 2, 3):
        appointment = scene.move(appointment, scene.slot(number))
        tell()
    scene.cancel(appointment)
    tell()
    events = [calendar_of(mail) for mail in mails_to(mailoutbox, scene.worker.email)]

    assert [(str(calendar["METHOD"]), event["SEQUENCE"]) for calendar, event in events] == [
        ("REQUEST", 0),
        ("REQUEST", 1),
        ("REQUEST", 2),
        ("REQUEST", 3),
        ("CANCEL", 4),
    ]
    assert len({str(event["UID"]) for _, event in events}) == 1


def test_the_former_psychiatrists_cancel_names_the_former_time(scene: Scene, mailoutbox: Outbox) -> None:
    appointment = scene.book()
    tell()
    old = appointment.starts_at, appointment.ends_at
    other = make_user(Role.PSYCHIATRIST, clinic=scene.hour.site.clinic)
    day = scene.hour.local_date.replace(day=16)
    slot = make_published_hour(scene.hour.site, day=day, psychiatrist=other, minutes=20).slots.first()
    assert slot is not None
    scene.move(appointment, slot)
    tell()
    calendar, event = calendar_of(mails_to(mailoutbox, scene.psychiatrist.email)[-1])
    assert (calendar["METHOD"], event["SEQUENCE"]) == ("CANCEL", 1)
    assert (event.decoded("DTSTART"), event.decoded("DTEND")) == old
    calendar, event = calendar_of(mails_to(mailoutbox, other.email)[0])
    assert (calendar["METHOD"], event["SEQUENCE"], event.decoded("DTSTART")) == (
        "REQUEST",
        1,
        slot.starts_at,
    )


def test_nothing_in_the_mail_tells_of_the_client_or_the_matter(scene: Scene, mailoutbox: Outbox) -> None:
    appointment = scene.book()
    tell()
    scene.move(appointment, scene.slot(2))
    tell()
    secrets = [
        *scene.client.name.split(),
        scene.client.code,
        "3920077",
        scene.hour.site.name,
        scene.hour.site.clinic.name,
        scene.hour.site.facility.name,
        scene.psychiatrist.display_name,
        "psych",
        "PIA",
        "droge",
    ]
    for mail in mailoutbox:
        texts = [part.get_content() for part in parsed(mail).walk() if part.get_content_maintype() == "text"]
        whole = " ".join([str(parsed(mail)["Subject"]), *texts]).casefold()
        assert [secret for secret in secrets if re.search(rf"\b{re.escape(secret.casefold())}", whole)] == []


def test_an_attempt_repeated_is_the_same_mail_for_servers(
    scene: Scene, mailoutbox: Outbox, settings: Settings
) -> None:
    appointment = scene.book()
    tell()
    headers = parsed(mails_to(mailoutbox, scene.worker.email)[0])
    message = Message.objects.get(appointment=appointment, recipient_user=scene.worker)

    assert headers["Message-ID"] == f"<{appointment.uid}.{message.pk}@example.org>"
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["From"] == settings.DEFAULT_FROM_EMAIL


def test_the_organizer_is_the_bare_address_of_a_named_sender(
    scene: Scene, mailoutbox: Outbox, settings: Settings
) -> None:
    settings.DEFAULT_FROM_EMAIL = "Termine <termine@example.net>"
    scene.book()
    tell()
    _, event = calendar_of(mailoutbox[0])

    assert str(event["ORGANIZER"]) == "mailto:termine@example.net"
    assert parsed(mailoutbox[0])["Message-ID"].endswith("@example.net>")


def test_the_link_leads_to_the_appointment(scene: Scene, mailoutbox: Outbox) -> None:
    appointment = scene.book()
    tell()

    assert f"http://127.0.0.1:8000/termine/{appointment.pk}/" in mailoutbox[0].body


def test_a_place_with_markup_in_its_name_is_escaped_in_html_only(scene: Scene, mailoutbox: Outbox) -> None:
    facility = scene.hour.site.facility
    facility.neutral_name = "Büro <b> & Co; \x07\r\nX:Y"
    facility.save()
    scene.book()
    tell(NOW)
    message = parsed(mailoutbox[0])
    html = next(part.get_content() for part in message.walk() if part.get_content_type() == "text/html")
    _, event = calendar_of(mailoutbox[0])

    assert "Büro &lt;b&gt; &amp; Co;" in html
    assert "Büro <b> & Co;" in mailoutbox[0].body
    assert "X" not in event
