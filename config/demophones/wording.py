"""Times and states in the words of the pages."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from config.demophones.mailbox import CalendarEntry, CalendarPart
from config.demophones.store import Sms

ZONE = ZoneInfo("Europe/Berlin")
WEEKDAYS = ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So")

# Label, KERN's variant of the badge, its icon.
STATUSES = {
    "accepted": ("angenommen", "info", "autorenew"),
    "queued": ("in der Warteschlange", "info", "autorenew"),
    "sent": ("gesendet", "info", "arrow-forward"),
    "delivered": ("zugestellt", "success", "check"),
}
METHODS = {
    "REQUEST": ("Einladung", "info", "calendar-today"),
    "CANCEL": ("Absage", "warning", "close"),
}


def point_in_time(value: datetime | date | None) -> str:
    """Day and time in Berlin, "Mi 04.03.2026, 10:00 Uhr"; without zone as it is, a whole day without time."""
    if value is None:
        return ""
    if not isinstance(value, datetime):
        return f"{WEEKDAYS[value.weekday()]} {value:%d.%m.%Y}"
    local = value.astimezone(ZONE) if value.tzinfo else value
    return f"{WEEKDAYS[local.weekday()]} {local:%d.%m.%Y, %H:%M} Uhr"


def short_time(value: datetime) -> str:
    """Day and time in Berlin as a phone shows them, "Mi 04.03. 10:00"."""
    local = value.astimezone(ZONE)
    return f"{WEEKDAYS[local.weekday()]} {local:%d.%m. %H:%M}"


def status_badge(sms: Sms) -> tuple[str, str, str]:
    """Label, variant and icon for a message to a phone, or for what became of an answer from it."""
    if not sms.inbound:
        return STATUSES[sms.status]
    if sms.answer_status is None:
        if sms.answer:
            return "nicht angekommen", "danger", "danger"
        return "unterwegs", "info", "autorenew"
    if 200 <= sms.answer_status < 300:
        return "angekommen", "success", "check"
    return "abgelehnt", "danger", "danger"


def explain_answer(sms: Sms) -> str:
    """What to say where an answer didn't arrive; empty where all is well."""
    if not sms.inbound or (sms.answer_status is None and not sms.answer):
        return ""
    if sms.answer_status is None:
        return (
            f"Die Anwendung ist nicht erreichbar ({sms.answer}). Läuft sie? Dann antworten Sie noch einmal."
        )
    if 200 <= sms.answer_status < 300:
        return ""
    return f"Die Anwendung hat das mit HTTP {sms.answer_status} abgelehnt. Ihr Protokoll nennt den Grund."


def method_badge(calendar: CalendarPart) -> tuple[str, str, str]:
    """Label, variant and icon for the calendar part of a mail."""
    label, variant, icon = METHODS.get(calendar.method, ("Kalender", "info", "calendar-today"))
    if calendar.method == "REQUEST" and any(entry.sequence not in ("", "0") for entry in calendar.entries):
        label = "Änderung"
    return f"{label} ({calendar.method})" if calendar.method else label, variant, icon


def calendar_rows(entry: CalendarEntry) -> list[tuple[str, str]]:
    """Name and value of each property that matters to a reader."""
    rows = [
        ("SUMMARY", entry.summary),
        ("DTSTART", point_in_time(entry.starts)),
        ("DTEND", point_in_time(entry.ends)),
        ("LOCATION", entry.location),
        ("STATUS", entry.status),
        ("SEQUENCE", entry.sequence),
        ("UID", entry.uid),
    ]
    return [(name, value or "–") for name, value in rows]
