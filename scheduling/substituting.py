"""A colleague holds the hour instead."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from scheduling import changelog, collisions, disruptions
from scheduling.collisions import Collision, CollisionKind
from scheduling.models import Appointment, Change, ChangeKind, ConsultationHour
from scheduling.versioning import bump_sequence
from sites.models import Membership, Role, Site, User
from sites.refusals import Refusal


class NoColleague(Refusal):
    code = "no_colleague"
    sentence = (
        "Diese Person hält an der Klinik keine Sprechstunden oder hält diese schon. "
        "Bitte wählen Sie eine andere."
    )


class ColleagueNotFree(Refusal):
    """`found` is what speaks against it."""

    code = "colleague_not_free"

    def __init__(self, found: Collection[Collision]) -> None:
        super().__init__()
        self.found = tuple(found)

    def __str__(self) -> str:
        reasons = "; ".join(str(each) for each in self.found)
        return f"Das geht nicht: {reasons}. Bitte wählen Sie eine andere Person."


@transaction.atomic
def substitute(
    *, hour: ConsultationHour, psychiatrist: User, seen: str | None = None, by: User, now: datetime
) -> ConsultationHour:
    """Lets `psychiatrist` hold a published hour; its appointments stay what and where they are.

    Raises what `disruptions.lock` raises, NoColleague, ColleagueNotFree.
    """
    whole = disruptions.lock(hour, seen=seen, now=now)
    hour, former = whole.hour, whole.hour.psychiatrist_id
    if not colleagues(hour.site).exclude(pk=former).filter(pk=psychiatrist.pk).exists():
        raise NoColleague
    hour.psychiatrist = psychiatrist
    disruptions.hold_people_and_rooms(hour)
    if found := in_the_way(hour):
        raise ColleagueNotFree(found)
    bump_sequence(hour)
    hour.save(update_fields=["psychiatrist", "sequence"])
    data = {"from": former, "to": psychiatrist.pk}
    cause = disruptions.hour_caused(ChangeKind.HOUR_SUBSTITUTED, hour, by=by, now=now, data=data)
    hand_over(whole.appointments, cause=cause, data=data)
    return hour


def hand_over(appointments: Collection[Appointment], *, cause: Change, data: dict[str, Any]) -> None:
    """Tells of each appointment that somebody else holds it now, because of `cause`; `data` says who."""
    changes = []
    for appointment in appointments:
        bump_sequence(appointment)
        appointment.save(update_fields=["sequence"])
        changes.append(
            disruptions.caused(ChangeKind.SUBSTITUTED, appointment, appointment.slot, cause=cause, data=data)
        )
    changelog.record(changes)


def colleagues(site: Site) -> QuerySet[User]:
    """Who holds consultation hours for the site's clinic."""
    posts = Membership.objects.filter(clinic=site.clinic_id, role=Role.PSYCHIATRIST)
    return User.objects.filter(pk__in=posts.values("user"), is_active=True)


def free_colleagues(hour: ConsultationHour) -> list[tuple[User, tuple[Collision, ...]]]:
    """Everybody who could hold `hour` instead, by name, each with what is in the way; four queries."""
    others = list(colleagues(hour.site).exclude(pk=hour.psychiatrist_id))
    tried = [held_by(hour, each) for each in others]
    return [(each, _in_the_way(found)) for each, found in zip(others, collisions.find(tried), strict=True)]


def in_the_way(hour: ConsultationHour) -> tuple[Collision, ...]:
    """Why the psychiatrist of `hour` could not hold it."""
    return _in_the_way(collisions.find([hour])[0])


def _in_the_way(found: Collection[Collision]) -> tuple[Collision, ...]:
    """A draft elsewhere takes nobody's time."""
    return tuple(
        each
        for each in found
        if each.kind is CollisionKind.ABSENCE
        or (each.kind is CollisionKind.PSYCHIATRIST_TAKEN and each.is_final)
    )


def held_by(hour: ConsultationHour, colleague: User) -> ConsultationHour:
    """The same hour in other hands, never saved."""
    return ConsultationHour(
        pk=hour.pk,
        site=hour.site,
        room=hour.room,
        psychiatrist=colleague,
        starts_at=hour.starts_at,
        ends_at=hour.ends_at,
        status=hour.status,
    )
