"""What hardly anybody types by mistake: no page breaks by it, and what is stored is what was meant.

The client's own form is tried field by field in `test_client_edit.py`; here is everything around it, and all
of it at once by random.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import URLPattern, URLResolver, get_resolver
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from notifications import consent
from scheduling import clients, releases
from scheduling.attending import Attendance
from scheduling.models import Appointment, Client, ConsultationHour, ReleaseScope
from sites.names import one_line
from sites.phones import PhoneInvalid, parse_phone
from tests.builders import NOW
from tests.pages.desks import Desk, Place, slot_of
from tests.scheduling.attendance import appointment_in

NASTY = [
    "\x00",
    "a\x00b",
    "%00",
    "\ud83d\ude42".encode("utf-16", "surrogatepass").decode("utf-16"),
    "'; DROP TABLE scheduling_client;--",
    "{{ 7|add:7 }}{% debug %}",
    "<script>alert(1)</script>",
    "\u202egnp.exe",
    "محمد العلي",
    "9" * 5_000,
    "x" * 10_000,
    "-1",
    "../../etc/passwd",
]
# Filled with what is tried: what pages read from their query string.
QUERY = (
    "suche",
    "seite",
    "kuerzel",
    "code",
    "sprache",
    "klinik",
    "umfang",
    "monat",
    "ansicht",
    "next",
    "message",
)
NUMBERS = ("1", "0", "9" * 25, "9" * 5_000)


def addresses() -> Iterator[str]:
    """Every address of the project, its parts as `<…>`."""

    def walk(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[str]:
        for entry in patterns:
            route = before + str(entry.pattern).removeprefix("^").removesuffix("$").removesuffix(r"\Z")
            if isinstance(entry, URLResolver):
                yield from walk(entry.url_patterns, route)
            else:
                yield "/" + route

    return walk(get_resolver().url_patterns, "")


def filled(route: str, value: str) -> str:
    """`route` with `value` in place of each of its parts."""
    parts = route.split("<")
    return parts[0] + "".join(value + part.partition(">")[2] for part in parts[1:])


def test_no_query_string_breaks_a_page(place: Place) -> None:
    client = place.client(phone="0171 3920012")
    slot = slot_of(place.hour())
    pages = [
        "/",
        f"/standorte/{place.site.slug}/",
        "/klientinnen/",
        f"/klientinnen/{client.pk}/",
        f"/klientinnen/{client.pk}/einwilligung/druck/",
        f"/klientinnen/{client.pk}/entbindung/druck/",
        f"/zeitfenster/{slot.pk}/buchen/",
        f"/zeitfenster/{slot.pk}/klientinnen/",
        f"/sprechstunden/{slot.hour_id}/",
    ]
    desk = Desk(place.worker)
    for page in pages:
        for value in NASTY:
            assert desk.browser.get(page, dict.fromkeys(QUERY, value)).status_code == 200, (page, value[:20])


@pytest.mark.parametrize("value", ["%00", "a%00b", "%F0%9F%99%82", "%27--", "%7B%7B7%7D%7D", *NUMBERS])
def test_no_part_of_an_address_breaks_a_page(place: Place, value: str) -> None:
    desk = Desk(place.worker)
    for route in addresses():
        if "<" in route:
            for method in (desk.browser.get, desk.browser.post):
                assert method(filled(route, value)).status_code < 500, route


@pytest.mark.parametrize("value", NASTY)
def test_no_field_of_a_form_breaks_it(place: Place, value: str) -> None:
    client = place.client(phone="0171 3920012")
    hour = place.hour()
    appointment = place.book(slot_of(hour), client)
    fields: dict[str, list[str]] = {
        f"/klientinnen/{client.pk}/einwilligung/": ["wie"],
        f"/klientinnen/{client.pk}/widerruf/": ["wie"],
        f"/klientinnen/{client.pk}/entbindung/": ["clinic", "scope", "ends_date", "how"],
        f"/klientinnen/{client.pk}/nummer/ruhen/": ["reason", "number"],
        f"/klientinnen/{client.pk}/nummer/": ["x"],
        f"/termine/{appointment.pk}/verschieben/": ["slot", "reason"],
        f"/termine/{appointment.pk}/zuruecknehmen/": ["aenderung"],
        f"/termine/{appointment.pk}/absagen/": ["reason"],
        f"/zeitfenster/{slot_of(hour, 1).pk}/buchen/": [
            "who",
            "code",
            "name",
            "phone",
            "sms_consent",
            "insurance",
            "language",
            "akte-client",
            "akte-version",
            "akte-phone",
            "gesehen",
        ],
    }
    desk = Desk(place.worker)
    for address, names in fields.items():
        answer = desk.browser.post(address, dict.fromkeys(names, value), follow=True)
        assert answer.status_code == 200, address
    for who in ("known", "new"):
        sent = dict.fromkeys(["code", "name", "phone", "gesehen"], value) | {"who": who}
        assert desk.browser.post(f"/zeitfenster/{slot_of(hour, 1).pk}/buchen/", sent).status_code in (
            200,
            302,
        )


@pytest.mark.parametrize("value", [*NASTY, "", "0001-01-01", "9999-12-31", "24:00", "٣", "NaN"])
def test_no_field_of_a_planners_form_breaks_it(place: Place, value: str) -> None:
    draft, hour = place.draft(), place.hour(NOW.date().replace(month=12, day=16))
    place.book(slot_of(hour))
    today = place.hour(NOW.date())
    seen = appointment_in(today, Attendance.DONE)
    site, lines = f"/standorte/{place.site.slug}", ["zeile-TOTAL_FORMS", "zeile-INITIAL_FORMS"]
    lines += ["zeile-0-kind", "zeile-0-minutes", "zeile-0-blocked", "gesehen"]
    when = ["from_time", "to_time", "room", "psychiatrist"]
    rule = ["rhythm", "nth", "weekday", "interval", "dates", "starts_date", "ends_date", *when, *lines]
    fields: dict[str, list[str]] = {
        f"/sprechstunden/{draft.pk}/antwort/": ["antwort", "raum", "tag", "standort", "monat"],
        f"/sprechstunden/{draft.pk}/aendern/": ["date", *when, "gesehen"],
        f"/sprechstunden/{hour.pk}/zeitfenster/": lines,
        f"/sprechstunden/{hour.pk}/absagen/": ["reason", "replacement_date", "schritt", "gesehen"],
        f"/sprechstunden/{hour.pk}/verlegen/": ["day", "from_time", "room", "schritt", "gesehen"],
        f"/sprechstunden/{hour.pk}/dauer/": ["from_time", "to_time", "schritt", "gesehen"],
        f"/sprechstunden/{hour.pk}/vertretung/": ["psychiatrist", "schritt", "gesehen"],
        f"/sprechstunden/{today.pk}/ohne-termin/": ["number", "client", "slot"],
        f"/sprechstunden/{today.pk}/verspaetung/": ["minuten"],
        f"/termine/{seen.pk}/weiter/": ["schritt", "slot", "pia_date", "handover"],
        f"{site}/reihen/neu/": rule,
        f"/reihen/{hour.series_id}/": rule,
        f"{site}/planung/": ["months_ahead", "publish_days_ahead", "remind_days_ahead"],
        f"{site}/vorschlagen/": ["monat"],
        f"{site}/veroeffentlichen/": ["monat"],
        "/entwuerfe/veroeffentlichen/": ["hour"],
    }
    steps = {"schritt": "ausfuehren"}
    desk = Desk(place.psychiatrist)
    for address, names in fields.items():
        for sent in (dict.fromkeys(names, value), {**dict.fromkeys(names, value), **steps}):
            assert desk.browser.post(address, sent).status_code in (200, 302, 404), address
    draft.refresh_from_db()
    assert (draft.status, draft.sequence) == ("draft", 0)
    preview = f"{site}/reihen/vorschau/"
    for page in (preview, "/monate/", "/entwuerfe/", f"{site}/vorschau/"):
        sent = dict.fromkeys([*rule, *QUERY, "reihe", "standort"], value)
        assert desk.browser.get(page, sent).status_code == 200, page
    assert ConsultationHour.objects.count() == 3


@pytest.mark.parametrize("value", NASTY)
def test_no_webhook_breaks(place: Place, call: Callable[..., Any], value: str) -> None:
    place.client(phone="0171 3920012")
    for sender in (value, "+491713920012"):
        answer = call("/twilio/inbound", MessageSid="SM1", From=sender, Body=value, OptOutType=value)
        assert answer.status_code == 200
    answer = call("/twilio/status", MessageSid="SM1", MessageStatus=value, ErrorCode=value)
    assert answer.status_code == 404
    assert call("/twilio/inbound", MessageSid=value, From="+491713920012", Body="").status_code == 400


@pytest.fixture
def call(client: Browser, settings: Any) -> Callable[..., Any]:
    """Posts to a webhook as Twilio does."""

    def post(path: str, **fields: str) -> Any:
        validator = RequestValidator(settings.TWILIO.auth_token)
        signature = validator.compute_signature(settings.BASE_URL + path, fields)
        return client.post(path, fields, headers={"X-Twilio-Signature": signature})

    return post


@pytest.mark.parametrize("value", [each for each in NASTY if len(each) < 100])
def test_a_new_client_is_named_as_typed(place: Place, value: str) -> None:
    Desk(place.worker).post(f"/zeitfenster/{slot_of(place.hour()).pk}/buchen/", who="new", name=value)
    assert Client.objects.get().name == one_line(value)


def test_a_booking_sent_twice_is_one_appointment(place: Place) -> None:
    desk, address = Desk(place.worker), f"/zeitfenster/{slot_of(place.hour()).pk}/buchen/"
    sent = {"who": "new", "name": "Alex Muster"}
    desk.post(address, **sent)
    page = desk.post(address, **sent, gesehen=str(Client.objects.get().pk))
    assert page.texts("pia-error-list")[0].startswith("Dieses Zeitfenster ist inzwischen belegt.")
    assert (Client.objects.count(), Appointment.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    "command", ["einwilligung", "widerruf", "nummer", "nummer/ruhen", "entbindung", "bearbeiten"]
)
def test_a_forged_id_finds_nothing_and_changes_nothing(place: Place, elsewhere: Place, command: str) -> None:
    theirs = elsewhere.client(phone="0171 3920012", consents=True)
    before = Client.objects.values().get(pk=theirs.pk)
    sent = {"version": "0", "name": "x", "reason": "lost", "number": "+491713920012", "wie": "written"}
    answer = Desk(place.worker).browser.post(f"/klientinnen/{theirs.pk}/{command}/", sent)
    assert answer.status_code == 404
    assert Client.objects.values().get(pk=theirs.pk) == before
    assert consent.has_standing(theirs)


def test_a_clinic_from_elsewhere_is_refused_by_the_form_and_by_the_command(
    place: Place, elsewhere: Place
) -> None:
    client = place.client()
    sent = {"clinic": elsewhere.site.clinic.pk, "scope": "name", "ends_date": "2027-01-01", "how": "written"}
    page = Desk(place.worker).post(f"/klientinnen/{client.pk}/entbindung/", **sent)
    assert page.error_of("clinic") != ""
    with pytest.raises(releases.ClinicElsewhere):
        releases.give_release(
            client=client,
            clinic=elsewhere.site.clinic,
            scope=ReleaseScope.NAME,
            ends_date=NOW.date(),
            by=place.worker,
            now=NOW,
        )


@pytest.mark.parametrize(
    ("typed", "stored", "gets_sms"),
    [
        ("0171 39200-12", "+491713920012", True),
        ("+49 (0) 171 3920012", "+491713920012", True),
        ("0049 171 3920012", "+491713920012", True),
        ("０１７１３９２００１２", "+491713920012", True),
        ("+48 512 345 678", "+48512345678", True),
        ("+90 501 234 56 78", "+905012345678", True),
        ("030 23125 100", "+493023125100", False),
        ("+48 12 345 67 89", "+48123456789", False),
        ("0800 1234567", "+498001234567", False),
    ],
)
def test_numbers_in_any_spelling_and_from_anywhere(
    place: Place, typed: str, stored: str, gets_sms: bool
) -> None:
    client = clients.register_client(facility=place.site.facility, by=place.worker, now=NOW, phone=typed)
    assert (client.phone, client.gets_sms) == (stored, gets_sms)
    page = Desk(place.worker).get(f"/klientinnen/?suche={typed.replace('+', '%2B')}")
    assert client.code in page.links


@pytest.mark.parametrize(
    "typed",
    ["110", "0171", "+1 555 0100", "0171 392001", "0171 3920012 Durchwahl", "+49", "keine", "0" * 40, "１"],
)
def test_what_can_not_be_dialled_is_refused_by_form_and_command(place: Place, typed: str) -> None:
    client = place.client()
    page = Desk(place.worker).post(f"/klientinnen/{client.pk}/bearbeiten/", version="0", phone=typed)
    assert page.error_of("phone") == (
        "Fehler: Diese Telefonnummer ist nicht gültig. Bitte prüfen Sie sie, zum Beispiel 0171 3920012."
    )
    with pytest.raises(PhoneInvalid):
        clients.register_client(facility=place.site.facility, by=place.worker, now=NOW, phone=typed)


@pytest.mark.parametrize("field", ["name", "note"])
def test_commands_hold_the_lengths_too(place: Place, field: str) -> None:
    client = place.client()
    with pytest.raises(clients.TextTooLong, match="Bitte kürzen Sie"):
        clients.change_client(
            client=client, version=0, values={field: "x" * 10_000}, by=place.worker, now=NOW
        )


ANYTHING = st.text(max_size=300) | st.sampled_from(NASTY)
TYPED = st.fixed_dictionaries(
    {},
    optional={
        "name": ANYTHING,
        "birth_date": ANYTHING | st.dates().map(str),
        "phone": ANYTHING | st.from_regex(r"\A\+?[0-9 ()/-]{3,20}\Z"),
        "phone_verified": st.just("on"),
        "phone_shared": st.just("on"),
        "language": st.sampled_from(["", "tr", "fa", "xx", "\x00"]),
        "insurance": st.sampled_from(["", "proven", "clearing", "none", "\x00"]),
        "insurance_quarter": st.sampled_from(["", "2026-Q4", "2026-Q9", "\x00"]),
        "note": ANYTHING,
        "version": st.sampled_from(["0", "0", "0", "1", "", "x", "-1", "\x00"]),
        "gesehen": ANYTHING,
        "initial-name": ANYTHING,
        "initial-birth_date": ANYTHING,
        "initial-phone": ANYTHING,
    },
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=TYPED)
def test_whatever_is_typed_is_answered_and_stored_as_it_would_be_read(
    place: Place, typed: dict[str, str]
) -> None:
    client = place.client()
    desk = Desk(place.worker)
    typed = {name: value.encode("utf-8", "replace").decode() for name, value in typed.items()}
    assert desk.browser.post(f"/klientinnen/{client.pk}/bearbeiten/", typed).status_code in (200, 302)
    assert desk.browser.get(f"/klientinnen/{client.pk}/").status_code == 200
    saved = Client.objects.get(pk=client.pk)
    if saved.version:
        assert saved.name == one_line(typed.get("name", ""))
        assert saved.note == one_line(typed.get("note", ""))
        assert saved.phone == (parse_phone(typed["phone"].strip()) if typed.get("phone", "").strip() else "")
    else:
        assert (saved.name, saved.phone, saved.birth_date) == ("", "", None)
