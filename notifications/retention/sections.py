"""Every place that speaks of a client: what it says to the client, and how it forgets.

`held` is read within the rows that whoever acts may see. `erase` runs in one transaction for all sections, in
this order, with the client's row locked; run twice it changes nothing more.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import Exists, Model, OuterRef, Q

from notifications.audit.names import Names
from notifications.audit.reading import keys_of
from notifications.audit.sentences import Detail, details, sentence, who
from notifications.consent_texts import consent_text, release_text
from notifications.models import (
    Consent,
    Message,
    MessageState,
    NoticeState,
    PersonalNotice,
    Reason,
    Reply,
    WorkMark,
)
from notifications.models.messages import HANDED_OVER
from notifications.retention.traces import Traces
from notifications.worklist.sources import OF_KIND
from scheduling.clients import NoCodeFree
from scheduling.languages import Language
from scheduling.models import (
    Appointment,
    Change,
    Client,
    Companion,
    FormerCode,
    Offer,
    PassedOver,
    Release,
    WaitingEntry,
    WalkIn,
)
from scheduling.models.clients import EMPTY_FILE
from scheduling.pseudonyms import code_of_nobody
from sites import history
from sites.models import ClientLook, HistoryEntry
from sites.phones import local_format


@dataclass(frozen=True)
class Field:
    """One thing that is known: `key` and `value` for programs, `label` and `shown` for people."""

    key: str
    label: str
    value: Any
    shown: str


Entry = list[Field]


@dataclass(frozen=True)
class Section:
    """`models` are the tables that it answers for; `in_lines`: people read each entry as one line."""

    key: str
    title: str
    models: tuple[type[Model], ...]
    held: Callable[[Client], list[Entry]]
    erase: Callable[[Client, Traces], None]
    in_lines: bool = False


def _text(key: str, label: str, value: Any, shown: str | None = None) -> Field:
    return Field(key, label, value, ("" if value is None else str(value)) if shown is None else shown)


def _yes(key: str, label: str, value: bool) -> Field:
    return Field(key, label, value, "ja" if value else "nein")


def _day(value: date | None) -> tuple[str | None, str]:
    return (value.isoformat(), f"{value:%d.%m.%Y}") if value else (None, "")


def _at(key: str, label: str, value: datetime | None, zone: ZoneInfo) -> Field:
    shown = f"{value.astimezone(zone):%d.%m.%Y, %H:%M} Uhr" if value else ""
    return Field(key, label, value.isoformat() if value else None, shown)


# -- the file -----------------------------------------------------------------------------------------


def _file(client: Client) -> list[Entry]:
    zone = client.facility.zone
    born: Any = client.birth_date
    return [
        [
            _text("code", "Kürzel", client.code),
            _text("facility", "Einrichtung", client.facility.name),
            _text("name", "Name", client.name),
            _text(
                "birth_date", "Geburtsdatum", born and born.isoformat(), f"{born:%d.%m.%Y}" if born else ""
            ),
            _text("phone", "Telefon", client.phone, local_format(client.phone) if client.phone else ""),
            _at("phone_verified_at", "Nummer bestätigt", client.phone_verified_at, zone),
            _yes("phone_shared", "Telefon wird geteilt", client.phone_shared),
            _at("phone_suspended_at", "Nummer ruht seit", client.phone_suspended_at, zone),
            _text(
                "phone_suspended_reason",
                "Nummer ruht, weil",
                client.phone_suspended_reason,
                client.get_phone_suspended_reason_display(),
            ),
            _text("language", "Sprache", client.language, client.get_language_display()),
            _yes("needs_interpreter", "Braucht Sprachmittlung", client.needs_interpreter),
            _yes("wants_companion", "Wünscht Begleitung", client.wants_companion),
            _text("insurance", "Versicherung", client.insurance, client.get_insurance_display()),
            _text("insurance_quarter", "Nachgewiesen für", client.insurance_quarter),
            _text("note", "Notiz", client.note),
            _text("caseload_of", "Zuständig", str(client.caseload_of or "")),
            _at("created_at", "Angelegt am", client.created_at, zone),
            _text("created_by", "Angelegt von", str(client.created_by)),
            _at("changed_at", "Zuletzt geändert am", client.changed_at, zone),
            _text("changed_by", "Zuletzt geändert von", str(client.changed_by or "")),
        ]
    ]


def _empty_file(client: Client, traces: Traces) -> None:
    for name, value in EMPTY_FILE.items():
        setattr(client, name, value)
    client.changed_at, client.changed_by = None, None
    client.version += 1
    for _ in range(20):
        client.code = code_of_nobody()
        try:
            with transaction.atomic():
                client.save()
        except IntegrityError:
            continue  # the facility has another nobody of this code
        return
    raise NoCodeFree


def _former_codes(client: Client) -> list[Entry]:
    return [
        [
            _text("code", "Kürzel", each.code),
            _at("merged_at", "Zusammengeführt am", each.merged_at, client.facility.zone),
        ]
        for each in client.former_codes.all()
    ]


def _erase_former_codes(client: Client, traces: Traces) -> None:
    FormerCode.objects.filter(client=client).delete()


# -- what was agreed to -------------------------------------------------------------------------------


def _consents(client: Client) -> list[Entry]:
    zone = client.facility.zone
    return [
        [
            _text("channel", "Weg", each.channel, each.get_channel_display()),
            _text("purpose", "Zweck", each.purpose, each.get_purpose_display()),
            _at("given_at", "Erteilt am", each.given_at, zone),
            _text("given_how", "Erteilt", each.given_how, each.get_given_how_display()),
            _text("recorded_by", "Festgehalten von", str(each.recorded_by)),
            _at("withdrawn_at", "Widerrufen am", each.withdrawn_at, zone),
            _text("withdrawn_how", "Widerrufen", each.withdrawn_how, each.get_withdrawn_how_display()),
            _text("text_version", "Fassung des Textes", each.text_version),
            _text("language", "Sprache des Textes", each.language, Language(each.language).label),
            _text("text", "Text", str(consent_text(each.language, each.text_version))),
        ]
        for each in client.consents.select_related("recorded_by")
    ]


def _erase_consents(client: Client, traces: Traces) -> None:
    Consent.objects.filter(client=client).delete()


def _releases(client: Client) -> list[Entry]:
    zone = client.facility.zone
    return [
        [
            _text("clinic", "Gegenüber", each.clinic.name),
            _text("scope", "Umfang", each.scope, each.get_scope_display()),
            _at("given_at", "Erteilt am", each.given_at, zone),
            _text("given_how", "Erteilt", each.given_how, each.get_given_how_display()),
            _text("recorded_by", "Festgehalten von", str(each.recorded_by)),
            _text("ends_date", "Gilt bis", each.ends_date.isoformat(), f"{each.ends_date:%d.%m.%Y}"),
            _at("withdrawn_at", "Widerrufen am", each.withdrawn_at, zone),
            _text("text_version", "Fassung des Textes", each.text_version),
            _text("language", "Sprache des Textes", each.language, each.get_language_display()),
            _text("text", "Text", _text_of_release(client, each)),
        ]
        for each in client.releases.select_related("clinic", "recorded_by")
    ]


def _text_of_release(client: Client, release: Release) -> str:
    return str(
        release_text(
            facility=client.facility.name,
            clinic=release.clinic.name,
            scope=release.scope,
            ends=f"{release.ends_date:%d.%m.%Y}",
            language=release.language,
            version=release.text_version,
        )
    )


def _erase_releases(client: Client, traces: Traces) -> None:
    Release.objects.filter(client=client).delete()


# -- appointments, which stay without a person --------------------------------------------------------


def _appointments(client: Client) -> list[Entry]:
    found = Appointment.objects.filter(client=client).select_related(
        "slot__site__facility", "slot__site__clinic", "slot__hour__psychiatrist", "booked_by", "cancelled_by"
    )
    return [_appointment(each) for each in found.order_by("starts_at", "pk")]


def _appointment(each: Appointment) -> Entry:
    zone = each.slot.site.zone
    return [
        _at("starts_at", "Beginn", each.starts_at, zone),
        _at("ends_at", "Ende", each.ends_at, zone),
        _text("type", "Terminart", each.appointment_type, each.get_appointment_type_display()),
        _text("status", "Stand", each.status, each.get_status_display()),
        _text("facility", "Einrichtung", each.slot.site.facility.name),
        _text("clinic", "Klinik", each.slot.site.clinic.name),
        _text("psychiatrist", "Psychiater:in", str(each.slot.hour.psychiatrist)),
        _at("booked_at", "Gebucht am", each.booked_at, zone),
        _text("booked_by", "Gebucht von", str(each.booked_by)),
        _at("cancelled_at", "Abgesagt am", each.cancelled_at, zone),
        _text("cancelled_by", "Abgesagt von", str(each.cancelled_by or "")),
        _text("cancel_reason", "Absagegrund", each.cancel_reason, each.get_cancel_reason_display()),
        _at("confirmed_at", "Per SMS bestätigt", each.confirmed_at, zone),
        _at("arrived_at", "Angekommen", each.arrived_at, zone),
        _at("started_at", "Im Raum seit", each.started_at, zone),
        _at("ended_at", "Zu Ende", each.ended_at, zone),
        *_what_follows(each),
    ]


def _what_follows(each: Appointment | WalkIn) -> Entry:
    return [
        _text("next_step", "Wie es weitergeht", each.next_step, each.get_next_step_display()),
        _text("pia_date", "Weiterbehandlung ab", *_day(each.pia_date)),
        _text("handover", "Hinweis zur Übergabe", each.handover, each.get_handover_display()),
    ]


def _keep_appointments(client: Client, traces: Traces) -> None:
    """They hold times and keys only; whose they are says the client's row."""


def _companions(client: Client) -> list[Entry]:
    zone = client.facility.zone
    found = Companion.objects.filter(appointment__client=client).select_related(
        "appointment", "user", "added_by"
    )
    return [
        [
            _at("starts_at", "Zum Termin", each.appointment.starts_at, zone),
            _text("user", "Begleitung", str(each.user)),
            _at("added_at", "Eingetragen am", each.added_at, zone),
            _text("added_by", "Eingetragen von", str(each.added_by)),
        ]
        for each in found
    ]


def _erase_companions(client: Client, traces: Traces) -> None:
    Companion.objects.filter(appointment__client=client).delete()


def _walk_ins(client: Client) -> list[Entry]:
    zone = client.facility.zone
    found = WalkIn.objects.filter(client=client).select_related("hour__site__facility", "hour__psychiatrist")
    return [
        [
            _text("facility", "Einrichtung", each.hour.site.facility.name),
            _text("psychiatrist", "Psychiater:in", str(each.hour.psychiatrist)),
            _text("number", "Nummer", each.number),
            _at("arrived_at", "Angekommen", each.arrived_at, zone),
            _at("started_at", "Im Raum seit", each.started_at, zone),
            _at("ended_at", "Zu Ende", each.ended_at, zone),
            _text("status", "Stand", each.status, each.get_status_display()),
            *_what_follows(each),
        ]
        for each in found.order_by("arrived_at", "pk")
    ]


def _keep_walk_ins(client: Client, traces: Traces) -> None:
    """As with appointments."""


def _waiting(client: Client) -> list[Entry]:
    zone = client.facility.zone
    found = WaitingEntry.objects.filter(client=client).select_related("site__facility", "added_by")
    return [
        [
            _text("facility", "Einrichtung", each.site.facility.name),
            _text("type", "Terminart", each.appointment_type, each.get_appointment_type_display()),
            _at("since_at", "Seit", each.since_at, zone),
            _text("added_by", "Eingetragen von", str(each.added_by)),
            _text("requested_date", "Angefragt am", *_day(each.requested_date)),
            _text("earliest_date", "Frühestens am", *_day(each.earliest_date)),
            _text("latest_date", "Spätestens am", *_day(each.latest_date)),
            _text("day_parts", "Tageszeiten", each.day_parts, each.day_parts_in_words),
            _text("discharge_date", "Entlassung am", *_day(each.discharge_date)),
            _text("medication_until_date", "Medikament reicht bis", *_day(each.medication_until_date)),
            _at("closed_at", "Bis", each.closed_at, zone),
            _text("closed_reason", "Weil", each.closed_reason, each.get_closed_reason_display()),
        ]
        for each in found.order_by("since_at", "pk")
    ]


def _erase_waiting(client: Client, traces: Traces) -> None:
    """When somebody waited stays, what made it urgent goes."""
    WaitingEntry.objects.filter(client=client).update(
        requested_date=None,
        earliest_date=None,
        latest_date=None,
        day_parts=[],
        discharge_date=None,
        medication_until_date=None,
    )


def _offers(client: Client) -> list[Entry]:
    zone = client.facility.zone
    offers = Offer.objects.filter(entry__client=client).select_related("site__facility")
    passes = PassedOver.objects.filter(entry__client=client).select_related("offer__site__facility")
    return [
        *(
            [
                _text("facility", "Einrichtung", each.site.facility.name),
                _at("starts_at", "Angebotene Zeit", each.starts_at, zone),
                _at("offered_at", "Angeboten am", each.offered_at, zone),
                _at("until_at", "Galt bis", each.until_at, zone),
                _text("state", "Stand", each.state, each.get_state_display()),
                _at("closed_at", "Beendet am", each.closed_at, zone),
            ]
            for each in offers.order_by("pk")
        ),
        *(
            [
                _text("facility", "Einrichtung", each.offer.site.facility.name),
                _at("starts_at", "Jemand anderem angebotene Zeit", each.offer.starts_at, zone),
                _text("reason", "Weil", each.reason, each.get_reason_display()),
            ]
            for each in passes.order_by("pk")
        ),
    ]


def _keep_offers(client: Client, traces: Traces) -> None:
    """As with appointments."""


def _changes(client: Client) -> list[Entry]:
    zone = client.facility.zone
    found = Change.objects.filter(appointment__client=client).select_related("by").order_by("pk")
    return [
        [
            _at("at", "Am", each.at, zone),
            _text("kind", "Was", each.kind, each.get_kind_display()),
            _text("by", "Von", str(each.by)),
            _text("appointment", "Termin", each.appointment_id, f"Nr. {each.appointment_id}"),
        ]
        for each in found
    ]


def _erase_in_changes(client: Client, traces: Traces) -> None:
    """Keys of another record of the same person, and whatever else leads to the client."""
    for change in Change.objects.filter(appointment__client=client).order_by("pk").iterator(chunk_size=200):
        kept = {
            key: value
            for key, value in change.data.items()
            if "client" not in key and not traces.lead_from_value({key: value})
        }
        if kept != change.data:
            Change.objects.filter(pk=change.pk).update(data=kept)


# -- what was told and answered -----------------------------------------------------------------------


def _messages(client: Client) -> list[Entry]:
    zone = client.facility.zone
    return [
        [
            _text("channel", "Weg", each.channel, each.get_channel_display()),
            _text("kind", "Art", each.kind, each.get_kind_display()),
            _text("address", "An", each.address),
            _at("due_at", "Fällig", each.due_at, zone),
            _text("state", "Stand", each.state, each.get_state_display()),
            _text("reason", "Grund", each.reason, each.get_reason_display()),
            _at("sent_at", "Gesendet", each.sent_at, zone),
            _at("appointment_starts_at", "Zum Termin", each.appointment_starts_at, zone),
            _text("text", "Text", each.body),
        ]
        for each in Message.objects.filter(recipient_client=client).order_by("due_at", "pk")
    ]


def _erase_messages(client: Client, traces: Traces) -> None:
    """Texts and addresses go, that something was told stays. What has not left by now never will.

    Whoever is sending at this moment finds the state changed: nothing leaves any more, or its result is no
    longer written (`outbox.hand_over`). Mails to staff that still wait tell of a cancellation, and go out.
    """
    own = Message.objects.filter(recipient_client=client)
    own.filter(state=MessageState.PLANNED).update(state=MessageState.DROPPED, reason=Reason.ERASED)
    own.filter(state__in=HANDED_OVER).update(state=MessageState.FAILED, reason=Reason.ERASED)
    own.update(address="", body="", provider_sid="", error_code="")
    waiting = [MessageState.PLANNED.value, *HANDED_OVER]
    of_staff = Message.objects.filter(appointment__client=client, recipient_user__isnull=False)
    of_staff.exclude(state__in=waiting).update(address="", body="")


def _notices(client: Client) -> list[Entry]:
    zone = client.facility.zone
    found = PersonalNotice.objects.filter(appointment__client=client).select_related("appointment")
    return [
        [
            _at("starts_at", "Zum Termin", each.appointment.starts_at, zone),
            _text("reason", "Grund", each.reason, each.why),
            _text("state", "Stand", each.state, each.get_state_display()),
        ]
        for each in found.order_by("pk")
    ]


def _end_notices(client: Client, traces: Traces) -> None:
    """Nobody can be reached any more."""
    PersonalNotice.objects.filter(appointment__client=client, state=NoticeState.OPEN).update(
        state=NoticeState.SUPERSEDED
    )


def _work(client: Client) -> list[Entry]:
    zone = client.facility.zone
    found = WorkMark.objects.filter(client=client).select_related("claimed_by", "done_by", "not_reached_by")
    return [
        [
            _text("kind", "Aufgabe", each.kind, OF_KIND[each.kind].label if each.kind in OF_KIND else ""),
            _at("claimed_at", "Übernommen", each.claimed_at, zone),
            _text("claimed_by", "Von", str(each.claimed_by or "")),
            _at("done_at", "Erledigt", each.done_at, zone),
            _text("done_by", "Erledigt von", str(each.done_by or "")),
            _at("not_reached_at", "Zuletzt nicht erreicht", each.not_reached_at, zone),
            _text("not_reached_by", "Versucht von", str(each.not_reached_by or "")),
            _text("not_reached_count", "Vergebliche Versuche", each.not_reached_count),
        ]
        for each in found.order_by("pk")
    ]


def _erase_work(client: Client, traces: Traces) -> None:
    WorkMark.objects.filter(client=client).delete()


def _replies(client: Client) -> list[Entry]:
    """Not those from a phone that several clients share: they may be somebody else's."""
    zone = client.facility.zone
    return [
        [
            _at("received_at", "Eingegangen", each.received_at, zone),
            _text("address", "Von", each.address),
            _text("text", "Text", each.body),
            _text("outcome", "Ergebnis", each.outcome, each.get_outcome_display()),
        ]
        for each in Reply.objects.filter(client=client).order_by("received_at", "pk")
    ]


def _erase_replies(client: Client, traces: Traces) -> None:
    Reply.objects.filter(client=client).delete()


def replies_of_nobody() -> Any:
    """Replies from a phone that was shared, and that no client has any more."""
    somebody = Client.objects.filter(~Q(phone_index=""), phone_index=OuterRef("address_index"))
    return Reply.objects.filter(~Exists(somebody), client=None)


# -- who changed and who looked -----------------------------------------------------------------------


def _history(client: Client) -> list[Entry]:
    zone = client.facility.zone
    found = list(history.entries_of_clients(keys_of(client)).select_related("actor").order_by("at", "pk"))
    names = Names(found, [], zone=zone)
    return [
        [
            _at("at", "Am", each.at, zone),
            _text("by", "Wer", who(str(each.actor) if each.actor else None, each.system)),
            _text("sentence", "Was", sentence(each, names)),
            *(
                _text(f"detail_{number}", detail.label, [detail.old, detail.new], _from_to(detail))
                for number, detail in enumerate(details(each, names), start=1)
            ),
        ]
        for each in found
    ]


def _from_to(detail: Detail) -> str:
    return "geändert" if detail.kept_secret else f"{detail.old or '–'} → {detail.new or '–'}"


def _forget_history(client: Client, traces: Traces) -> None:
    """Also what emptying the other places has just added."""
    history.forget_clients(traces.keys)


def _looks(client: Client) -> list[Entry]:
    zone = client.facility.zone
    found = history.looks_at_clients(keys_of(client)).select_related("user").order_by("at", "pk")
    return [
        [
            _at("at", "Am", each.at, zone),
            _text("by", "Wer", who(str(each.user) if each.user else None, each.system)),
            _text("page", "Seite", each.kind, each.get_kind_display()),
            _yes("named", "Mehr als das Kürzel war zu sehen", each.named),
        ]
        for each in found
    ]


def _keep_looks(client: Client, traces: Traces) -> None:
    """They hold keys and instants; whose they are says the client's row."""


# What leads from one row to another comes before what it leads to; the history, which notes all of it, last.
SECTIONS: Sequence[Section] = (
    Section("former_codes", "Frühere Kürzel", (FormerCode,), _former_codes, _erase_former_codes),
    Section("consents", "Einwilligungen", (Consent,), _consents, _erase_consents),
    Section("releases", "Schweigepflichtentbindungen", (Release,), _releases, _erase_releases),
    Section("appointments", "Termine", (Appointment,), _appointments, _keep_appointments),
    Section("companions", "Begleitung", (Companion,), _companions, _erase_companions),
    Section("walk_ins", "Besuche ohne Termin", (WalkIn,), _walk_ins, _keep_walk_ins),
    Section("waiting", "Warteliste", (WaitingEntry,), _waiting, _erase_waiting),
    Section("offers", "Angebote von der Warteliste", (Offer, PassedOver), _offers, _keep_offers),
    Section("changes", "Änderungen an Terminen", (Change,), _changes, _erase_in_changes, True),
    Section("messages", "Nachrichten", (Message,), _messages, _erase_messages),
    Section("notices", "Persönliche Bescheide", (PersonalNotice,), _notices, _end_notices),
    Section("work", "Aufgaben", (WorkMark,), _work, _erase_work),
    Section("replies", "Antworten per SMS", (Reply,), _replies, _erase_replies),
    Section("file", "Angaben", (Client,), _file, _empty_file),
    Section("history", "Wer was geändert hat", (HistoryEntry,), _history, _forget_history, True),
    Section("looks", "Wer was gesehen hat", (ClientLook,), _looks, _keep_looks, True),
)
