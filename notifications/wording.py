"""The words that clients and staff read. Neutral: whoever else reads them learns of an appointment, no more.

Every text for clients names a number to call back and a way to stop. Times are those of the clock on the
facility's wall.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from notifications.models import MessageKind
from scheduling.selectors import Outlook
from sites.models import Facility
from sites.phones import local_format

# Own tables: whatever locale a server has, the text stays the same and in the SMS alphabet.
SHORT_DAYS = ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So")
DAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")

SMS = {
    MessageKind.CONFIRMATION.value: "Ihr Termin: {when}. Nicht möglich? Bitte Rückruf {phone}.",
    MessageKind.REMINDER.value: "Erinnerung: Termin {when}. Nicht möglich? Bitte Rückruf {phone}.",
    MessageKind.MOVED.value: "Neue Zeit für Ihren Termin: {when}. Nicht möglich? Bitte Rückruf {phone}.",
    MessageKind.CANCELLED.value: "Ihr Termin {when} fällt aus. Fragen? Bitte Rückruf {phone}.",
}
STOP = " Keine SMS mehr: STOP"

SUBJECTS = {
    MessageKind.CONFIRMATION.value: "Termin am {when}",
    MessageKind.MOVED.value: "Neue Zeit: Termin am {when}",
    MessageKind.CANCELLED.value: "Abgesagt: Termin am {when}",
    MessageKind.FREE_SLOTS.value: "Noch frei: {when}",
    MessageKind.HOUR_AHEAD.value: "Findet statt: {when}",
}
HEADLINES = {
    MessageKind.CONFIRMATION.value: "Ein Termin ist gebucht.",
    MessageKind.MOVED.value: "Ein Termin wurde verschoben.",
    MessageKind.CANCELLED.value: "Ein Termin wurde abgesagt.",
    MessageKind.FREE_SLOTS.value: "Bisher ist niemand gebucht.",
    MessageKind.HOUR_AHEAD.value: "Diese Zeit findet statt.",
}
# What calendars show.
SUMMARY = "Termin"


def sms_text(kind: str, *, starts_at: datetime, facility: Facility, can_reply: bool) -> str:
    """The SMS of that kind. Without a sender that can be replied to, it doesn't ask for a reply."""
    text = SMS[kind].format(
        when=short_time(starts_at, facility.zone), phone=local_format(facility.callback_phone)
    )
    return text + STOP if can_reply else text


def subject(kind: str, *, starts_at: datetime, zone: ZoneInfo) -> str:
    return SUBJECTS[kind].format(when=f"{starts_at.astimezone(zone):%d.%m.%Y um %H:%M}")


def outlook(found: Outlook) -> str:
    """ "Gebucht: 2, frei: 4. Dazu ist offene Zeit ohne Termin." """
    booked = str(found.booked) if found.booked else "niemand"
    text = f"Gebucht: {booked}, frei: {found.free}."
    return text + (" Dazu ist offene Zeit ohne Termin." if found.has_open_time else "")


def short_time(instant: datetime, zone: ZoneInfo) -> str:
    """ "Mi 04.03. 10:00" """
    local = instant.astimezone(zone)
    return f"{SHORT_DAYS[local.weekday()]} {local:%d.%m. %H:%M}"


def long_time(instant: datetime, zone: ZoneInfo) -> str:
    """ "Mittwoch, 04.03.2026, 10:00 Uhr" """
    local = instant.astimezone(zone)
    return f"{DAYS[local.weekday()]}, {local:%d.%m.%Y, %H:%M} Uhr"


def vocabulary() -> str:
    """All the words that the texts themselves are made of."""
    texts = (*SMS.values(), STOP, *SUBJECTS.values(), *HEADLINES.values(), SUMMARY, *SHORT_DAYS, *DAYS)
    return " ".join(texts)
