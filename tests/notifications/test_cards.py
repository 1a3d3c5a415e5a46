"""The card in a pocket: when, where, whom to call, in the client's language, and nothing else."""

import re

import pytest
from icalendar import Calendar

from notifications import cards
from notifications.denylist import DenyList
from scheduling import booking
from scheduling.languages import Language
from scheduling.models import Appointment
from tests.builders import NOW, make_client, make_published_hour

pytestmark = pytest.mark.django_db


@pytest.fixture
def appointment() -> Appointment:
    hour = make_published_hour()
    client = make_client(hour.site.facility, name="Alex Muster")
    booked = booking.book(slot=hour.slots.all()[0], client=client, by=client.created_by, now=NOW)
    return Appointment.objects.select_related("client", "slot__site__facility").get(pk=booked.pk)


def card(appointment: Appointment, language: str = "de") -> cards.Card:
    return cards.card_of(appointment, language=language)


def test_it_says_when_where_and_whom_to_call(appointment: Appointment) -> None:
    shown = card(appointment)
    assert (shown.day, shown.clock) == ("Mittwoch, 9. Dezember 2026", "13:00 Uhr")
    facility = appointment.slot.site.facility
    assert (shown.place, shown.phone) == (facility.neutral_name, "030 23125100")
    assert shown.code == appointment.client.code


def test_there_are_words_for_every_language() -> None:
    assert set(cards.WORDS) == set(Language.values)


@pytest.mark.parametrize("language", Language.values)
def test_nothing_on_it_tells_what_it_is_about(appointment: Appointment, language: str) -> None:
    shown = card(appointment, language)
    words = shown.words
    texts = (words.title, words.place, words.call, words.calendar, shown.day, shown.clock, shown.place)
    for text in texts:
        assert text
        DenyList().check(text)
    assert "Alex" not in " ".join(texts)


def test_each_language_names_the_day_in_its_own_words(appointment: Appointment) -> None:
    assert len({card(appointment, language).day for language in Language.values}) == len(Language.values)


def test_an_unknown_language_is_german(appointment: Appointment) -> None:
    assert [card(appointment, each).language for each in ("", "xx")] == ["de", "de"]


def test_arabic_and_persian_are_read_from_the_right(appointment: Appointment) -> None:
    right = [each for each in Language.values if card(appointment, each).direction == "rtl"]
    assert right == ["ar", "fa"]


def test_the_square_holds_a_neutral_calendar_entry(
    appointment: Appointment, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[str] = []
    square_of = cards.square_of

    def listening(text: str) -> cards.Square:
        held.append(text)
        return square_of(text)

    monkeypatch.setattr(cards, "square_of", listening)
    shown = card(appointment)
    [event] = Calendar.from_ical(held[0]).walk("VEVENT")
    assert (str(event["SUMMARY"]), str(event["UID"])) == ("Termin", str(appointment.uid))
    assert event.decoded("DTSTART") == appointment.starts_at
    # Readable from paper: no more modules than a phone resolves on five centimetres.
    assert shown.square.size <= 81
    assert re.fullmatch(r"(M\d+ \d+h1v1h-1z)+", shown.square.path)
