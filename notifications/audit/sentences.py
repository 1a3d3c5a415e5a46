"""What a line of the log says: «… hat bei KRT-469 die Telefonnummer geändert»."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from notifications.audit.columns import COLUMNS, FACTORS, HIDDEN, Column
from notifications.audit.names import Names
from sites.models import ClientLook, HistoryAction, HistoryEntry, LookKind, Role

INSERT, UPDATE, DELETE = (each.value for each in HistoryAction)
Sentence = Callable[[HistoryEntry, Names], str]


class Detail(NamedTuple):
    """A field with what stood there and what stands there now; `kept_secret` if only that it changed."""

    label: str
    old: str
    new: str
    kept_secret: bool = False


# -- who ------------------------------------------------------------------------------------------------

SYSTEMS = {
    "pia_web": "Ohne Anmeldung",
    "pia_worker": "System (Versand)",
    "pia_sms": "System (SMS-Dienst)",
    "pia_planner": "System (Planung)",
    "pia_keeper": "System (Aufbewahrung)",
}


def who(name: str | None, system: str) -> str:
    """The person, else which machine it was: `system` is "role" or "role/manage.py command"."""
    role, _, program = system.partition("/")
    label = SYSTEMS.get(role, "System (Verwaltung)")
    command = program.removeprefix("manage.py ")
    return name or (f"{label}, {command}" if command != program else label)


# -- what was changed -----------------------------------------------------------------------------------


def details(entry: HistoryEntry, names: Names) -> list[Detail]:
    """What is to be read of the row's columns, in the order of `COLUMNS`."""
    known = COLUMNS.get(entry.table_name, {})
    hidden = HIDDEN.get(entry.table_name, frozenset())
    values: dict[str, list[Any]] = {**entry.changes, **entry.sealed}
    order = [name for name in known if name in values]
    order += sorted(name for name in values if name not in known and name not in hidden)
    if entry.action != UPDATE and entry.table_name in SAID_IN_FULL:
        return []
    if entry.action != UPDATE:
        order = [name for name in order if values[name] and name != "client_id"]
    return [_detail(name, known.get(name), values[name], names) for name in order]


def _detail(name: str, column: Column | None, values: list[Any], names: Names) -> Detail:
    label = column.label if column else name
    if not values:
        return Detail(label, "", "", kept_secret=True)
    old, new = ("" if each in (None, "") else _said(column, each, names) for each in values)
    return Detail(label, old, new)


def _said(column: Column | None, value: Any, names: Names) -> str:
    return column.say(value, names) if column else str(value)


def sentence(entry: HistoryEntry, names: Names) -> str:
    """What the person did, beginning with «hat»."""
    return SENTENCES.get(entry.table_name, _unknown)(entry, names)


def _unknown(entry: HistoryEntry, names: Names) -> str:
    return f"hat einen Eintrag in {entry.table_name} {entry.get_action_display()}"


def _of_client(entry: HistoryEntry, names: Names) -> str:
    code = names.client(entry.client_id)
    if entry.action == INSERT:
        return f"hat {code} angelegt"
    if entry.action == DELETE:
        old = entry.changes.get("code") or [code]
        return f"hat den Eintrag {old[0]} gelöscht"
    changed = [name for name in COLUMNS[entry.table_name] if name in {**entry.changes, **entry.sealed}]
    phrases = list(dict.fromkeys(COLUMNS[entry.table_name][name].phrase for name in changed))
    if len(phrases) != 1:
        return f"hat bei {code} mehrere Angaben geändert"
    return f"hat bei {code} {phrases[0]} {_how(entry, changed)}"


def _how(entry: HistoryEntry, changed: list[str]) -> str:
    values = {**entry.changes, **entry.sealed}[changed[0]]
    if values and values[0] in (None, ""):
        return "eingetragen"
    return "entfernt" if values and values[1] in (None, "") else "geändert"


def _of_former_code(entry: HistoryEntry, names: Names) -> str:
    code = names.client(entry.client_id)
    old = next((each for each in entry.changes.get("code", []) if each), "")
    if entry.action == INSERT:
        return f"hat den Eintrag {old} mit {code} zusammengeführt".replace("  ", " ")
    if entry.action == DELETE:
        return f"hat ein früheres Kürzel von {code} gelöscht"
    return f"hat ein früheres Kürzel zu {code} übernommen"


def _agreement(what: str, short: str) -> Sentence:
    def say(entry: HistoryEntry, names: Names) -> str:
        code = names.client(entry.client_id)
        if entry.action == INSERT:
            return f"hat {what} von {code} festgehalten"
        if entry.action == DELETE:
            return f"hat {what} von {code} gelöscht"
        if "withdrawn_at" in entry.changes:
            return f"hat den Widerruf {short} von {code} festgehalten"
        if "client_id" in entry.changes:
            return f"hat {what} zu {code} übernommen"
        return f"hat {what} von {code} geändert"

    return say


def _of_appointment(entry: HistoryEntry, names: Names) -> str:
    code, when = names.client(entry.client_id), _when(entry, names)
    if entry.action == INSERT:
        return f"hat für {code} einen Termin{when} gebucht"
    if entry.action == DELETE:
        return f"hat einen Termin von {code}{when} gelöscht"
    before, status = entry.changes.get("status") or [None, None]
    if before == "cancelled":
        return f"hat die Absage des Termins von {code}{when} zurückgenommen"
    if status == "cancelled":
        return f"hat den Termin von {code}{when} abgesagt"
    if "client_id" in entry.changes:
        return f"hat den Termin{when} zu {code} übernommen"
    if status in MARKED:
        return f"hat den Termin von {code}{when} als {MARKED[status]} eingetragen"
    if "slot_id" in entry.changes:
        return f"hat einen Termin von {code} verschoben, jetzt{when}"
    return f"hat den Termin von {code}{when} geändert"


MARKED = {"arrived": "angekommen", "fulfilled": "wahrgenommen", "noshow": "nicht erschienen"}


def _of_walk_in(entry: HistoryEntry, names: Names) -> str:
    code = names.client(entry.client_id) if entry.client_id else "jemandem"
    if entry.action == INSERT:
        return f"hat eingetragen, dass {code if entry.client_id else 'jemand'} ohne Termin gekommen ist"
    if entry.action == DELETE:
        return f"hat den Besuch von {code} ohne Termin zurückgenommen"
    if "client_id" in entry.changes:
        return f"hat einen Besuch ohne Termin {code} zugeordnet"
    status = (entry.changes.get("status") or [None])[-1]
    if status in MARKED:
        return f"hat den Besuch von {code} ohne Termin als {MARKED[status]} eingetragen"
    return f"hat den Besuch von {code} ohne Termin geändert"


def _of_notice(entry: HistoryEntry, names: Names) -> str:
    code = names.client(entry.client_id)
    if entry.action == INSERT:
        return f"hat vorgemerkt, dass {code} persönlich Bescheid braucht"
    return f"hat geändert, ob {code} Bescheid braucht"


def _of_waiting_entry(entry: HistoryEntry, names: Names) -> str:
    code = names.client(entry.client_id)
    if entry.action == INSERT:
        return f"hat {code} auf die Warteliste gesetzt"
    if entry.action == DELETE or "closed_at" in entry.changes:
        return f"hat {code} von der Warteliste genommen"
    if "client_id" in entry.changes:
        return f"hat einen Platz auf der Warteliste zu {code} übernommen"
    return f"hat den Platz von {code} auf der Warteliste geändert"


def _of_work(entry: HistoryEntry, names: Names) -> str:
    code = names.client(entry.client_id)
    if entry.action == DELETE:
        return f"hat einen Eintrag zu den Aufgaben bei {code} gelöscht"
    if "client_id" in entry.changes and entry.action == UPDATE:
        return f"hat eine Aufgabe zu {code} übernommen"
    for column, became in WORK_BECAME.items():
        if entry.changes.get(column, [None])[-1]:
            return f"hat eine Aufgabe bei {code} {became}"
    return f"hat eine Aufgabe bei {code} zurückgegeben"


WORK_BECAME = {
    "done_at": "erledigt",
    "not_reached_at": "versucht, aber niemanden erreicht",
    "claimed_at": "übernommen",
}


def _when(entry: HistoryEntry, names: Names) -> str:
    start = names.start_of(entry)
    return f" am {start.astimezone(names.zone):%d.%m.%Y um %H:%M Uhr}" if start else ""


HOUR_BECAME = {
    ("draft", "published"): "veröffentlicht",
    ("published", "draft"): "zurückgenommen",
    ("cancelled", "draft"): "wieder aufgenommen",
    ("draft", "cancelled"): "ausgelassen",
    ("published", "cancelled"): "abgesagt",
}


def _of_hour(entry: HistoryEntry, names: Names) -> str:
    became = {INSERT: "angelegt", DELETE: "gelöscht"}.get(entry.action)
    if became is None:
        became = HOUR_BECAME.get(tuple(entry.changes.get("status", [])), "geändert")
    return f"hat die Sprechstunde{_when(entry, names)} {became}"


def _plain(what: str) -> Sentence:
    return lambda entry, names: f"hat {what} {entry.get_action_display()}"


def _of_person(entry: HistoryEntry, names: Names) -> str:
    person = str(entry.person or "eine Person")
    own = entry.person_id is not None and entry.person_id == entry.actor_id
    if entry.action != UPDATE:
        return f"hat {person} als Person {entry.get_action_display()}"
    if "is_active" in entry.changes:
        is_open = entry.changes["is_active"][-1]
        return f"hat den Zugang von {person} {'geöffnet' if is_open else 'geschlossen'}"
    if len(entry.changes) != 1:
        return "hat bei sich mehrere Angaben geändert" if own else f"hat Angaben von {person} geändert"
    [name] = entry.changes
    column = COLUMNS[entry.table_name].get(name)
    what = column.phrase if column else name
    return f"hat bei sich {what} geändert" if own else f"hat {what} von {person} geändert"


def _of_membership(entry: HistoryEntry, names: Names) -> str:
    person = str(entry.person or "einer Person")
    values = {
        name: next((each for each in reversed(pair) if each), None) for name, pair in entry.changes.items()
    }
    role = dict(Role.choices).get(values.get("role") or "", "")
    place = names.clinic(values.get("clinic_id")) or names.facility(values.get("facility_id"))
    post = " – ".join(filter(None, [str(role), place]))
    if entry.action == INSERT:
        return f"hat {person} die Rolle {post} gegeben"
    if entry.action == DELETE:
        return f"hat die Rolle {post} von {person} beendet"
    return f"hat eine Rolle von {person} geändert"


def _of_invitation(entry: HistoryEntry, names: Names) -> str:
    invited = names.invited(entry.object_id)
    if entry.action == INSERT:
        return f"hat {invited} eingeladen"
    if "accepted_at" in entry.changes:
        return f"hat die Einladung an {invited} angenommen"
    if "withdrawn_at" in entry.changes:
        return f"hat die Einladung an {invited} zurückgezogen"
    return f"hat die Einladung an {invited} {entry.get_action_display()}"


def _of_factor(entry: HistoryEntry, names: Names) -> str:
    kind = next((each for each in entry.changes.get("type", []) if each), "")
    factor = FACTORS.get(kind, kind)
    of_whom = "" if entry.person_id == entry.actor_id else f" von {entry.person or 'einer Person'}"
    done = {INSERT: "eingerichtet", DELETE: "entfernt"}.get(entry.action, "geändert")
    return f"hat den zweiten Faktor{of_whom} {done} ({factor})"


def _of_provider(entry: HistoryEntry, names: Names) -> str:
    provider = next((each for each in reversed(entry.changes.get("provider", [])) if each), "")
    of_whom = "" if entry.person_id == entry.actor_id else f" von {entry.person or 'einer Person'}"
    done = {INSERT: "verbunden", DELETE: "getrennt"}.get(entry.action, "geändert")
    return f"hat die Anmeldung{of_whom} über {provider} {done}"


# Where the sentence says all that is to be said of a row that comes or goes.
SAID_IN_FULL = frozenset(
    {"pia_sites_membership", "mfa_authenticator", "socialaccount_socialaccount", "scheduling_formercode"}
)

SENTENCES: Mapping[str, Sentence] = {
    "scheduling_client": _of_client,
    "scheduling_formercode": _of_former_code,
    "scheduling_release": _agreement("eine Schweigepflichtentbindung", "der Schweigepflichtentbindung"),
    "notifications_consent": _agreement("eine Einwilligung in SMS", "der Einwilligung in SMS"),
    "scheduling_appointment": _of_appointment,
    "scheduling_walkin": _of_walk_in,
    "scheduling_waitingentry": _of_waiting_entry,
    "notifications_personalnotice": _of_notice,
    "notifications_workmark": _of_work,
    "scheduling_consultationhour": _of_hour,
    "scheduling_consultationseries": _plain("eine Sprechstundenreihe"),
    "scheduling_plannedslot": _plain("eine Zeile im Zeitplan einer Sprechstundenreihe"),
    "schedule_rule": _plain("die Regel einer Sprechstundenreihe"),
    "schedule_event": _plain("die Zeiten einer Sprechstundenreihe"),
    "pia_sites_user": _of_person,
    "pia_sites_membership": _of_membership,
    "pia_sites_invitation": _of_invitation,
    "mfa_authenticator": _of_factor,
    "socialaccount_socialaccount": _of_provider,
}

# -- who looked -----------------------------------------------------------------------------------------

OF_ONE = {
    LookKind.FILE: "die Akte von {}",
    LookKind.EDITING: "das Formular der Angaben von {}",
    LookKind.COMPARISON: "den Vergleich von {}",
    LookKind.RELEASE: "das Formular der Schweigepflichtentbindung von {}",
    LookKind.SHEET: "ein Druckblatt von {}",
    LookKind.APPOINTMENT: "einen Termin von {}",
    LookKind.MESSAGES: "die Nachrichten zu einem Termin von {}",
    LookKind.EXPORT: "eine Auskunft über {}",
}
OF_MANY = {
    LookKind.HOUR: "eine Sprechstunde mit Namen",
    LookKind.DAY: "eine Tagesliste mit Namen",
    LookKind.LIST: "die Liste der Klient:innen",
    LookKind.SUGGESTIONS: "Vorschläge beim Buchen",
    LookKind.WORKLIST: "die Aufgaben mit Namen",
    LookKind.CASELOAD: "eine Liste der eigenen Klient:innen",
    LookKind.WEEK: "den Tag oder die Woche der Einrichtung mit Namen",
    LookKind.LOG: "das Protokoll mit Angaben von Klient:innen",
}


def look_sentence(look: ClientLook, names: Names) -> str:
    kind = LookKind(look.kind)
    if kind in OF_MANY:
        return f"hat {OF_MANY[kind]} gesehen"
    codes = " und ".join(names.client(pk) for pk in look.client_ids)
    page = OF_ONE[kind].format(codes)
    return f"hat {page} gesehen" if look.named else f"hat {page} gesehen, nur mit Kürzel"


def look_details(look: ClientLook, names: Names) -> list[Detail]:
    """Of a list, who was to be seen."""
    if LookKind(look.kind) not in OF_MANY:
        return []
    return [Detail("Zu sehen", "", ", ".join(names.client(pk) for pk in look.client_ids))]
