"""Before a whole hour changes: who will be told, and how. Once it has, `planning` and `truth` decide."""

import dataclasses
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from notifications import personal, short_notice
from notifications.models import Channel
from notifications.participants import Participants
from scheduling.collisions import Collision, find
from scheduling.disruptions import Whole
from scheduling.models import Appointment, ChangeKind, ConsultationHour
from scheduling.selectors import with_release
from sites.models import User


@dataclasses.dataclass(frozen=True)
class Told:
    """One appointment: when it will be (None: not at all), and whether an SMS will say so."""

    appointment: Appointment
    starts_at: datetime | None
    by_sms: bool
    name: str


@dataclasses.dataclass(frozen=True)
class Foreseen:
    """What a change of `whole` into `after` (None: cancelled) brings about.

    `clients` is empty if nothing becomes different for them. `calendars` are the people whose calendars
    follow, each with what they get; `team` is who is told at short notice, each with the channels.
    """

    whole: Whole
    after: ConsultationHour | None
    clients: list[Told]
    calendars: list[tuple[User, str]]
    team: list[tuple[User, str]]
    is_short: bool
    against: tuple[Collision, ...]

    @property
    def by_sms(self) -> int:
        return sum(each.by_sms for each in self.clients)

    @property
    def in_person(self) -> int:
        return len(self.clients) - self.by_sms


def foresee(whole: Whole, after: ConsultationHour | None, kind: ChangeKind, *, now: datetime) -> Foreseen:
    """Who would be told if the hour became `after`; a constant number of queries."""
    delta = after.starts_at - whole.hour.starts_at if after else timedelta()
    is_short = min(whole.hour.starts_at, (after or whole.hour).starts_at) - now < short_notice.AHEAD
    facility = whole.hour.site.facility_id
    team = short_notice.teams([facility])[facility] if is_short else []
    return Foreseen(
        whole=whole,
        after=after,
        clients=_clients(whole.appointments, after, delta, now) if after is None or delta else [],
        calendars=_calendars(whole, after, kind, changes=after is None or bool(delta)),
        team=[(user, _channels(user)) for user in team],
        is_short=is_short,
        against=find([after])[0] if after else (),
    )


def _clients(
    appointments: Sequence[Appointment], after: ConsultationHour | None, delta: timedelta, now: datetime
) -> list[Told]:
    by_sms = personal.told_by_sms(appointments)
    shown = Appointment.objects.filter(pk__in=[each.pk for each in appointments])
    rows: Any = with_release(shown, now=now)
    released = {each.pk for each in rows if each.name_released}
    return [
        Told(
            appointment=each,
            starts_at=each.starts_at + delta if after else None,
            by_sms=each.pk in by_sms,
            name=each.client.name if each.pk in released else "",
        )
        for each in appointments
    ]


def _calendars(
    whole: Whole, after: ConsultationHour | None, kind: ChangeKind, *, changes: bool
) -> list[tuple[User, str]]:
    """The psychiatrist, whoever takes over, and who at the facility is told of what changes, each once."""
    host = whole.hour.psychiatrist
    if kind is ChangeKind.HOUR_SUBSTITUTED and after is not None:
        people = [(host, "Absage"), (after.psychiatrist, "neue Einträge")]
        changes = True
    else:
        people = [(host, "Absage und neue Einträge" if _is_replaced(whole, after) else _word(after))]
    parties = Participants(whole.appointments)
    concerned = Counter(user for each in whole.appointments for user in parties.of(each)) if changes else {}
    named = {user for user, _ in people}
    for user, count in sorted(concerned.items(), key=lambda each: str(each[0])):
        if user not in named and not user.is_system:
            termine = "1 Termin" if count == 1 else f"{count} Termine"
            people.append((user, f"{_word(after)} für {termine}"))
    return people


def _is_replaced(whole: Whole, after: ConsultationHour | None) -> bool:
    return after is not None and after.replaces_id == whole.hour.pk


def _word(after: ConsultationHour | None) -> str:
    return "Änderung" if after else "Absage"


def _channels(user: User) -> str:
    words = {Channel.EMAIL: "E-Mail", Channel.SMS: "SMS"}
    return " und ".join(words[each] for each in short_notice.wishes(user)) or "nicht gewünscht"
