"""Words that would tell what the appointment is about, or with whom, never leave."""

import pytest
from django.core.mail import EmailMultiAlternatives
from pytest_django import DjangoAssertNumQueries

from notifications import wording
from notifications.denylist import DeniedWord, DenyList
from notifications.models import Message
from scheduling.models import Client
from sites.models import Role
from tests.builders import NOW, make_client, make_site, make_user
from tests.notifications.scenes import make_scene, tell
from tests.notifications.stub_twilio import StubTwilio

pytestmark = pytest.mark.django_db


@pytest.fixture
def client_of_network() -> Client:
    """A network like Berlin's, and one of its clients."""
    site = make_site()
    site.name = "PIA Flex Mitte"
    site.save()
    clinic, facility = site.clinic, site.facility
    clinic.name = "St. Hedwig-Kliniken"
    clinic.save()
    facility.provider.name = "vista gGmbH"
    facility.provider.save()
    facility.name, facility.neutral_name = "Laden am Kanal", "Büro Mitte"
    facility.save()
    for name in ("Soziale Arbeit Mitte", "Dr. Anna Beispiel", "Leitung Büro Mitte", "Bitte Termin"):
        person = make_user(Role.SOCIAL_WORKER, facility=facility)
        person.display_name = name
        person.save()
    return make_client(facility, name="Nadja Muster-Probe")


def passes(text: str, client: Client) -> bool:
    try:
        DenyList().check(text, client)
    except DeniedWord:
        return False
    return True


DENIED = [
    "Termin in der Klinik",
    "TAGESKLINIK",
    "Termin bei der PIA",
    "psychiatrische Sprechstunde",
    "Psychiatrie",
    "Suchtberatung",
    "Sucht",
    "Drogenberatung",
    "Termin im Konsumraum",
    "Termin bei vista",
    "Hedwig",
    "Laden am Kanal",
    "laden  AM kanal",
    "PIA Flex Mitte",
    "Dr. Beispiel",
    "Soziale Arbeit Mitte",
    "Hallo Nadja",
    "Frau Probe",
    "Psych\N{SOFT HYPHEN}iatrie",
    "P\N{ZERO WIDTH SPACE}IA",
    # Fullwidth letters look the same.
    "\uff30\uff33\uff39\uff23\uff28\uff29\uff21\uff34\uff32\uff29\uff25",
]
ALLOWED = [
    "Wir haben Sie besucht und gesucht",
    "Olympia",
    "Termin in Mitte",
    "Büro Mitte",
    "Der Laden ist am Kanal",
    "Termin um 10:00",
    "Arbeit",
]


@pytest.mark.parametrize("text", DENIED)
def test_denied(text: str, client_of_network: Client) -> None:
    assert passes(text, client_of_network) is False


@pytest.mark.parametrize("text", ALLOWED)
def test_allowed(text: str, client_of_network: Client) -> None:
    assert passes(text, client_of_network) is True


def test_the_pseudonym_is_denied_and_its_digits_are_not(client_of_network: Client) -> None:
    letters, digits = client_of_network.code.split("-")

    assert passes(f"Termin {client_of_network.code}", client_of_network) is False
    assert passes(f"Termin {letters.lower()} {digits}", client_of_network) is False
    assert passes(f"Rückruf 030 {digits}", client_of_network) is True


@pytest.mark.parametrize("kind", list(wording.SMS))
@pytest.mark.parametrize("name", ["", "Termin", "Mi", "Bitte Stop", "Erinnerung Rückruf"])
def test_our_own_texts_pass_whatever_people_are_called(
    kind: str, name: str, client_of_network: Client
) -> None:
    client_of_network.name = name
    text = wording.sms_text(kind, starts_at=NOW, facility=client_of_network.facility, can_reply=True)

    assert passes(text, client_of_network) is True


def test_asking_costs_a_constant_number_of_queries(
    client_of_network: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(5):
        deny_list = DenyList()
        for _ in range(10):
            deny_list.check("Termin", client_of_network)


def test_an_sms_with_a_denied_word_is_not_sent_and_shows(
    twilio: StubTwilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = make_scene(name="Nadja Muster")
    scene.book()
    texts = {**wording.SMS, "confirmation": "Liebe Nadja, Ihr Termin: {when}. Rückruf {phone}."}
    with monkeypatch.context() as patch:
        patch.setattr(wording, "SMS", texts)
        # The texts' own words are harmless; a name in them is not one of theirs.
        patch.setattr(wording, "vocabulary", lambda: "Termin")
        tell()
    message = Message.objects.get(kind="confirmation", channel="sms")

    assert (message.state, message.reason, message.body) == ("failed", "denied_word", "")
    assert twilio.posted == []


def test_a_place_with_a_telling_name_reaches_no_calendar(mailoutbox: list[EmailMultiAlternatives]) -> None:
    scene = make_scene(consents=False)
    facility = scene.hour.site.facility
    facility.neutral_name = "Suchthilfe Mitte"
    facility.save()
    scene.book()
    tell()

    assert list(Message.objects.values_list("state", "reason")) == [("failed", "denied_word")] * 2
    assert mailoutbox == []
