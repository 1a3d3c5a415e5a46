"""The card that a client takes along: when and where, whom to call, and the same for the phone's calendar.

It lies in a pocket or on a table: nothing on it tells what the appointment is about, where it really is held
or whom it is with. The calendar entry is in the square itself, so that scanning it tells no server anything.
"""

import dataclasses
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import qrcode
from django.utils import translation
from django.utils.formats import date_format

from notifications import calendars
from scheduling.languages import RIGHT_TO_LEFT, Language
from scheduling.models import Appointment
from sites.phones import local_format

# How many modules stay empty around the square (ISO/IEC 18004, 6.3.8).
QUIET = 4


@dataclasses.dataclass(frozen=True)
class Words:
    """What stands on a card, in one language; plain words."""

    title: str
    place: str
    call: str
    calendar: str
    clock: str = "{}"


WORDS: dict[str, Words] = {
    "de": Words("Ihr Termin", "Ort", "Sie können nicht? Bitte anrufen:", "Für Ihren Kalender", "{} Uhr"),
    "en": Words("Your appointment", "Place", "Can't come? Please call:", "For your calendar"),
    "tr": Words("Randevunuz", "Yer", "Gelemiyor musunuz? Lütfen arayın:", "Takviminiz için"),
    "ar": Words("موعدك", "المكان", "لا يمكنك الحضور؟ يرجى الاتصال:", "لتقويمك"),
    "ru": Words("Ваша встреча", "Место", "Не можете прийти? Позвоните:", "Для вашего календаря"),
    "uk": Words("Ваша зустріч", "Місце", "Не можете прийти? Зателефонуйте:", "Для вашого календаря"),
    "pl": Words("Państwa termin", "Miejsce", "Nie mogą Państwo przyjść? Proszę zadzwonić:", "Do kalendarza"),
    "bg": Words("Вашият час", "Място", "Не можете да дойдете? Моля, обадете се:", "За вашия календар"),
    "ro": Words("Programarea dvs.", "Locul", "Nu puteți veni? Vă rugăm să sunați:", "Pentru calendarul dvs."),
    "fr": Words("Votre rendez-vous", "Lieu", "Un empêchement ? Appelez :", "Pour votre agenda"),
    "es": Words("Su cita", "Lugar", "¿No puede venir? Llame, por favor:", "Para su calendario"),
    "fa": Words("قرار شما", "مکان", "نمی‌توانید بیایید؟ لطفاً تماس بگیرید:", "برای تقویم شما"),
}


@dataclasses.dataclass(frozen=True)
class Square:
    """A QR code to be drawn: `size` modules a side, quiet zone included, and the path of the dark ones."""

    size: int
    path: str


@dataclasses.dataclass(frozen=True)
class Card:
    """A card in `language`; all texts as they are read."""

    language: str
    words: Words
    day: str
    clock: str
    place: str
    phone: str
    code: str
    square: Square

    @property
    def direction(self) -> str:
        return "rtl" if self.language in RIGHT_TO_LEFT else "ltr"


def card_of(appointment: Appointment, *, language: str) -> Card:
    """The card of `appointment` (`slot__site__facility` at hand) in `language`, or in German."""
    language = language if language in Language else Language.DE.value
    facility = appointment.slot.site.facility
    words = WORDS[language]
    return Card(
        language=language,
        words=words,
        day=_day(appointment.starts_at, facility.zone, language),
        clock=words.clock.format(f"{appointment.starts_at.astimezone(facility.zone):%H:%M}"),
        place=facility.neutral_name,
        phone=local_format(facility.callback_phone),
        code=appointment.client.code,
        square=square_of(_entry(appointment).decode()),
    )


@lru_cache(maxsize=64)  # printed once more, in another language or on other paper, it is the same
def square_of(text: str) -> Square:
    """`text` as a QR code that is read even where a tenth of it is soiled or creased (level M)."""
    # Any of the eight masks is as valid; trying them all for the prettiest takes most of the page's time.
    code = qrcode.QRCode(border=QUIET, error_correction=qrcode.constants.ERROR_CORRECT_M, mask_pattern=0)
    code.add_data(text)
    rows = code.get_matrix()
    dark = (f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark)
    return Square(len(rows), "".join(dark))


def _entry(appointment: Appointment) -> bytes:
    event = calendars.entry(
        uid=str(appointment.uid),
        sequence=appointment.sequence,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        # SEQUENCE tells revisions apart; so the same card has the same square, whenever it is printed.
        stamp=appointment.booked_at,
        place=appointment.slot.site.facility.neutral_name,
    )
    return calendars.single(event)


def _day(instant: datetime, zone: ZoneInfo, language: str) -> str:
    # "E": the month as it is said with a day («9 grudnia»), where a language has two forms.
    with translation.override(language):
        return date_format(instant.astimezone(zone).date(), "l, j. F Y" if language == "de" else "l, j E Y")
