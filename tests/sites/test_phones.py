"""Phone numbers: typed in many ways, stored in one."""

import pytest
from django.core.exceptions import ValidationError

from sites.phones import PhoneInvalid, local_format, parse_phone, validate_phone

NO_NUMBER = "Diese Telefonnummer ist nicht gültig. Bitte prüfen Sie sie, zum Beispiel 0171 3920012."


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("0171 3920012", "+491713920012"),
        ("0171/3920012", "+491713920012"),
        ("(0171) 392-00-12", "+491713920012"),
        (" +49 171 3920012 ", "+491713920012"),
        ("0049 171 3920012", "+491713920012"),
        ("+49 (0)171 3920012", "+491713920012"),
        ("\u00a00171\u00a03920012", "+491713920012"),
        ("0176 04069010", "+4917604069010"),
        ("030 23125100", "+493023125100"),
    ],
)
def test_a_number_is_stored_in_one_form(typed: str, stored: str) -> None:
    assert parse_phone(typed) == stored


def test_parsing_the_stored_form_changes_nothing() -> None:
    assert parse_phone("+491713920012") == "+491713920012"


@pytest.mark.parametrize(
    "typed",
    [
        *("", " ", "abc", "🙂", "0", "110", "0171", "+", "+49", "+4930"),
        *("0171 3920012 0171 3920013", "0171 39200129999999"),
    ],
)
def test_what_cannot_be_dialled_is_refused(typed: str) -> None:
    with pytest.raises(PhoneInvalid) as refusal:
        parse_phone(typed)
    assert (refusal.value.code, str(refusal.value)) == ("phone_invalid", NO_NUMBER)


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("+491713920012", "0171 3920012"),
        ("+493023125100", "030 23125100"),
        ("+4917604069010", "0176 04069010"),
    ],
)
def test_a_number_is_shown_as_people_dial_it(stored: str, shown: str) -> None:
    assert local_format(stored) == shown


def test_seen_from_another_country_the_code_is_shown() -> None:
    assert local_format("+493023125100", region="AT") == "+49 30 23125100"


def test_a_model_takes_only_the_stored_form() -> None:
    validate_phone("+493023125100")
    for value, text in (("030 23125100", "Bitte in der Form +493023125100 angeben."), ("abc", NO_NUMBER)):
        with pytest.raises(ValidationError) as refusal:
            validate_phone(value)
        assert refusal.value.messages == [text]
