"""The mails that Django's file backend wrote are read, shown as plain text and their calendar is decoded."""

import os
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives, get_connection
from icalendar import Calendar

from config.demophones.mailbox import CalendarEntry, read_mails
from tests.demophones.conftest import RunningDemo, get

INVITATION = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//tests//DE
METHOD:{method}
BEGIN:VEVENT
UID:2f0a7c1e@termine.example.org
DTSTAMP:20261101T080000Z
DTSTART:20261111T120000Z
DTEND:20261111T123000Z
SUMMARY:Termin
LOCATION:Raum 2\\, Hof
SEQUENCE:{sequence}
STATUS:{status}
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n")


def invitation(method: str = "REQUEST", sequence: int = 0, status: str = "CONFIRMED") -> str:
    return INVITATION.format(method=method, sequence=sequence, status=status)


def build(subject: str = "Termin am 11.11.2026", body: str = "Bitte beachten.", **values: Any) -> Any:
    """A mail with plain text, HTML, a calendar part and the calendar as a file."""
    calendar = values.get("calendar", invitation())
    mail = EmailMultiAlternatives(
        subject, body, "termine@example.org", values.get("to", ["psychiaterin@example.org"])
    )
    mail.attach_alternative("<p>Nur im <b>HTML</b></p>", "text/html")
    if calendar:
        method = str(Calendar.from_ical(calendar)["METHOD"])
        mail.attach_alternative(calendar, f"text/calendar; method={method}; charset=utf-8")
        mail.attach("termin.ics", calendar, "application/ics")
    return mail


@pytest.fixture
def send(running: RunningDemo) -> Callable[..., None]:
    """Send mails as the demo does; all those of one call go over one connection, that is into one file."""

    def send_mails(*mails: Any) -> None:
        folder = running.demo.mail_dir
        backend = "django.core.mail.backends.filebased.EmailBackend"
        get_connection(backend, file_path=str(folder)).send_messages(list(mails))

    return send_mails


def test_without_a_folder_there_are_no_mails(tmp_path: Path, running: RunningDemo) -> None:
    assert read_mails(tmp_path / "nowhere") == []
    assert "Noch keine E-Mail" in get(running, "/postfach").text


def test_a_request_is_read(send: Callable[..., None], running: RunningDemo) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    send(build())
    (mail,) = read_mails(running.demo.mail_dir)
    assert (mail.subject, mail.sender, mail.recipients) == (
        "Termin am 11.11.2026",
        "termine@example.org",
        "psychiaterin@example.org",
    )
    assert before <= mail.sent_at <= datetime.now(UTC)
    assert (mail.text, mail.has_html) == ("Bitte beachten.", True)
    assert mail.calendar is not None
    assert (mail.calendar.method, mail.calendar.source) == ("REQUEST", invitation().replace("\r", ""))
    assert mail.calendar.entries == (
        CalendarEntry(
            summary="Termin",
            starts=datetime(2026, 11, 11, 12, 0, tzinfo=UTC),
            ends=datetime(2026, 11, 11, 12, 30, tzinfo=UTC),
            location="Raum 2, Hof",
            sequence="0",
            status="CONFIRMED",
            uid="2f0a7c1e@termine.example.org",
        ),
    )
    (file,) = mail.attachments
    assert (file.name, file.content_type) == ("termin.ics", "application/ics")
    assert file.content.decode() == invitation()


def test_a_cancellation_is_shown(send: Callable[..., None], running: RunningDemo) -> None:
    send(build(calendar=invitation("CANCEL", 2, "CANCELLED")))
    assert "Absage (CANCEL)" in get(running, "/postfach").text
    (mail,) = read_mails(running.demo.mail_dir)
    page = get(running, f"/postfach/{mail.name}/1").text
    for name, value in [
        ("METHOD", "CANCEL"),
        ("SUMMARY", "Termin"),
        ("DTSTART", "Mi 11.11.2026, 13:00 Uhr"),
        ("DTEND", "Mi 11.11.2026, 13:30 Uhr"),
        ("LOCATION", "Raum 2, Hof"),
        ("STATUS", "CANCELLED"),
        ("SEQUENCE", "2"),
    ]:
        assert f"<dt>{name}</dt><dd>{value}</dd>" in page


@pytest.mark.parametrize(("sequence", "label"), [(0, "Einladung (REQUEST)"), (1, "Änderung (REQUEST)")])
def test_a_change_is_told_from_an_invitation(
    send: Callable[..., None], running: RunningDemo, sequence: int, label: str
) -> None:
    send(build(calendar=invitation(sequence=sequence)))
    assert label in get(running, "/postfach").text


def test_the_newest_mail_is_first(send: Callable[..., None], running: RunningDemo) -> None:
    def put(name: str, seconds: float, *mails: Any, date: str) -> None:
        """Write a file as if `seconds` had passed."""
        send(*mails)
        (path,) = set(folder.glob("*.log")) - {folder / "a.log", folder / "b.log", folder / "c.log"}
        path.write_text(re.sub("^Date: .*$", f"Date: {date}", path.read_text(), flags=re.MULTILINE))
        os.utime(path.rename(folder / f"{name}.log"), (seconds, seconds))

    folder = running.demo.mail_dir
    put("c", 10.1, build("eins"), date="Sun, 22 Nov 2026 09:00:00 +0100")
    put("a", 10.2, build("zwei"), build("drei"), date="Sun, 22 Nov 2026 08:00:00 -0000")
    put("b", 10.3, build("null"), date="Sun, 22 Nov 2026 08:59:59 +0100")
    assert [mail.subject for mail in read_mails(folder)] == ["drei", "zwei", "eins", "null"]


def test_several_mails_in_a_file_are_told_apart(send: Callable[..., None], running: RunningDemo) -> None:
    line = "-" * 79
    send(build("eins", f"Davor\n{line}\nDanach: ein Satz"), build("zwei", calendar=""))
    second, first = read_mails(running.demo.mail_dir)
    assert (first.subject, first.number, first.text) == ("eins", 1, f"Davor\n{line}\nDanach: ein Satz")
    assert (second.subject, second.number, second.calendar, second.attachments) == ("zwei", 2, None, ())


def test_a_mail_still_being_written_waits(send: Callable[..., None], running: RunningDemo) -> None:
    send(build("eins"), build("zwei"))
    (path,) = running.demo.mail_dir.glob("*.log")
    whole = path.read_bytes()
    path.write_bytes(whole[:-40])
    assert [mail.subject for mail in read_mails(running.demo.mail_dir)] == ["eins"]
    path.write_bytes(whole)
    assert [mail.subject for mail in read_mails(running.demo.mail_dir)] == ["zwei", "eins"]


def test_umlauts_survive(send: Callable[..., None], running: RunningDemo) -> None:
    send(build("Terminänderung – größer", "Grüße 😀", to=["Jörg Muster <joerg@example.org>"]))
    (mail,) = read_mails(running.demo.mail_dir)
    assert (mail.subject, mail.text) == ("Terminänderung – größer", "Grüße 😀")
    assert mail.recipients == "Jörg Muster <joerg@example.org>"


@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"no header at all",
        b"Content-Type: text/plain; charset=klingon\nSubject: =?nonsense?=\nDate: soon\n\nText \xff",
        b"Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/calendar\n\nnonsense\n--x--",
        b"Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:never\n"
        b"END:VEVENT\nEND:VCALENDAR",
    ],
)
def test_a_broken_mail_breaks_nothing(running: RunningDemo, source: bytes) -> None:
    running.demo.mail_dir.mkdir()
    (running.demo.mail_dir / "20261122-080000-1.log").write_bytes(source + b"\n" + b"-" * 79 + b"\n")
    assert get(running, "/postfach").status == 200
    assert get(running, "/postfach/20261122-080000-1/1").status == 200


def test_html_is_never_interpreted(send: Callable[..., None], running: RunningDemo) -> None:
    evil = "<script>alert(1)</script>"
    calendar = invitation().replace("SUMMARY:Termin", f"SUMMARY:{evil}")
    send(build(evil, evil, calendar=calendar, to=[f'"{evil}" <a@example.org>']))
    (mail,) = read_mails(running.demo.mail_dir)
    for path in ("/postfach", f"/postfach/{mail.name}/1"):
        page = get(running, path)
        assert page.status == 200
        assert evil not in page.text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
        assert "<b>HTML</b>" not in page.text


def test_attachments_are_downloads(send: Callable[..., None], running: RunningDemo) -> None:
    mail = build()
    mail.attach("seite.html", "<script>alert(1)</script>", "text/html")
    send(mail)
    (found,) = read_mails(running.demo.mail_dir)
    calendar = get(running, f"/postfach/{found.name}/1/anhang/1")
    assert (calendar.status, calendar.text) == (200, invitation())
    assert calendar.headers["Content-Type"] == "application/ics"
    assert calendar.headers["Content-Disposition"] == 'attachment; filename="termin.ics"'
    html = get(running, f"/postfach/{found.name}/1/anhang/2")
    assert html.headers["Content-Type"] == "application/octet-stream"
    assert html.headers["Content-Disposition"] == 'attachment; filename="seite.html"'
    assert html.headers["X-Content-Type-Options"] == "nosniff"


def test_the_source_is_the_mail_as_sent(send: Callable[..., None], running: RunningDemo) -> None:
    send(build())
    (mail,) = read_mails(running.demo.mail_dir)
    source = get(running, f"/postfach/{mail.name}/1/quelltext")
    assert source.headers["Content-Type"] == "text/plain; charset=utf-8"
    (path,) = running.demo.mail_dir.glob("*.log")
    assert source.content + b"\n" + b"-" * 79 + b"\n" == path.read_bytes()


@pytest.mark.parametrize("rest", ["2", "1/anhang/2", "1/anhang/0", "1/andere"])
def test_what_is_not_there_is_not_found(send: Callable[..., None], running: RunningDemo, rest: str) -> None:
    send(build())
    (mail,) = read_mails(running.demo.mail_dir)
    assert get(running, f"/postfach/{mail.name}/{rest}").status == 404


def test_only_mail_files_are_read(send: Callable[..., None], running: RunningDemo) -> None:
    send(build())
    secret = running.demo.mail_dir.parent / "secret.log"
    secret.write_bytes(b"Subject: secret\n\n\n" + b"-" * 79 + b"\n")
    os.link(secret, running.demo.mail_dir / "secret.txt")
    for name in ("secret", "..%2Fsecret", "%2e%2e/secret"):
        assert get(running, f"/postfach/{name}/1").status == 404


def test_new_mails_reach_the_open_page(send: Callable[..., None], running: RunningDemo) -> None:
    page = get(running, "/postfach").text
    url = page.split('hx-get="')[1].split('"')[0]
    assert get(running, url).status == 204
    send(build())
    assert "Termin am 11.11.2026" in get(running, url).text
