"""Changing a client's file: every field, bad input, two tabs, and doubles."""

import datetime

import pytest

from scheduling.models import Client
from tests.builders import NOW
from tests.pages.desks import Desk, Place
from tests.pages.reading import Page, attribute, walk


def address(client: Client) -> str:
    return f"/klientinnen/{client.pk}/bearbeiten/"


def shown_with(page: Page) -> dict[str, str]:
    """What the form would send if nobody typed anything: fields and what they were shown with."""
    sent = {}
    for each in walk(page.main):
        name = attribute(each, "name")
        kind = attribute(each, "type")
        if each.name == "input" and name and (kind != "checkbox" or "checked" in dict(each.attributes)):
            sent[name] = attribute(each, "value") or ("on" if kind == "checkbox" else "")
    sent.pop("csrfmiddlewaretoken", None)
    return sent


def fresh(client: Client) -> Client:
    return Client.objects.get(pk=client.pk)


def test_all_fields_are_saved(place: Place) -> None:
    client = place.client()
    page = Desk(place.worker).post(
        address(client),
        version="0",
        name="Gül  Muster",
        birth_date="1990-12-24",
        phone="0171 39200 12",
        phone_verified="on",
        phone_shared="on",
        language="tr",
        needs_interpreter="on",
        wants_companion="on",
        insurance="proven",
        insurance_quarter="2026-Q4",
        note="kommt nur vormittags",
    )
    assert page.messages == ["Die Angaben sind gespeichert."]
    saved = fresh(client)
    assert (saved.name, saved.birth_date, saved.phone) == (
        "Gül Muster",
        datetime.date(1990, 12, 24),
        "+491713920012",
    )
    assert (saved.phone_verified_at, saved.phone_verified_by) == (NOW, place.worker)
    assert (saved.phone_shared, saved.needs_interpreter, saved.wants_companion) == (True, True, True)
    assert (saved.language, saved.insurance, saved.insurance_quarter) == ("tr", "proven", "2026-Q4")
    assert (saved.note, saved.version, saved.changed_by) == ("kommt nur vormittags", 1, place.worker)


@pytest.mark.parametrize(
    "name",
    [
        "محمد العلي",
        "Олена Приклад",
        "גבריאל",
        "🙂 Alex",
        "'; DROP TABLE x;--",
        "{{ 7|add:7 }}{% now 'Y' %}",
        "<b>x</b>",
    ],
)
def test_names_in_any_script_stay_what_they_are(place: Place, name: str) -> None:
    client = place.client()
    desk = Desk(place.worker)
    desk.post(address(client), version="0", name=name)
    assert fresh(client).name == name
    page = desk.get(f"/klientinnen/{client.pk}/")
    assert page.texts("kern-subline")[0] == name
    assert page.elements("b") == []


def test_control_characters_and_turned_text_become_plain(place: Place) -> None:
    client = place.client()
    Desk(place.worker).post(address(client), version="0", name="Alex\x00\r\n\t\x1b[31m \u202eretsuM\u2066")
    assert fresh(client).name == "Alex [31m retsuM"


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("name", "x" * 10_000, "höchstens 100 Zeichen"),
        ("note", "x" * 201, "höchstens 200 Zeichen"),
        ("phone", "keins", "nicht gültig"),
        ("phone", "1" * 10_000, "höchstens 40 Zeichen"),
        ("birth_date", "31.02.1990", "Datum"),
        ("birth_date", "2027-01-01", "kann nicht stimmen"),
        ("birth_date", "1600-01-01", "kann nicht stimmen"),
        ("language", "xx", "xx"),
    ],
)
def test_bad_input_is_answered_beside_its_field(place: Place, field: str, value: str, error: str) -> None:
    client = place.client(name="Alex", phone="0171 3920099")
    page = Desk(place.worker).post(address(client), version="0", **{field: value})
    assert error in page.error_of(field)
    assert (fresh(client).name, fresh(client).version) == ("Alex", 0)


@pytest.mark.parametrize("version", ["", "x", "99", "-1", "9" * 400])
def test_a_forged_version_changes_nothing(place: Place, version: str) -> None:
    client = place.client(name="Alex")
    assert Desk(place.worker).post(address(client), version=version, name="Bo").status == 200
    assert fresh(client).name == "Alex"


def test_the_second_of_two_tabs_is_shown_what_changed_and_loses_nothing(place: Place) -> None:
    client = place.client(name="Alex", phone="0171 3920099")
    first, second = Desk(place.lead), Desk(place.worker)
    seen = shown_with(second.get(address(client)))
    first.post(
        address(client), **{**shown_with(first.get(address(client))), "name": "Alexa", "language": "tr"}
    )
    page = second.post(address(client), **{**seen, "name": "Alexander", "note": "getippt"})
    assert (fresh(client).name, fresh(client).version) == ("Alexa", 1)
    assert "Name: jetzt Alexa – Ihre Eingabe" in page.text
    assert "Sprache: jetzt Türkçe" in page.text
    assert "Telefon: jetzt" not in page.text
    again = {**shown_with(page), "note": "getippt", "language": "tr"}
    assert again["name"] == "Alexander"
    assert second.post(address(client), **again).messages == ["Die Angaben sind gespeichert."]
    saved = fresh(client)
    assert (saved.name, saved.note, saved.language, saved.phone) == (
        "Alexander",
        "getippt",
        "tr",
        "+491713920099",
    )


def test_a_form_sent_twice_is_saved_once(place: Place) -> None:
    client = place.client()
    desk = Desk(place.worker)
    sent = {**shown_with(desk.get(address(client))), "name": "Alex"}
    desk.post(address(client), **sent)
    page = desk.post(address(client), **sent)
    assert "inzwischen geändert" in page.text
    assert fresh(client).version == 1


def test_the_same_number_is_asked_about_once(place: Place, elsewhere: Place) -> None:
    elsewhere.client(phone="0171 3920012")
    known, client = place.client(phone="0171 3920012"), place.client()
    desk = Desk(place.worker)
    page = desk.post(address(client), version="0", phone="0171 3920012")
    assert page.links[known.code] == f"/klientinnen/{known.pk}/"
    assert fresh(client).phone == ""
    seen = attribute(page.field("gesehen"), "value")
    assert seen == str(known.pk)
    desk.post(address(client), version="0", phone="0171 3920012", gesehen=seen)
    assert fresh(client).phone == "+491713920012"
    assert "Vielleicht doppelt" in desk.get(f"/klientinnen/{client.pk}/").text


@pytest.mark.parametrize(("born", "asked"), [("1990-12-24", True), ("1990-12-25", False), ("", False)])
def test_name_and_birth_date_together_are_asked_about(place: Place, born: str, asked: bool) -> None:
    known, client = place.client(), place.client()
    desk = Desk(place.worker)
    desk.post(address(known), version="0", name="Gül Muster", birth_date="1990-12-24")
    page = desk.post(address(client), version="0", name="muster, GÜL", birth_date=born)
    assert (known.code in page.links) is asked


def test_a_landline_gets_no_sms_and_the_page_says_so(place: Place) -> None:
    client = place.client(phone="030 23125 100")
    page = Desk(place.worker).get(f"/klientinnen/{client.pk}/")
    assert "Das ist eine Festnetznummer" in page.texts("pia-card")[1]
    refused = Desk(place.worker).post(f"/klientinnen/{client.pk}/einwilligung/")
    assert refused.messages[0].startswith("Fehler: Das ist eine Festnetznummer")
