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
from scheduling.drafts import facts
from scheduling.models import Appointment, ConsultationHour
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


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What `whole` would become: `after`, None if it is cancelled. What is booked moves by `shift`; `against`
    speaks against it."""

    whole: Whole
    after: ConsultationHour | None
    shift: timedelta
    against: tuple[Collision, ...]

    @property
    def concerns_clients(self) -> bool:
        return self.after is None or bool(self.shift)


def foresee(whole: Whole, after: ConsultationHour | None, *, now: datetime) -> Foreseen:
    """Who would be told if the hour became `after`, and what is booked moved along."""
    shift = after.starts_at - whole.hour.starts_at if after else timedelta()
    against = find([after])[0] if after else ()
    return foresee_all([Outcome(whole, after, shift, against)], now=now)[0]


def foresee_all(outcomes: Sequence[Outcome], *, now: datetime) -> list[Foreseen]:
    """Who would be told; a constant number of queries."""
    short = {each.whole.hour.site.facility_id for each in outcomes if _is_short(each, now)}
    teams = short_notice.teams(short) if short else {}
    parties = Participants([each for outcome in outcomes for each in outcome.whole.appointments])
    told = _clients([each for each in outcomes if each.concerns_clients], now)
    return [
        Foreseen(
            whole=each.whole,
            after=each.after,
            clients=[
                told[appointment.pk] for appointment in each.whole.appointments if appointment.pk in told
            ],
            calendars=_calendars(each, parties),
            team=[
                (user, _channels(user))
                for user in teams.get(each.whole.hour.site.facility_id, [])
                if _is_short(each, now)
            ],
            is_short=_is_short(each, now),
            against=each.against,
        )
        for each in outcomes
    ]


def _is_short(outcome: Outcome, now: datetime) -> bool:
    hour = outcome.whole.hour
    return min(hour.starts_at, (outcome.after or hour).starts_at) - now < short_notice.AHEAD


def _clients(outcomes: Sequence[Outcome], now: datetime) -> dict[int, Told]:
    """By key of the appointment."""
    appointments = [each for outcome in outcomes for each in outcome.whole.appointments]
    if not appointments:
        return {}
    by_sms = personal.told_by_sms(appointments)
    shown = Appointment.objects.filter(pk__in=[each.pk for each in appointments])
    rows: Any = with_release(shown, now=now)
    released = {each.pk for each in rows if each.name_released}
    return {
        each.pk: Told(
            appointment=each,
            starts_at=each.starts_at + outcome.shift if outcome.after else None,
            by_sms=each.pk in by_sms,
            name=each.client.name if each.pk in released else "",
        )
        for outcome in outcomes
        for each in outcome.whole.appointments
    }


def _calendars(outcome: Outcome, parties: Participants) -> list[tuple[User, str]]:
    """The psychiatrist, whoever takes over, and who at the facility is told of what changes, each once."""
    whole, after, changes = outcome.whole, outcome.after, outcome.concerns_clients
    host = whole.hour.psychiatrist
    if after is not None and after.psychiatrist_id != host.pk:
        people = [(host, "Absage"), (after.psychiatrist, "neue Einträge")]
        changes = True
    elif after is not None and not _is_replaced(whole, after) and facts(after) == facts(whole.hour):
        return []
    else:
        people = [(host, "Absage und neue Einträge" if _is_replaced(whole, after) else _word(after))]
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
