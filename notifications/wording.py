"""The words that clients and staff read. Neutral: whoever else reads them learns of an appointment, no more.

Every text for clients names a number to call back and a way to stop. Times are those of the clock on the
facility's wall.
"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from notifications.models import MessageKind
from scheduling.models import ChangeKind, OfferState
from scheduling.selectors import Outlook
from sites.models import Facility
from sites.phones import local_format

# Own tables: whatever locale a server has, the text stays the same and in the SMS alphabet.
SHORT_DAYS = ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So")
DAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")

MONTHS = (
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
)

SMS = {
    MessageKind.CONFIRMATION.value: "Ihr Termin: {when}. Nicht möglich? Bitte Rückruf {phone}.",
    MessageKind.REMINDER.value: "Erinnerung: Termin {when}. Nicht möglich? Bitte Rückruf {phone}.",
    MessageKind.MOVED.value: "Neue Zeit für Ihren Termin: {when}. Nicht möglich? Bitte Rückruf {phone}.",
    MessageKind.CANCELLED.value: "Ihr Termin {when} fällt aus. Fragen? Bitte Rückruf {phone}.",
}
# To staff who asked for it; what exactly happened is behind the sign-in.
STAFF_SMS = "Kurzfristige Änderung: Termine {when}. Bitte sehen Sie nach, wer noch Bescheid braucht."
STAFF_OFFER_SMS = "Freier Termin {when}, vorgemerkt bis {until}. Bitte sehen Sie nach, für wen."
# To somebody who waits and can answer.
OFFER_SMS = {
    MessageKind.OFFER.value: (
        "Termin frei: {when}. Möchten Sie ihn? Antwort JA oder NEIN bis {until}. Fragen? Rückruf {phone}."
    ),
    MessageKind.OFFER_OVER.value: (
        "Der freie Termin {when} ist leider nicht mehr zu haben. Sie warten weiter. Fragen? Rückruf {phone}."
    ),
}
STOP = " Keine SMS mehr: STOP"

SUBJECTS = {
    MessageKind.CONFIRMATION.value: "Termin am {when}",
    MessageKind.MOVED.value: "Neue Zeit: Termin am {when}",
    MessageKind.SUBSTITUTED.value: "Vertretung: Termin am {when}",
    MessageKind.CANCELLED.value: "Abgesagt: Termin am {when}",
    MessageKind.DRAFTS_WAIT.value: "Entwürfe warten",
    MessageKind.UNPUBLISHED.value: "Noch nicht veröffentlicht",
    MessageKind.FREE_SLOTS.value: "Noch frei: {when}",
    MessageKind.HOUR_AHEAD.value: "Findet statt: {when}",
    MessageKind.OFFER.value: "Freier Termin: {when}",
    MessageKind.OFFER_OVER.value: "Freier Termin: {when}",
}
HEADLINES = {
    MessageKind.CONFIRMATION.value: "Ein Termin ist gebucht.",
    MessageKind.MOVED.value: "Ein Termin wurde verschoben.",
    MessageKind.SUBSTITUTED.value: "Ein Termin findet in Vertretung statt, zur selben Zeit am selben Ort.",
    MessageKind.CANCELLED.value: "Ein Termin wurde abgesagt.",
    MessageKind.DRAFTS_WAIT.value: "Entwürfe warten darauf, dass Sie sie prüfen und veröffentlichen.",
    MessageKind.UNPUBLISHED.value: "Der nächste Monat ist noch nicht ganz veröffentlicht.",
    MessageKind.FREE_SLOTS.value: "Bisher ist niemand gebucht.",
    MessageKind.HOUR_AHEAD.value: "Diese Zeit findet statt.",
    MessageKind.OFFER.value: "Ein Zeitfenster ist frei und für jemanden vorgemerkt, der darauf wartet.",
}
# How an offer ended, by its state.
OFFER_ENDS = {
    OfferState.ACCEPTED.value: "Das vorgemerkte Zeitfenster ist angenommen, der Termin ist gebucht.",
    OfferState.DECLINED.value: "Das vorgemerkte Zeitfenster ist abgelehnt und geht weiter.",
    OfferState.EXPIRED.value: "Auf das vorgemerkte Zeitfenster kam keine Antwort, es geht weiter.",
    OfferState.GONE.value: "Das vorgemerkte Zeitfenster gibt es nicht mehr.",
}
# To who leaves an appointment that stays as it is.
LEFT_SUBJECT = "Nicht mehr in Ihrem Kalender: Termin am {when}"
LEFT_HEADLINE = "Diesen Termin übernimmt jemand anders, oder Sie begleiten ihn nicht mehr. Er findet statt."
JOINED_HEADLINE = "Diesen Termin haben Sie übernommen, oder Sie begleiten ihn."
# Of a whole hour.
HOUR_SUBJECTS = {
    MessageKind.CONFIRMATION.value: "Termine am {when}",
    MessageKind.MOVED.value: "Geändert: Termine am {when}",
    MessageKind.CANCELLED.value: "Abgesagt: Termine am {when}",
    MessageKind.SHORT_NOTICE.value: "Kurzfristig geändert: Termine am {when}",
}
HOUR_HEADLINES = {
    MessageKind.CONFIRMATION.value: "Ab jetzt sind das Ihre Termine.",
    MessageKind.MOVED.value: "Zeit oder Raum Ihrer Termine ist anders.",
    MessageKind.CANCELLED.value: "Diese Termine sind abgesagt, oder jemand übernimmt sie.",
}
SHORT_NOTICE_HEADLINES = {
    ChangeKind.HOUR_CANCELLED.value: "Diese Termine finden nicht statt.",
    ChangeKind.HOUR_MOVED.value: "Zeit oder Raum dieser Termine ist anders.",
    ChangeKind.HOUR_RESIZED.value: "Beginn oder Ende dieser Termine ist anders.",
    ChangeKind.HOUR_SUBSTITUTED.value: "Diese Termine finden in Vertretung statt.",
    ChangeKind.HOUR_ADAPTED.value: "Zeit, Raum oder Person dieser Termine ist anders.",
}
# What calendars show.
SUMMARY = "Termin"
HOUR_SUMMARY = "Termine"


def sms_text(kind: str, *, starts_at: datetime, facility: Facility, can_reply: bool) -> str:
    """The SMS of that kind. Without a sender that can be replied to, it doesn't ask for a reply."""
    text = SMS[kind].format(
        when=short_time(starts_at, facility.zone), phone=local_format(facility.callback_phone)
    )
    return text + STOP if can_reply else text


def staff_sms(*, starts_at: datetime, zone: ZoneInfo) -> str:
    return STAFF_SMS.format(when=short_time(starts_at, zone))


def offer_sms(kind: str, *, starts_at: datetime, until_at: datetime, facility: Facility) -> str:
    """Asks, or says that it is over; only where an answer can come."""
    text = OFFER_SMS[kind].format(
        when=short_time(starts_at, facility.zone),
        until=_until(starts_at, until_at, facility.zone),
        phone=local_format(facility.callback_phone),
    )
    return text + STOP


def staff_offer_sms(*, starts_at: datetime, until_at: datetime, facility: Facility) -> str:
    until = _until(starts_at, until_at, facility.zone)
    return STAFF_OFFER_SMS.format(when=short_time(starts_at, facility.zone), until=until)


def _until(starts_at: datetime, until_at: datetime, zone: ZoneInfo) -> str:
    """With its day, unless the appointment is on that very day."""
    local = until_at.astimezone(zone)
    if local.date() == starts_at.astimezone(zone).date():
        return f"{local:%H:%M}"
    return short_time(until_at, zone)


def subject(kind: str, *, starts_at: datetime, zone: ZoneInfo, whole_hour: bool = False) -> str:
    return _with_time((HOUR_SUBJECTS if whole_hour else SUBJECTS)[kind], starts_at, zone)


def left_subject(*, starts_at: datetime, zone: ZoneInfo) -> str:
    return _with_time(LEFT_SUBJECT, starts_at, zone)


def _with_time(text: str, starts_at: datetime, zone: ZoneInfo) -> str:
    return text.format(when=f"{starts_at.astimezone(zone):%d.%m.%Y um %H:%M}")


def outlook(found: Outlook) -> str:
    """ "Gebucht: 2, frei: 4. Dazu ist offene Zeit ohne Termin." """
    booked = str(found.booked) if found.booked else "niemand"
    text = f"Gebucht: {booked}, frei: {found.free}."
    return text + (" Dazu ist offene Zeit ohne Termin." if found.has_open_time else "")


def to_publish(drafts: int, unproposed: int) -> str:
    """ "2 Entwürfe, 1 Tag noch nicht vorgeschlagen" """
    parts = []
    if drafts:
        parts.append("1 Entwurf" if drafts == 1 else f"{drafts} Entwürfe")
    if unproposed:
        days = "1 Tag" if unproposed == 1 else f"{unproposed} Tage"
        parts.append(f"{days} noch nicht vorgeschlagen")
    return ", ".join(parts)


def short_time(instant: datetime, zone: ZoneInfo) -> str:
    """ "Mi 04.03. 10:00" """
    local = instant.astimezone(zone)
    return f"{SHORT_DAYS[local.weekday()]} {local:%d.%m. %H:%M}"


def long_time(instant: datetime, zone: ZoneInfo) -> str:
    """ "Mittwoch, 04.03.2026, 10:00 Uhr" """
    local = instant.astimezone(zone)
    return f"{DAYS[local.weekday()]}, {local:%d.%m.%Y, %H:%M} Uhr"


def month_name(day: date) -> str:
    """ "Dezember 2026" """
    return f"{MONTHS[day.month - 1]} {day.year}"


def vocabulary() -> str:
    """All the words that the texts themselves are made of."""
    headlines = (HEADLINES, HOUR_HEADLINES, SHORT_NOTICE_HEADLINES, OFFER_SMS, OFFER_ENDS)
    more = (text for table in (SUBJECTS, HOUR_SUBJECTS, *headlines) for text in table.values())
    texts = (
        LEFT_SUBJECT,
        LEFT_HEADLINE,
        JOINED_HEADLINE,
        *SMS.values(),
        STAFF_SMS,
        STAFF_OFFER_SMS,
        STOP,
        SUMMARY,
        HOUR_SUMMARY,
        *SHORT_DAYS,
        *DAYS,
        *MONTHS,
    )
    return " ".join((*texts, *more))
