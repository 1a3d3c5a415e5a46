"""The lead erases a client: sees what will happen, types the pseudonym. And the same on the command line."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from notifications import consent, sweeping
from scheduling.models import Appointment, Client
from sites.models import User
from tests.builders import NOW
from tests.notifications.stub_twilio import StubTwilio
from tests.pages.desks import Desk, Place, slot_of


@pytest.fixture
def client(place: Place) -> Client:
    """Booked, told of it by SMS."""
    client = place.client(name="Alex Muster", phone="0171 3920012")
    consent.give(client=client, by=place.worker, now=NOW)
    place.book(slot_of(place.hour()), client)
    return client


def current(client: Client) -> Client:
    return Client.objects.get(pk=client.pk)


def test_the_page_says_what_happens(place: Place, client: Client) -> None:
    desk = Desk(place.lead)
    page = desk.get(desk.get(f"/klientinnen/{client.pk}/").links["Angaben löschen"])
    assert (page.heading, page.buttons[-1]) == ("Angaben löschen", "Endgültig löschen")
    assert "9. Dezember 2026, 13:00–13:30 Uhr" in page.text
    assert str(place.psychiatrist) in page.text
    assert current(client).closed_at is None


@pytest.mark.parametrize("typed", ["", "AAA-333", "löschen", "\x00"])
def test_without_the_pseudonym_nothing_happens(place: Place, client: Client, typed: str) -> None:
    page = Desk(place.lead).post(f"/klientinnen/{client.pk}/loeschen/", code=typed)
    assert (page.status, page.heading) == (200, "Angaben löschen")
    assert (current(client).closed_at, Appointment.objects.get().status) == (None, "booked")


def test_with_it_the_appointments_are_cancelled_and_the_file_is_closed(
    place: Place, client: Client, twilio: StubTwilio
) -> None:
    desk = Desk(place.lead)
    page = desk.post(f"/klientinnen/{client.pk}/loeschen/", code=f" {client.code.lower()} ")
    (told,) = page.messages
    assert told.startswith("Kommende Termine sind abgesagt.")
    assert client.code not in page.text
    assert (current(client).closed_by, Appointment.objects.get().status) == (place.lead, "cancelled")
    for address in ("", "bearbeiten/", "auskunft/", "auskunft.json", "loeschen/"):
        assert desk.get(f"/klientinnen/{client.pk}/{address}").status == 404
    assert desk.post(f"/klientinnen/{client.pk}/loeschen/", code=client.code).status == 404
    sweeping.sweep(now=NOW)
    assert current(client).anonymised_at == NOW


def test_a_past_appointment_still_shows_without_a_way_to_anybody(
    place: Place, client: Client, twilio: StubTwilio
) -> None:
    desk = Desk(place.lead)
    desk.post(f"/klientinnen/{client.pk}/loeschen/", code=client.code)
    sweeping.sweep(now=NOW)
    page = desk.get(f"/termine/{Appointment.objects.get().pk}/")
    assert (page.status, current(client).code in page.text) == (200, True)
    assert [link for link in page.links.values() if "/klientinnen/" in link and str(client.pk) in link] == []


def test_the_list_of_who_goes_soon(place: Place, client: Client) -> None:
    old = place.client()
    Client.objects.filter(pk=old.pk).update(created_at=NOW.replace(year=2025))
    desk = Desk(place.worker)
    page = desk.get(desk.get("/klientinnen/").links["Einträge, die bald anonymisiert werden"])
    assert (page.heading, old.code in page.text, client.code in page.text) == (
        "Bald anonymisiert",
        True,
        False,
    )
    assert "29.11.2026" in page.text


# -- on the command line -------------------------------------------------------------------------------


def erase(*words: str) -> tuple[str, int]:
    out = StringIO()
    try:
        call_command("erase_client", *words, stdout=out)
    except SystemExit as end:
        return out.getvalue(), int(str(end.code))
    return out.getvalue(), 0


def test_a_dry_run_shows_and_writes_nothing(client: Client, place: Place) -> None:
    said, code = erase(client.code, "--dry-run")
    assert said.splitlines()[1:] == [
        "Termin                Psychiater:in",
        f"09.12.2026, 13:00 Uhr  {place.psychiatrist}",
        "Probelauf, nichts wurde gelöscht.",
    ]
    assert (code, current(client).closed_at) == (0, None)


def test_in_a_pipe_it_asks_for_yes(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", StringIO(""))
    with pytest.raises(CommandError, match="--yes"):
        erase(client.code)
    assert current(client).closed_at is None


@pytest.mark.parametrize(("typed", "closed"), [("nein", False), ("", False), ("code", True)])
def test_on_a_terminal_the_pseudonym_is_typed(
    client: Client, monkeypatch: pytest.MonkeyPatch, typed: str, closed: bool
) -> None:
    class Terminal(StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Terminal(client.code if typed == "code" else typed))
    if closed:
        assert erase(client.code)[1] == 75
    else:
        with pytest.raises(CommandError, match="Nicht bestätigt"):
            erase(client.code)
    assert (current(client).closed_at is not None) == closed


def test_it_waits_for_the_messages_and_says_so(client: Client, twilio: StubTwilio) -> None:
    said, code = erase(client.code, "--yes")
    assert (code, "spätestens nach 24 Stunden" in said) == (75, True)
    assert current(client).closed_by == User.objects.system_actor("cli")
    sweeping.sweep(now=NOW)
    with pytest.raises(CommandError, match="gibt es nicht"):
        erase(client.code, "--yes")


def test_said_again_it_only_looks(client: Client, twilio: StubTwilio) -> None:
    assert [erase(client.code, "--yes")[1] for _ in range(2)] == [75, 75]
    assert Appointment.objects.get().changes.count() == 2


def test_who_has_no_appointment_is_erased_at_once(place: Place) -> None:
    nobody: Any = place.client(name="Alex Muster")
    said, code = erase(nobody.code, "--yes")
    assert (said.splitlines()[-1], code) == ("Gelöscht. Die Termine werden ohne Person weiter gezählt.", 0)
    assert (current(nobody).name, current(nobody).code[:7]) == ("", "anonym-")


def test_the_log_leads_to_the_file_as_long_as_it_is_open(place: Place, client: Client) -> None:
    desk = Desk(place.lead)
    file = f"/klientinnen/{client.pk}/"
    assert file in desk.get("/protokoll/").links.values()
    desk.post(f"{file}loeschen/", code=client.code)
    log = desk.get("/protokoll/")
    assert (client.code in log.text, file in log.links.values()) == (True, False)
