"""What a Change says to people: who, when, and what exactly became different, in German."""

import dataclasses
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from scheduling import slot_plan
from scheduling.insurance import DespiteInsurance
from scheduling.models import OF_ONE_PERSON, CancelReason, Change, ChangeKind, HourCancelReason, MoveReason
from scheduling.templatetags.wall_clock import clock, day_and_clock
from sites.models import Room, User

# Of which the change keeps all facts: time, room and person.
HELD_OTHERWISE = {ChangeKind.HOUR_CHANGED, ChangeKind.HOUR_ADAPTED}


@dataclasses.dataclass(frozen=True)
class Line:
    change: Change
    what: str


def read(changes: Iterable[Change], zone: ZoneInfo) -> list[Line]:
    """`changes` in their order, told on the clock of `zone`; at most two queries more for names."""
    found = list(changes)
    people = _ids(found, {ChangeKind.HOUR_SUBSTITUTED, ChangeKind.SUBSTITUTED}, lambda side: side)
    people |= _ids(found, HELD_OTHERWISE, lambda side: side["psychiatrist"])
    people |= {pk for each in found if each.kind in OF_ONE_PERSON for pk in each.data.values()}
    rooms = _ids(found, {ChangeKind.HOUR_MOVED, *HELD_OTHERWISE}, lambda side: side["room"])
    teller = _Teller(zone, User.objects.defer("phone").in_bulk(people), Room.objects.in_bulk(rooms))
    return [Line(change, teller.tell(change)) for change in found]


def _in_words(lines: Iterable[list[Any]]) -> str:
    return slot_plan.in_words(tuple(slot_plan.Line(*line) for line in lines))


def _ids(changes: Iterable[Change], kinds: set[ChangeKind], pick: Any) -> set[int]:
    return {pick(each.data[side]) for each in changes if each.kind in kinds for side in ("from", "to")}


@dataclasses.dataclass(frozen=True)
class _Teller:
    zone: ZoneInfo
    people: dict[int, User]
    rooms: dict[int, Room]

    def tell(self, change: Change) -> str:
        data = change.data
        match change.kind:
            case ChangeKind.HOUR_CANCELLED:
                return self._hour_cancelled(data)
            case ChangeKind.HOUR_PUBLISHED if "replaces" in data:
                return "Sprechstunde als Ersatz veröffentlicht"
            case ChangeKind.HOUR_MOVED:
                return self._hour_moved(data)
            case ChangeKind.HOUR_CHANGED | ChangeKind.HOUR_ADAPTED:
                return self._held_otherwise(change)
            case ChangeKind.SLOTS_CHANGED:
                return f"Zeitfenster geändert: {_in_words(data['to'])}, vorher {_in_words(data['from'])}"
            case ChangeKind.HOUR_RESIZED:
                return f"Dauer geändert: {self._clocks(data['to'])}, vorher {self._clocks(data['from'])}"
            case ChangeKind.HANDED_OVER:
                taker, giver = self.people[data["to"]], self.people[data["from"]]
                return f"Zuständig ist jetzt {taker}, vorher {giver}"
            case ChangeKind.COMPANION_ADDED:
                return f"Begleitung: {self.people[data['to']]}"
            case ChangeKind.COMPANION_REMOVED:
                return f"Keine Begleitung mehr durch {self.people[data['from']]}"
            case ChangeKind.HOUR_SUBSTITUTED | ChangeKind.SUBSTITUTED:
                taker, giver = self.people[data["to"]], self.people[data["from"]]
                return f"{change.get_kind_display()}: {taker} statt {giver}"
            case ChangeKind.MOVED if "from" in data:
                undone = " (rückgängig gemacht)" if "undoes" in data else ""
                reason = f". Grund: {MoveReason(data['reason']).label}" if "reason" in data else ""
                return f"Termin verschoben: {self._from_to(data)}{undone}{reason}"
            case ChangeKind.CANCELLED if "undoes" in data:
                return "Buchung rückgängig gemacht"
            case ChangeKind.CANCELLED if "reason" in data:
                return f"Termin abgesagt: {CancelReason(data['reason']).label.removesuffix(' abgesagt')}"
            case ChangeKind.BOOKED if "despite_insurance" in data:
                reason = DespiteInsurance(data["despite_insurance"]).label
                return f"Termin gebucht, Versicherung nicht nachgewiesen: {reason}"
        return str(change.get_kind_display())

    def _hour_cancelled(self, data: dict[str, Any]) -> str:
        text = f"Sprechstunde abgesagt: {HourCancelReason(data['reason']).label}"
        if "to" in data:
            text += f". Ersatz: {self._start(data['to'])}"
        count = data["appointments"]
        if not count:
            return text
        done = "verlegt" if "to" in data else "abgesagt"
        return f"{text}. {'1 Termin' if count == 1 else f'{count} Termine'} {done}"

    def _held_otherwise(self, change: Change) -> str:
        what = "Entwurf geändert" if change.kind == ChangeKind.HOUR_CHANGED else "An die Reihe angepasst"
        before, after = change.data["from"], change.data["to"]
        parts = []
        if before["starts_at"] != after["starts_at"]:
            parts.append(self._from_to(change.data))
        elif before["ends_at"] != after["ends_at"]:
            parts.append(f"{self._clocks(after)}, vorher {self._clocks(before)}")
        if before["room"] != after["room"]:
            parts.append(f"{self.rooms[after['room']]} statt {self.rooms[before['room']]}")
        if before["psychiatrist"] != after["psychiatrist"]:
            parts.append(f"{self.people[after['psychiatrist']]} statt {self.people[before['psychiatrist']]}")
        return f"{what}: {'; '.join(parts) or 'andere Zeitfenster'}"

    def _hour_moved(self, data: dict[str, Any]) -> str:
        before, after = data["from"], data["to"]
        parts = []
        if before["starts_at"] != after["starts_at"]:
            parts.append(self._from_to(data))
        if before["room"] != after["room"]:
            parts.append(f"{self.rooms[after['room']]} statt {self.rooms[before['room']]}")
        return f"Sprechstunde verlegt: {'; '.join(parts)}"

    def _from_to(self, data: dict[str, Any]) -> str:
        return f"von {self._start(data['from'])} auf {self._start(data['to'])}"

    def _start(self, span: dict[str, str]) -> str:
        return day_and_clock(datetime.fromisoformat(span["starts_at"]), self.zone)

    def _clocks(self, span: dict[str, str]) -> str:
        start, end = (datetime.fromisoformat(span[name]) for name in ("starts_at", "ends_at"))
        return f"{clock(start, self.zone)}–{clock(end, self.zone)} Uhr"
