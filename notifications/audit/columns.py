"""The columns of tracked tables in German: what they are called, and how their values are said.

A test fails for a tracked column that is neither here nor in HIDDEN.
"""

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from notifications.audit.names import Names
from notifications.models import Channel, GivenHow, NoticeState, Purpose, Reason, WithdrawnHow
from notifications.worklist.sources import OF_KIND
from scheduling.languages import Language
from scheduling.models import (
    AppointmentStatus,
    AppointmentType,
    CancelReason,
    ClosedReason,
    DayPart,
    Handover,
    HourStatus,
    Insurance,
    NextStep,
    PlanLine,
    ReleaseScope,
    SuspendReason,
)
from scheduling.models.releases import GivenBy
from sites.models import Role
from sites.phones import local_format

Say = Callable[[Any, Names], str]


@dataclass(frozen=True)
class Column:
    """`label` names the field; `phrase` is what somebody changed (accusative, with its article)."""

    label: str
    phrase: str
    say: Say


def _text(value: Any, names: Names) -> str:
    return str(value)


def _place(value: Any, names: Names) -> str:
    """Stored from 0, counted by people from 1."""
    return str(value + 1)


def _yes_or_no(value: Any, names: Names) -> str:
    return "ja" if value else "nein"


def _phone(value: Any, names: Names) -> str:
    return local_format(value) if value else ""


def _date(value: Any, names: Names) -> str:
    return f"{datetime.date.fromisoformat(value):%d.%m.%Y}"


def _instant(value: Any, names: Names) -> str:
    return said_instant(value, names.zone)


def said_instant(value: str, zone: ZoneInfo) -> str:
    return f"{datetime.datetime.fromisoformat(value).astimezone(zone):%d.%m.%Y, %H:%M} Uhr"


def _person(value: Any, names: Names) -> str:
    return names.person(value)


def _clinic(value: Any, names: Names) -> str:
    return names.clinic(value)


def _facility(value: Any, names: Names) -> str:
    return names.facility(value)


def _room(value: Any, names: Names) -> str:
    return names.room(value)


def _client(value: Any, names: Names) -> str:
    return names.client(value)


def _one_of(choices: Any) -> Say:
    labels = dict(choices.choices)
    return lambda value, names: str(labels.get(value, value))


def _work(value: Any, names: Names) -> str:
    return OF_KIND[value].label if value in OF_KIND else value


def _factor(value: Any, names: Names) -> str:
    return FACTORS.get(value, value)


FACTORS = {"totp": "App mit Codes", "webauthn": "Passkey", "recovery_codes": "Ersatzcodes"}

CLIENT = {
    "code": Column("Kürzel", "das Kürzel", _text),
    "name": Column("Name", "den Namen", _text),
    "birth_date": Column("Geburtsdatum", "das Geburtsdatum", _date),
    "phone": Column("Telefonnummer", "die Telefonnummer", _phone),
    "note": Column("Notiz", "die Notiz", _text),
    "phone_verified_at": Column("Nummer bestätigt am", "die Bestätigung der Nummer", _instant),
    "phone_verified_by_id": Column("Nummer bestätigt von", "die Bestätigung der Nummer", _person),
    "phone_shared": Column("Telefon wird geteilt", "die Angabe, ob das Telefon geteilt wird,", _yes_or_no),
    "phone_suspended_at": Column("Nummer ruht seit", "das Ruhen der Nummer", _instant),
    "phone_suspended_by_id": Column("Nummer ruht durch", "das Ruhen der Nummer", _person),
    "phone_suspended_reason": Column("Nummer ruht, weil", "das Ruhen der Nummer", _one_of(SuspendReason)),
    "language": Column("Sprache", "die Sprache", _one_of(Language)),
    "needs_interpreter": Column("Braucht Sprachmittlung", "die Angabe zur Sprachmittlung", _yes_or_no),
    "wants_companion": Column("Möchte begleitet werden", "die Angabe zur Begleitung", _yes_or_no),
    "insurance": Column("Krankenversicherung", "die Krankenversicherung", _one_of(Insurance)),
    "insurance_quarter": Column("Versicherung nachgewiesen für", "das Quartal der Versicherung", _text),
    "caseload_of_id": Column("Zuständig", "die Zuständigkeit", _person),
    "closed_at": Column("Geschlossen am", "die Akte", _instant),
    "anonymised_at": Column("Anonymisiert am", "die Anonymisierung", _instant),
    "purge_announced_at": Column("Ablauf angekündigt am", "die Ankündigung des Ablaufs", _instant),
}


def _days(value: Any, names: Names) -> str:
    return ", ".join(_date(each, names) for each in value)


def _day_parts(value: Any, names: Names) -> str:
    return ", ".join(DayPart(each).label for each in value)


_TYPE = Column("Terminart", "die Terminart", _one_of(AppointmentType))
_START = Column("Beginn", "den Beginn", _instant)
_END = Column("Ende", "das Ende", _instant)
_ROOM = Column("Raum", "den Raum", _room)
_PSYCHIATRIST = Column("Psychiater:in", "die Psychiater:in", _person)
_ROLE = Column("Rolle", "die Rolle", _one_of(Role))
_LANGUAGE = Column("Sprache des Textes", "die Sprache des Textes", _one_of(Language))
_VERSION = Column("Fassung des Textes", "die Fassung des Textes", _text)
_GIVEN_AT = Column("Erteilt am", "den Tag der Erteilung", _instant)
_RECORDED_BY = Column("Aufgenommen von", "wer sie aufgenommen hat,", _person)
_WITHDRAWN_AT = Column("Widerrufen am", "den Widerruf", _instant)
_WITHDRAWN_BY = Column("Widerruf aufgenommen von", "den Widerruf", _person)
_OWNER = Column("Klient:in", "die Klient:in", _client)
# What appointments and walk-ins share.
_THERE = {
    "status": Column("Stand", "den Stand", _one_of(AppointmentStatus)),
    "arrived_at": Column("Angekommen", "die Ankunft", _instant),
    "started_at": Column("Im Raum seit", "den Beginn des Gesprächs", _instant),
    "ended_at": Column("Zu Ende", "das Ende des Gesprächs", _instant),
    "next_step": Column("Wie es weitergeht", "wie es weitergeht,", _one_of(NextStep)),
    "pia_date": Column("Weiterbehandlung ab", "den Beginn der Weiterbehandlung", _date),
    "handover": Column("Hinweis zur Übergabe", "den Hinweis zur Übergabe", _one_of(Handover)),
    "client_id": _OWNER,
}
_THERE_HIDDEN = frozenset(
    {"slot_id", "arrived_by_id", "started_by_id", "ended_by_id"}
    | {"next_step_at", "next_step_by_id", "follow_up_id"}
)

COLUMNS: Mapping[str, Mapping[str, Column]] = {
    "scheduling_client": CLIENT,
    "scheduling_formercode": {
        "code": Column("Früheres Kürzel", "das frühere Kürzel", _text),
        "client_id": _OWNER,
    },
    "scheduling_release": {
        "clinic_id": Column("Klinik", "die Klinik", _clinic),
        "scope": Column("Was die Klinik erfahren darf", "den Umfang", _one_of(ReleaseScope)),
        "text_version": _VERSION,
        "language": _LANGUAGE,
        "given_at": _GIVEN_AT,
        "given_how": Column("Erteilt", "die Art der Erteilung", _one_of(GivenBy)),
        "recorded_by_id": _RECORDED_BY,
        "ends_date": Column("Gilt bis", "das Ende", _date),
        "withdrawn_at": _WITHDRAWN_AT,
        "withdrawn_by_id": _WITHDRAWN_BY,
        "client_id": _OWNER,
    },
    "notifications_consent": {
        "channel": Column("Weg", "den Weg", _one_of(Channel)),
        "purpose": Column("Zweck", "den Zweck", _one_of(Purpose)),
        "text_version": _VERSION,
        "language": _LANGUAGE,
        "given_at": _GIVEN_AT,
        "given_how": Column("Erteilt", "die Art der Erteilung", _one_of(GivenHow)),
        "recorded_by_id": _RECORDED_BY,
        "withdrawn_at": _WITHDRAWN_AT,
        "withdrawn_how": Column("Widerrufen", "den Widerruf", _one_of(WithdrawnHow)),
        "withdrawn_by_id": _WITHDRAWN_BY,
        "client_id": _OWNER,
    },
    "scheduling_appointment": {
        "starts_at": _START,
        "ends_at": _END,
        "appointment_type": _TYPE,
        **_THERE,
        "cancel_reason": Column("Grund der Absage", "den Grund der Absage", _one_of(CancelReason)),
        "confirmed_at": Column("Per SMS bestätigt", "die Bestätigung", _instant),
    },
    "scheduling_walkin": {"number": Column("Nummer", "die Nummer", _text), **_THERE},
    "notifications_personalnotice": {
        "reason": Column("Nicht per SMS, weil", "den Grund", _one_of(Reason)),
        "state": Column("Stand", "den Stand", _one_of(NoticeState)),
    },
    "scheduling_consultationhour": {
        "starts_at": _START,
        "ends_at": _END,
        "status": Column("Stand", "den Stand", _one_of(HourStatus)),
        "psychiatrist_id": _PSYCHIATRIST,
        "room_id": _ROOM,
        "late_minutes": Column("Minuten später", "die Verspätung", _text),
    },
    "scheduling_waitingentry": {
        "appointment_type": _TYPE,
        "since_at": Column("Wartet seit", "den Beginn des Wartens", _instant),
        "requested_date": Column("Angefragt am", "den Tag der Anfrage", _date),
        "earliest_date": Column("Frühestens am", "den frühesten Tag", _date),
        "latest_date": Column("Spätestens am", "den spätesten Tag", _date),
        "day_parts": Column("Tageszeiten", "die Tageszeiten", _day_parts),
        "discharge_date": Column("Entlassung am", "den Tag der Entlassung", _date),
        "medication_until_date": Column("Medikament reicht bis", "wie lange das Medikament reicht,", _date),
        "closed_at": Column("Wartet nicht mehr seit", "das Ende des Wartens", _instant),
        "closed_reason": Column("Wartet nicht mehr, weil", "das Ende des Wartens", _one_of(ClosedReason)),
        "client_id": _OWNER,
    },
    "notifications_workmark": {
        "kind": Column("Aufgabe", "die Art der Aufgabe", _work),
        "claimed_at": Column("Übernommen am", "die Übernahme", _instant),
        "done_at": Column("Erledigt am", "das Ende", _instant),
        "not_reached_at": Column("Nicht erreicht am", "den letzten Versuch", _instant),
        "not_reached_count": Column("Versuche", "die Zahl der Versuche", _text),
        "back_at": Column("Kommt wieder am", "den Tag der Wiedervorlage", _instant),
        "client_id": _OWNER,
    },
    "scheduling_consultationseries": {
        "psychiatrist_id": _PSYCHIATRIST,
        "room_id": _ROOM,
        "fixed_dates": Column("Feste Tage", "die festen Tage", _days),
    },
    "scheduling_plannedslot": {
        "position": Column("Platz in der Reihenfolge", "die Reihenfolge", _place),
        "appointment_type": Column("Art der Zeile", "die Art der Zeile", _one_of(PlanLine)),
        "minutes": Column("Minuten", "die Dauer", _text),
    },
    "schedule_rule": {
        "frequency": Column("Wiederholung", "die Wiederholung", _text),
        "params": Column("Regel", "die Regel", _text),
    },
    "schedule_event": {
        "start": _START,
        "end": _END,
        "end_recurring_period": Column("Letzter Tag", "das Ende der Reihe", _instant),
    },
    "pia_sites_user": {
        "email": Column("E-Mail-Adresse", "die E-Mail-Adresse", _text),
        "display_name": Column("Name", "den Namen", _text),
        "is_active": Column("Zugang offen", "den Zugang", _yes_or_no),
        "password": Column("Passwort", "das Passwort", _text),
        "phone": Column("Eigene Telefonnummer", "die eigene Telefonnummer", _text),
        "short_notice_email": Column("Kurzfristiges per E-Mail", "den Wunsch nach E-Mails", _yes_or_no),
        "short_notice_sms": Column("Kurzfristiges per SMS", "den Wunsch nach SMS", _yes_or_no),
    },
    "pia_sites_membership": {
        "role": _ROLE,
        "user_id": Column("Person", "die Person", _person),
        "clinic_id": Column("Klinik", "die Klinik", _clinic),
        "facility_id": Column("Einrichtung", "die Einrichtung", _facility),
    },
    "pia_sites_invitation": {
        "email": Column("E-Mail-Adresse", "die E-Mail-Adresse", _text),
        "role": _ROLE,
        "clinic_id": Column("Klinik", "die Klinik", _clinic),
        "facility_id": Column("Einrichtung", "die Einrichtung", _facility),
        "expires_at": Column("Gilt bis", "das Ende", _instant),
        "accepted_by_id": Column("Angenommen von", "die Annahme", _person),
        "withdrawn_by_id": Column("Zurückgezogen von", "die Rücknahme", _person),
    },
    "socialaccount_socialaccount": {"provider": Column("Anbieter", "den Anbieter", _text)},
    "mfa_authenticator": {"type": Column("Art", "die Art", _factor)},
}

# Keys that only tie rows together, and what another line or the line's own time and person say already.
HIDDEN: Mapping[str, frozenset[str]] = {
    "scheduling_client": frozenset({"facility_id", "closed_by_id"}),
    "scheduling_formercode": frozenset({"facility_id", "former_id", "merged_at", "merged_by_id"}),
    "scheduling_release": frozenset(),
    "notifications_consent": frozenset(),
    "scheduling_appointment": frozenset(
        {"booked_at", "booked_by_id", "cancelled_at", "cancelled_by_id"} | _THERE_HIDDEN
    ),
    "scheduling_walkin": frozenset({"hour_id"} | _THERE_HIDDEN),
    "notifications_personalnotice": frozenset({"change_id", "appointment_id"}),
    "scheduling_consultationhour": frozenset(
        {"site_id", "series_id", "occurrence_id", "rule_date", "published_at", "published_by_id"}
        | {"cancelled_at", "cancelled_by_id", "replaces_id", "late_at", "late_by_id"}
    ),
    "scheduling_waitingentry": frozenset({"site_id", "added_by_id", "closed_by_id", "version"}),
    "notifications_workmark": frozenset(
        {"subject", "instance", "claimed_by_id", "done_by_id", "not_reached_by_id"}
    ),
    "scheduling_consultationseries": frozenset({"site_id", "event_id", "imported_for_id", "changed_by_hand"}),
    "scheduling_plannedslot": frozenset({"series_id"}),
    "schedule_rule": frozenset(),
    "schedule_event": frozenset({"calendar_id", "creator_id", "rule_id"}),
    "pia_sites_user": frozenset({"is_system"}),
    "pia_sites_membership": frozenset(),
    "pia_sites_invitation": frozenset({"created_at", "created_by_id", "accepted_at", "withdrawn_at"}),
    "mfa_authenticator": frozenset({"user_id"}),
    "socialaccount_socialaccount": frozenset({"user_id"}),
}
