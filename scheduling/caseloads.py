"""Who looks after which clients, and is told of their appointments.

Of a client whom nobody looks after, or only a colleague who has left the facility, whoever booked is told.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from scheduling import changelog
from scheduling.models import Appointment, AppointmentStatus, ChangeKind, Client
from scheduling.versioning import bump_sequence
from sites.access import works_with_clients
from sites.models import FACILITY_ROLES, Membership, User
from sites.refusals import Refusal


class NotAColleague(Refusal):
    code = "not_a_colleague"
    sentence = (
        "Diese Person arbeitet nicht in der Einrichtung der Klient:innen. Bitte wählen Sie jemand anderen."
    )


class CaseloadChanged(Refusal):
    code = "caseload_changed"
    sentence = (
        "Für mindestens eine dieser Klient:innen ist inzwischen jemand anders zuständig. "
        "Bitte sehen Sie nach, was jetzt dort steht, und wählen Sie noch einmal."
    )


class NobodyChosen(Refusal):
    code = "nobody_chosen"
    sentence = "Es ist niemand ausgewählt. Bitte kreuzen Sie Klient:innen an, oder wählen Sie alle."


@transaction.atomic
def hand_over(
    *, clients: Collection[Client], former: User | None, to: User, by: User, now: datetime
) -> list[Client]:
    """From now on `to` looks after `clients`, as `former` (or nobody there) did when they were shown.

    Each of their coming appointments gets a change, so that the entry goes from one calendar to the other.
    Raises NobodyChosen, CaseloadChanged, NotAColleague.
    """
    locked = list(
        Client.objects.select_for_update(no_key=True, of=("self",))
        .select_related("facility")
        .filter(pk__in=[each.pk for each in clients], closed_at=None)
        .order_by("pk")
    )
    if not locked:
        raise NobodyChosen
    working = _working_among(locked)
    if any(working.get((each.caseload_of_id or 0, each.facility_id)) != former for each in locked):
        raise CaseloadChanged
    if not to.is_active or not all(
        works_with_clients(to, each) for each in {client.facility for client in locked}
    ):
        raise NotAColleague
    appointments = coming(locked, now=now)
    before = contacts(appointments)
    Client.objects.filter(pk__in=[each.pk for each in locked]).update(caseload_of=to)
    record_contacts(appointments, before, by=by, now=now)
    for client in locked:
        client.caseload_of = to
    return locked


def coming(clients: Collection[Client], *, now: datetime) -> list[Appointment]:
    """The booked appointments that `clients` have ahead, locked after the clients' rows."""
    return list(
        Appointment.objects.filter(client__in=clients, status=AppointmentStatus.BOOKED, starts_at__gt=now)
        .select_related("slot", "booked_by", "client")
        .select_for_update(of=("self",))
        .order_by("pk")
    )


def record_contacts(
    appointments: Iterable[Appointment], before: Mapping[int, User], *, by: User, now: datetime
) -> None:
    """A change for each of `appointments` of which somebody else is told than `before`."""
    found = {each.pk: each for each in appointments}
    fresh = Appointment.objects.filter(pk__in=found).select_related("client", "booked_by")
    after = contacts(fresh)
    changes = []
    for pk, appointment in found.items():
        if before[pk] != after[pk]:
            bump_sequence(appointment)
            data = {"from": before[pk].pk, "to": after[pk].pk}
            changes.append(
                changelog.appointment_change(
                    ChangeKind.HANDED_OVER, appointment, appointment.slot, by=by, now=now, data=data
                )
            )
    changed = [found[change.appointment_id] for change in changes if change.appointment_id]
    Appointment.objects.bulk_update(changed, ["sequence"])
    changelog.record(changes)


# -- who is told --------------------------------------------------------------------------------------


def contacts(appointments: Iterable[Appointment]) -> dict[int, User]:
    """By key of the appointment: who at the facility is told of it. One query for any number.

    Needs `client` and `booked_by` at hand.
    """
    found = list(appointments)
    working = _working_among([each.client for each in found])
    return {
        each.pk: working.get((each.client.caseload_of_id or 0, each.client.facility_id), each.booked_by)
        for each in found
    }


def _working_among(clients: Iterable[Client]) -> dict[tuple[int, int | None], User]:
    """Who looks after `clients` and works there: by the keys of person and facility; one query."""
    owners = {each.caseload_of_id for each in clients} - {None}
    posts = Membership.objects.filter(user__in=owners, role__in=FACILITY_ROLES, user__is_active=True)
    return {
        (post.user_id, post.facility_id): post.user
        for post in posts.select_related("user").defer("user__phone")
    }


def without_anybody(clients: QuerySet[Client]) -> QuerySet[Client]:
    """Those whom nobody who works at their facility looks after."""
    return clients.filter(~Exists(_working(of="")))


def booked_for_nobody_s(appointments: QuerySet[Appointment]) -> QuerySet[Appointment]:
    """Those of such clients: who booked them is told."""
    return appointments.filter(~Exists(_working(of="client__")))


def _working(*, of: str) -> QuerySet[Membership]:
    """The post of who looks after the client, where `of` leads from a row to the client."""
    return Membership.objects.filter(
        user=OuterRef(f"{of}caseload_of"),
        facility=OuterRef(f"{of}facility"),
        role__in=FACILITY_ROLES,
        user__is_active=True,
    )
