"""Who held an hour at the time of a change: hours change hands, and whoever gave one away has to be told."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from scheduling.models import Change, ChangeKind
from sites.models import User

# Changes after which somebody else may have the appointment.
HANDING_OVER = [ChangeKind.MOVED.value, ChangeKind.SUBSTITUTED.value]
# Changes of an hour after which somebody else may hold it.
HOLDING_OTHERWISE = [
    ChangeKind.HOUR_SUBSTITUTED.value,
    ChangeKind.HOUR_ADAPTED.value,
    ChangeKind.HOUR_CHANGED.value,
]


class Hosts:
    """The psychiatrists of `changes` and, where an appointment changed hands, who had it before; at most
    three queries. The change log alone says it: the hour knows only who holds it now."""

    def __init__(self, changes: Sequence[Change]) -> None:
        handed = {change.pk for change in changes if change.kind in HANDING_OVER and change.appointment_id}
        history = _history(handed)
        self._substitutions = _substitutions(
            {each.hour_id for each in (*changes, *history) if each.hour_id is not None}
        )
        self._people = User.objects.defer("phone").in_bulk(
            {pk for each in self._substitutions.values() for _, *pair in each for pk in pair}
        )
        self._former = _before(history, handed)

    def of(self, change: Change) -> User:
        """Who held the change's hour when it was made."""
        hour = change.told_hour
        later = [giver for pk, giver, _ in self._substitutions[hour.pk] if pk > change.pk]
        return self._people[later[0]] if later else hour.psychiatrist

    def before(self, change: Change) -> User | None:
        """Who had the appointment before `change`, if that may be somebody else."""
        earlier = self._former.get(change.pk)
        return self.of(earlier) if earlier else None

    def giver_and_taker(self, change: Change) -> tuple[User, User] | None:
        """Of a change by which somebody else holds the hour; None of all others."""
        if change.kind not in HOLDING_OTHERWISE:
            return None
        giver, taker = _pair(change.data)
        return (self._people[giver], self._people[taker]) if giver != taker else None


def _history(handed: Collection[int]) -> list[Change]:
    """All changes of the appointments that the changes `handed` are about."""
    if not handed:
        return []
    appointments = Change.objects.filter(pk__in=handed).values("appointment")
    return list(
        Change.objects.filter(appointment__in=appointments, hour__isnull=False)
        .select_related("hour__psychiatrist")
        .defer("hour__psychiatrist__phone")
        .order_by("pk")
    )


def _before(history: Iterable[Change], handed: Collection[int]) -> dict[int, Change]:
    """By key of each of `handed`: the change of its appointment before."""
    found, latest = {}, dict[int | None, Change]()
    for change in history:
        if change.pk in handed and change.appointment_id in latest:
            found[change.pk] = latest[change.appointment_id]
        latest[change.appointment_id] = change
    return found


def _substitutions(hours: Collection[int]) -> dict[int, list[tuple[int, int, int]]]:
    """By hour, in order: key of the change, who gave it away, who took it."""
    found: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    rows = Change.objects.filter(hour__in=hours, kind__in=HOLDING_OTHERWISE).order_by("pk")
    for pk, hour, data in rows.values_list("pk", "hour", "data"):
        giver, taker = _pair(data)
        if giver != taker:
            found[hour].append((pk, giver, taker))
    return found


def _pair(data: dict[str, Any]) -> tuple[int, int]:
    """Who held an hour before and after a change that says so, alone or with all other facts."""
    before, after = data["from"], data["to"]
    if isinstance(before, dict):
        return before["psychiatrist"], after["psychiatrist"]
    return before, after
