"""Phone numbers in one form: E.164, as "+493023125100"."""

import phonenumbers
from django.core.exceptions import ValidationError


class PhoneInvalid(ValueError):
    """The text is no phone number that could be dialled."""

    code = "phone_invalid"

    def __str__(self) -> str:
        return "Diese Telefonnummer ist nicht gültig. Bitte prüfen Sie sie, zum Beispiel 0171 3920012."


def parse_phone(text: str, region: str = "DE") -> str:
    """`text` in E.164. Numbers without country code belong to `region` (ISO 3166-1). Raises PhoneInvalid."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as error:
        raise PhoneInvalid(text) from error
    # «Possible» would be any number of digits that some number in the country has, such as 0171 or 110.
    if not phonenumbers.is_valid_number(number):
        raise PhoneInvalid(text)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def local_format(number: str, region: str = "DE") -> str:
    """`number` (E.164) as people in `region` dial it: digits grouped, without the own country code."""
    parsed = phonenumbers.parse(number, region)
    same_country = phonenumbers.region_code_for_country_code(parsed.country_code or 0) == region
    style = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(parsed, style.NATIONAL if same_country else style.INTERNATIONAL)


def validate_phone(value: str) -> None:
    """Model validator: `value` must already be E.164."""
    try:
        canonical = parse_phone(value)
    except PhoneInvalid as error:
        raise ValidationError(str(error), code=error.code) from error
    if canonical != value:
        raise ValidationError("Bitte in der Form +493023125100 angeben.", code="phone_not_e164")


def takes_sms(number: str) -> bool:
    """Whether an SMS to `number` (E.164) can be read: false for a landline, true where nobody can tell."""
    kind = phonenumbers.number_type(phonenumbers.parse(number, None))
    types = phonenumbers.PhoneNumberType
    return kind not in (
        types.FIXED_LINE,
        types.TOLL_FREE,
        types.PREMIUM_RATE,
        types.SHARED_COST,
        types.UAN,
        types.VOICEMAIL,
    )
