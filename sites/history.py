"""Reading the history of one client or one place, and taking out of it what names somebody."""

from collections.abc import Collection

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from sites.access import LogScope
from sites.models import ClientLook, HistoryEntry, Membership, User


def entries_of_clients(client_ids: Collection[int]) -> QuerySet[HistoryEntry]:
    """All changes that speak of these clients; give the keys of merged records too (`former_id`)."""
    return HistoryEntry.objects.filter(client_id__in=client_ids)


def looks_at_clients(client_ids: Collection[int]) -> QuerySet[ClientLook]:
    """All looks at which one of these clients could be seen."""
    return ClientLook.objects.filter(pk__in=RawSQL("SELECT pia_looks_at(%s)", [list(client_ids)]))


def entries_in(scope: LogScope) -> list[QuerySet[HistoryEntry]]:
    """The changes that may be read in `scope`, each of a kind that one index finds in order of time.

    The first belong to its places (with their clients only for a facility), the second to people who work
    there now: their name, address, password and second factor, which belong to no place.
    """
    if scope.network:
        # With what every manager of people sees too, should the admin lead a place beside.
        about = Q(person__isnull=False) | Q(table_name="pia_sites_invitation")
        people = HistoryEntry.objects.filter(about, client_id=None).exclude(facility__in=scope.facilities)
        places = HistoryEntry.objects.filter(facility__in=scope.facilities)
        return [places, people] if scope.facilities else [people]
    found = [HistoryEntry.objects.filter(facility__in=scope.facilities)] if scope.facilities else []
    if scope.clinics:
        of_clinics = HistoryEntry.objects.filter(client_id=None, clinic__in=scope.clinics)
        found.append(of_clinics.exclude(facility__in=scope.facilities) if scope.facilities else of_clinics)
    working = Membership.objects.filter(Q(facility__in=scope.facilities) | Q(clinic__in=scope.clinics))
    found.append(
        HistoryEntry.objects.filter(
            client_id=None, facility=None, clinic=None, person__in=working.values("user")
        )
    )
    return found


def looks_in(scope: LogScope) -> QuerySet[ClientLook]:
    return ClientLook.objects.filter(facility__in=scope.facilities)


def people_in(scope: LogScope) -> QuerySet[User]:
    """Who may have done or seen something there: who has a role there or at a clinic that comes there."""
    roles = Membership.objects.all()
    if not scope.network:
        roles = roles.filter(
            Q(facility__in=scope.facilities)
            | Q(clinic__in=scope.clinics)
            | Q(clinic__sites__facility__in=scope.facilities)
        )
    return User.objects.filter(pk__in=roles.values("user"), is_system=False)


# Every value becomes «changed, not told»; that something was changed, when and by whom, stays.
FORGET = """
UPDATE pia_sites_historyentry
SET changes = (SELECT coalesce(jsonb_object_agg(n, '[]'::jsonb), '{}') FROM jsonb_object_keys(changes) n),
    sealed = (SELECT coalesce(jsonb_object_agg(n, '[]'::jsonb), '{}') FROM jsonb_object_keys(sealed) n)
WHERE client_id = ANY (%s)
"""


def forget_clients(client_ids: Collection[int]) -> int:
    """Takes every old and new value out of what was noted of these clients; how many rows that are.

    Looks hold no value. Only the tables' owner, or a role that was granted UPDATE, can do this.
    """
    with connection.cursor() as cursor:
        cursor.execute(FORGET, [list(client_ids)])
        return cursor.rowcount
