"""Who accompanies a client to an appointment."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from scheduling import changelog
from scheduling.booking import AppointmentIsOver, AppointmentNotBooked, lock_client
from scheduling.caseloads import NotAColleague
from scheduling.models import Appointment, AppointmentStatus, ChangeKind, Companion
from scheduling.versioning import bump_sequence
from sites.access import team_of, works_with_clients
from sites.models import User


@transaction.atomic
def add(*, appointment: Appointment, user: User, by: User, now: datetime) -> Companion:
    """`user`, who works at the facility, comes along; once is enough.

    Raises NotAColleague, AppointmentNotBooked, AppointmentIsOver, ClientClosed.
    """
    current = _locked(appointment, now)
    if not user.is_active or not works_with_clients(user, current.slot.site.facility):
        raise NotAColleague
    companion, is_new = Companion.objects.get_or_create(
        appointment=current, user=user, defaults={"added_at": now, "added_by": by}
    )
    if is_new:
        _record(ChangeKind.COMPANION_ADDED, current, {"to": user.pk}, by, now)
    return companion


@transaction.atomic
def remove(*, appointment: Appointment, user: User, by: User, now: datetime) -> Appointment:
    """`user` does not come along any more; who didn't anyway is no error.

    Raises AppointmentNotBooked, AppointmentIsOver, ClientClosed.
    """
    current = _locked(appointment, now)
    if Companion.objects.filter(appointment=current, user=user).delete()[0]:
        _record(ChangeKind.COMPANION_REMOVED, current, {"from": user.pk}, by, now)
    return current


def possible(appointment: Appointment) -> QuerySet[User]:
    """Who could come along, by name."""
    there = Companion.objects.filter(appointment=appointment).values("user")
    return team_of([appointment.slot.site.facility]).exclude(pk__in=there)


def _locked(appointment: Appointment, now: datetime) -> Appointment:
    lock_client(appointment.client)
    current = (
        Appointment.objects.select_related("slot__site__facility")
        .select_for_update(of=("self",))
        .get(pk=appointment.pk)
    )
    if current.status != AppointmentStatus.BOOKED:
        raise AppointmentNotBooked
    if current.starts_at <= now:
        raise AppointmentIsOver
    return current


def _record(
    kind: ChangeKind, appointment: Appointment, data: dict[str, int], by: User, now: datetime
) -> None:
    bump_sequence(appointment)
    appointment.save(update_fields=["sequence"])
    changelog.record(
        [changelog.appointment_change(kind, appointment, appointment.slot, by=by, now=now, data=data)]
    )
