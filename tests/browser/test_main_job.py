"""The main job, as two people do it: from the network file to the phone that shows the SMS, and back.

Import, propose, publish, book, confirm by SMS, answer on the phone, cancel, tell everybody. The server, the
database, Redis, the worker's job, Twilio's client and the phones are real.
"""

import email
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from email.policy import default as mail_policy
from pathlib import Path

import django_rq
import pytest
from django.core.management import call_command
from icalendar import Calendar
from playwright.sync_api import Page, expect
from pytest_django import Settings
from rq import SimpleWorker

from config.environment import ROOT
from notifications.transports import sms
from scheduling.models import Appointment
from sites.models import User
from tests.browser.demo import Phones
from tests.browser.people import PASSWORD, Person, Watch

PSYCHIATRIST = "psychiatrie.mitte@example.org"
SOCIAL_WORKER = "sozialarbeit.mitte@example.org"


@pytest.fixture
def phones(server: str, watch: Watch, settings: Settings, tmp_path: Path) -> Iterator[Phones]:
    """The demo phones and the mailbox; the server sends to them."""
    phones = Phones(tmp_path, server)
    settings.TWILIO = phones.account
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = phones.mail_folder
    watch.servers.append(phones.url)
    with phones.running(tmp_path / "phones.log"):
        yield phones
        sms._client().http_client.session.close()
        sms._client_of.cache_clear()


@pytest.fixture
def network(server: str) -> None:
    """The network file of Berlin, imported; its people can sign in."""
    call_command("import_network", str(ROOT / "data" / "pia_flex_berlin.yaml"), verbosity=0)
    for user in User.objects.filter(email__in=(PSYCHIATRIST, SOCIAL_WORKER)):
        user.set_password(PASSWORD)
        user.save()


def work() -> None:
    """Does what is queued, as the worker does."""
    queue = django_rq.get_queue("default")
    # One job, or more where the bell's key expired in between on a slow machine.
    assert len(queue) > 0
    worker = SimpleWorker([queue], connection=queue.connection)
    worker.work(burst=True, logging_level="WARNING")
    assert queue.failed_job_registry.count == 0


def publish_december(psychiatrist: Person) -> None:
    psychiatrist.sign_in(PSYCHIATRIST)
    psychiatrist.follows("Monat")
    psychiatrist.sees_heading("PIA Flex Mitte")
    psychiatrist.follows("Dezember 2026")
    psychiatrist.follows("Monat vorschlagen")
    psychiatrist.sees("Mittwoch, 9. Dezember 2026")
    psychiatrist.press("Als Entwurf anlegen")
    psychiatrist.is_told(
        "Eine Sprechstunde ist als Entwurf angelegt. Bitte prüfen Sie sie und veröffentlichen Sie dann."
    )
    psychiatrist.press("Monat veröffentlichen")
    psychiatrist.is_told("Eine Sprechstunde ist veröffentlicht. Die Einrichtung kann jetzt buchen.")


def book_somebody_new(worker: Person) -> Appointment:
    worker.sign_in(SOCIAL_WORKER)
    worker.follows("Buchen")
    worker.sees_heading("Termin buchen")
    form = worker.page.get_by_role("main")
    form.get_by_label("Neue Klient:in").check()
    form.get_by_label("Name").fill("Alex Muster")
    form.get_by_label("Telefon").fill("0171 3920012")
    form.get_by_text("Einwilligungstext zum Vorlesen oder Zeigen").click()
    expect(form.get_by_text("Ich möchte SMS zu meinen Terminen bekommen")).to_be_visible()
    form.get_by_label("Möchte Termine per SMS erhalten").check()
    worker.press("Termin buchen")
    worker.sees_heading("Termin")
    appointment = Appointment.objects.select_related("client").get()
    worker.is_told(
        f"Der Termin ist gebucht. Das Kürzel der neuen Klient:in ist {appointment.client}, "
        "bitte geben Sie es weiter."
    )
    return appointment


def cancel(worker: Person, appointment: Appointment) -> None:
    worker.opens(f"/termine/{appointment.pk}/")
    worker.follows("Absagen")
    worker.page.get_by_label("von Klient:in abgesagt").check()
    worker.press("Termin absagen")
    worker.is_told("Der Termin ist abgesagt. Das Zeitfenster ist wieder frei.")


def bubbles(page: Page, *texts: str) -> None:
    """The phone shows these, and Twilio told us that each of ours has arrived."""
    expect(page.locator(".demo-bubble__text")).to_have_text(list(texts))


def calendar_mails(folder: Path, to: str) -> list[tuple[str, str, str, int]]:
    """Method, status, UID and SEQUENCE of the calendar part of each mail to `to`, in order of SEQUENCE."""
    found = []
    for path in folder.iterdir():
        for text in path.read_text().split("-" * 79)[:-1]:
            mail = email.message_from_string(text.lstrip("\n"), policy=mail_policy)
            assert isinstance(mail, EmailMessage)
            if mail["To"] == to:
                found.append(calendar_part(mail))
    return sorted(found, key=lambda each: each[3])


def calendar_part(mail: EmailMessage) -> tuple[str, str, str, int]:
    (part,) = (each for each in mail.walk() if each.get_content_type() == "text/calendar")
    calendar = Calendar.from_ical(part.get_content())
    (event,) = calendar.walk("VEVENT")
    assert part.get_param("method") == calendar["METHOD"]
    return str(calendar["METHOD"]), str(event["STATUS"]), str(event["UID"]), int(str(event["SEQUENCE"]))


def test_from_the_network_file_to_the_phone_and_back(
    network: None, phones: Phones, live_redis: object, enter: Callable[..., Person]
) -> None:
    psychiatrist, worker, client = enter(), enter(), enter(width=390)

    publish_december(psychiatrist)
    appointment = book_somebody_new(worker)
    work()

    confirmation = (
        "Ihr Termin: Mi 09.12. 13:00. Nicht möglich? Bitte Rückruf 030 23125100. Keine SMS mehr: STOP"
    )
    client.opens(phones.url)
    bubbles(client.page, confirmation)
    expect(client.page.get_by_text("zugestellt")).to_be_visible()
    client.page.get_by_label("Antwort von 0171 3920012").fill("Ich komme etwas später")
    client.page.keyboard.press("Enter")
    expect(client.page.get_by_text("angekommen")).to_be_visible()

    worker.opens(f"/termine/{appointment.pk}/")
    told = worker.page.locator("#nachrichten-liste")
    expect(told).to_contain_text("Bestätigung per SMS an Klient:in (Nummer endet auf 12)")
    expect(told.get_by_text("zugestellt")).to_be_visible()
    worker.follows(str(appointment.client))
    worker.sees("Ich komme etwas später")

    psychiatrist.page.get_by_role("link", name="Übersicht").first.click()
    psychiatrist.follows("Tagesliste")
    psychiatrist.sees(str(appointment.client))
    expect(psychiatrist.page.get_by_role("main")).not_to_contain_text("Muster")

    cancel(worker, appointment)
    work()
    bubbles(
        client.page,
        confirmation,
        "Ich komme etwas später",
        "Ihr Termin Mi 09.12. 13:00 fällt aus. Fragen? Bitte Rückruf 030 23125100. Keine SMS mehr: STOP",
    )
    for address in (PSYCHIATRIST, SOCIAL_WORKER):
        assert calendar_mails(phones.mail_folder, address) == [
            ("REQUEST", "CONFIRMED", str(appointment.uid), 0),
            ("CANCEL", "CANCELLED", str(appointment.uid), 1),
        ]
    client.opens(f"{phones.url}/postfach")
    expect(client.page.get_by_text("Absage (CANCEL)")).to_have_count(2)
    client.page.get_by_role("link", name="Abgesagt: Termin am 09.12.2026 um 13:00").first.click()
    client.sees("METHOD:CANCEL")
