"""Two facilities and three clinics with a client each, and rows asked for past `sites.access`, by raw SQL."""

import dataclasses
import json
from collections.abc import Sequence
from typing import Any, LiteralString

from django.db import connection
from psycopg import sql

from notifications import planning
from notifications.models import Message, Reply, ReplyOutcome
from scheduling.models import Appointment, Client
from sites.models import Role, Site, User
from tests.builders import NOW, make_client, make_published_hour, make_site, make_user
from tests.pages.desks import Place, make_place, slot_of

TABLES = (
    "scheduling_client",
    "scheduling_appointment",
    "notifications_consent",
    "notifications_message",
    "notifications_reply",
)


@dataclasses.dataclass
class Case:
    """A site's people, a client with an appointment and all that is kept of both, and a client without."""

    place: Place
    client: Client
    other_client: Client
    appointment: Appointment

    def ids(self, table: str) -> list[int]:
        """The keys of the rows of this site's facility, in order."""
        return {
            "scheduling_client": [self.client.pk, self.other_client.pk],
            "scheduling_appointment": [self.appointment.pk],
            "notifications_consent": [each.pk for each in self.client.consents.order_by("pk")],
            "notifications_message": list(
                Message.objects.filter(appointment=self.appointment)
                .order_by("pk")
                .values_list("pk", flat=True)
            ),
            "notifications_reply": list(
                Reply.objects.filter(client=self.client).order_by("pk").values_list("pk", flat=True)
            ),
        }[table]


@dataclasses.dataclass
class World:
    """`there` is another clinic in another facility; `neighbour` a third clinic's site where `here` is."""

    here: Case
    there: Case
    neighbour: Site
    neighbour_psychiatrist: User

    def person(self, name: str) -> User:
        match name:
            case "nobody's account":
                return make_user()
            case "psychiatrist of another clinic in this facility":
                return self.neighbour_psychiatrist
        return getattr(self.here.place, name)


def make_world() -> World:
    here, there = _case("0171 3920010"), _case("0171 3920011")
    planning.plan_changes(now=NOW)
    neighbour = make_site(facility=here.place.site.facility)
    psychiatrist = make_user(Role.PSYCHIATRIST, clinic=neighbour.clinic)
    make_published_hour(neighbour, psychiatrist=psychiatrist)
    return World(here, there, neighbour, psychiatrist)


def _case(phone: str) -> Case:
    place = make_place()
    client = place.client(phone=phone, consents=True)
    appointment = place.book(slot_of(place.hour()), client)
    Reply.objects.create(
        received_at=NOW,
        provider_sid=f"SM{client.pk}",
        client=client,
        address_index=client.phone_index,
        address=client.phone,
        body="OK",
        outcome=ReplyOutcome.NOTED,
    )
    return Case(place, client, make_client(place.site.facility, by=place.worker), appointment)


# -- raw SQL, without any filter of the program's --------------------------------------------------------


def ids(table: str) -> list[int]:
    """The keys of all rows of `table` that whoever acts may see."""
    return [row[0] for row in _run("SELECT id FROM {} ORDER BY id", table)]


def touched(table: str, pks: Sequence[int]) -> int:
    """How many of those rows an UPDATE changes that changes nothing."""
    return len(_run("UPDATE {} SET {} = {} WHERE id = ANY (%s) RETURNING id", table, COLUMN[table], [[*pks]]))


def deleted(table: str, pks: Sequence[int]) -> int:
    return len(_run("DELETE FROM {} WHERE id = ANY (%s) RETURNING id", table, values=[[*pks]]))


def row_of(table: str, pk: int) -> dict[str, Any]:
    """The row as JSON."""
    ((found,),) = _run("SELECT to_jsonb(t) FROM {} t WHERE id = %s", table, values=[pk])
    return json.loads(found) if isinstance(found, str) else found


def insert(table: str, row: dict[str, Any]) -> int:
    """Writes `row` under a new key; how many rows that made."""
    fresh = json.dumps({**row, "id": row["id"] + 1_000_000})
    statement = sql.SQL("INSERT INTO {} SELECT * FROM jsonb_populate_record(NULL::{}, %s::jsonb)")
    with connection.cursor() as cursor:
        cursor.execute(statement.format(sql.Identifier(table), sql.Identifier(table)), [fresh])
        return cursor.rowcount


def plan_of(table: str) -> list[str]:
    """How PostgreSQL would find all rows of `table`, line by line."""
    return [row[0].strip() for row in _run("EXPLAIN (VERBOSE, COSTS OFF) SELECT id FROM {}", table)]


COLUMN = {
    "scheduling_client": "code",
    "scheduling_appointment": "appointment_type",
    "notifications_consent": "withdrawn_at",
    "notifications_message": "state",
    "notifications_reply": "outcome",
}


def _run(
    statement: LiteralString, table: str, column: str = "", values: Sequence[Any] = ()
) -> list[tuple[Any, ...]]:
    names = [sql.Identifier(table), *([sql.Identifier(column)] * 2 if column else [])]
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(statement).format(*names), values)
        return cursor.fetchall()
