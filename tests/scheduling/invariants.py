"""What must hold after every command, asked in SQL alone: each query finds the rows that break one rule."""

from typing import Any, cast

from django.db import connection
from psycopg import sql

QUERIES = {
    "a slot carries one live appointment": """
        SELECT slot_id FROM scheduling_appointment
        WHERE status <> 'cancelled' GROUP BY slot_id HAVING count(*) > 1
    """,
    "a client has one appointment at a time": """
        SELECT one.id FROM scheduling_appointment one JOIN scheduling_appointment other
        ON one.client_id = other.client_id AND one.id < other.id
        AND one.starts_at < other.ends_at AND other.starts_at < one.ends_at
        WHERE one.status <> 'cancelled' AND other.status <> 'cancelled'
    """,
    "a psychiatrist is in one place": """
        SELECT one.id FROM scheduling_consultationhour one JOIN scheduling_consultationhour other
        ON one.psychiatrist_id = other.psychiatrist_id AND one.id < other.id
        AND one.starts_at < other.ends_at AND other.starts_at < one.ends_at
        WHERE one.status IN ('published', 'held') AND other.status IN ('published', 'held')
    """,
    "a room holds one hour": """
        SELECT one.id FROM scheduling_consultationhour one JOIN scheduling_consultationhour other
        ON one.room_id = other.room_id AND one.id < other.id
        AND one.starts_at < other.ends_at AND other.starts_at < one.ends_at
        WHERE one.status IN ('published', 'held') AND other.status IN ('published', 'held')
    """,
    "slots lie within their hour, apart from each other": """
        SELECT slot.id FROM scheduling_slot slot
        JOIN scheduling_consultationhour hour ON hour.id = slot.hour_id
        WHERE slot.starts_at < hour.starts_at OR slot.ends_at > hour.ends_at OR slot.site_id <> hour.site_id
        OR EXISTS (
            SELECT FROM scheduling_slot other WHERE other.hour_id = slot.hour_id AND other.id <> slot.id
            AND slot.starts_at < other.ends_at AND other.starts_at < slot.ends_at
        )
    """,
    "a slot is busy if and only if it has a live appointment": """
        SELECT slot.id FROM scheduling_slot slot
        LEFT JOIN scheduling_appointment live ON live.slot_id = slot.id AND live.status <> 'cancelled'
        WHERE (slot.state = 'busy') <> (live.id IS NOT NULL)
    """,
    "live appointments are in published or held hours": """
        SELECT live.id FROM scheduling_appointment live
        JOIN scheduling_slot slot ON slot.id = live.slot_id
        JOIN scheduling_consultationhour hour ON hour.id = slot.hour_id
        WHERE live.status <> 'cancelled' AND hour.status NOT IN ('published', 'held')
    """,
    "an appointment has its slot's times and type while it lives": """
        SELECT appointment.id FROM scheduling_appointment appointment
        JOIN scheduling_slot slot ON slot.id = appointment.slot_id
        WHERE appointment.status <> 'cancelled'
        AND (appointment.starts_at, appointment.ends_at, appointment.appointment_type)
           <> (slot.starts_at, slot.ends_at, slot.appointment_type)
    """,
    "clients are booked in their own facility, and never into open time": """
        SELECT appointment.id FROM scheduling_appointment appointment
        JOIN scheduling_client client ON client.id = appointment.client_id
        JOIN scheduling_slot slot ON slot.id = appointment.slot_id
        JOIN pia_sites_site site ON site.id = slot.site_id
        WHERE site.facility_id <> client.facility_id
        OR appointment.status <> 'cancelled' AND slot.appointment_type = 'open'
    """,
    "SEQUENCE counts an appointment's changes after booking": """
        SELECT appointment.id FROM scheduling_appointment appointment WHERE sequence <> (
            SELECT count(*) FROM scheduling_change change
            WHERE change.appointment_id = appointment.id
            AND change.kind IN ('moved', 'substituted', 'cancelled', 'revived')
        )
    """,
    "an appointment's changes are booked 0, moved 1, 2, …, cancelled last unless it is revived next": """
        SELECT id FROM (
            SELECT id, kind, sequence, appointment_id,
                row_number() OVER (PARTITION BY appointment_id ORDER BY id) - 1 AS place,
                lag(kind) OVER (PARTITION BY appointment_id ORDER BY id) AS before,
                lead(kind) OVER (PARTITION BY appointment_id ORDER BY id) AS after
            FROM scheduling_change WHERE appointment_id IS NOT NULL
            AND kind IN ('booked', 'moved', 'substituted', 'cancelled', 'revived')
        ) change
        WHERE sequence <> place OR (kind = 'booked') <> (place = 0)
        OR kind = 'cancelled' AND after <> 'revived'
        OR kind = 'revived' AND before IS DISTINCT FROM 'cancelled'
    """,
    "an appointment is cancelled if and only if its last change says so": """
        SELECT appointment.id FROM scheduling_appointment appointment
        WHERE (appointment.status = 'cancelled') <> (
            SELECT kind = 'cancelled' FROM scheduling_change change
            WHERE change.appointment_id = appointment.id
            AND kind IN ('booked', 'moved', 'substituted', 'cancelled', 'revived')
            ORDER BY id DESC LIMIT 1
        )
    """,
    "every appointment was booked by a recorded change": """
        SELECT appointment.id FROM scheduling_appointment appointment WHERE NOT EXISTS (
            SELECT FROM scheduling_change change
            WHERE change.appointment_id = appointment.id AND change.kind = 'booked'
            AND (change.at, change.by_id) = (appointment.booked_at, appointment.booked_by_id)
        )
    """,
    "an hour is what its last change made it": """
        SELECT hour.id FROM scheduling_consultationhour hour
        JOIN LATERAL (
            SELECT kind FROM scheduling_change change
            WHERE change.hour_id = hour.id AND change.appointment_id IS NULL
            AND change.kind = ANY (ARRAY['hour_proposed', 'hour_published', 'hour_withdrawn', 'hour_skipped',
                'hour_restored', 'hour_changed', 'hour_cancelled', 'hour_moved', 'hour_resized',
                'hour_substituted'])
            ORDER BY id DESC LIMIT 1
        ) last ON true
        WHERE hour.status <> CASE
            WHEN last.kind IN ('hour_published', 'hour_moved', 'hour_resized', 'hour_substituted')
            THEN 'published'
            WHEN last.kind IN ('hour_skipped', 'hour_cancelled') THEN 'cancelled'
            ELSE 'draft'
        END
    """,
    "the calendar of the series knows which days are left out": """
        SELECT hour.id FROM scheduling_consultationhour hour
        JOIN schedule_occurrence occurrence ON occurrence.id = hour.occurrence_id
        WHERE occurrence.cancelled <> (hour.status = 'cancelled')
        OR (occurrence.start, occurrence.end) <> (hour.starts_at, hour.ends_at)
    """,
    "SEQUENCE counts the changes of a whole hour that calendars follow": """
        SELECT hour.id FROM scheduling_consultationhour hour WHERE sequence <> (
            SELECT count(*) FROM scheduling_change change
            WHERE change.hour_id = hour.id AND change.appointment_id IS NULL AND (
                change.kind IN ('hour_cancelled', 'hour_moved', 'hour_resized', 'hour_substituted',
                                'hour_withdrawn')
                OR change.kind IN ('hour_changed', 'hour_adapted')
                AND change.data -> 'from' <> change.data -> 'to'
            )
        )
    """,
    "what was replaced is cancelled": """
        SELECT hour.id FROM scheduling_consultationhour hour
        JOIN scheduling_consultationhour replaced ON replaced.id = hour.replaces_id
        WHERE replaced.status <> 'cancelled'
    """,
    "whoever is changed with a whole hour is in it, or was cancelled with it": """
        SELECT change.id FROM scheduling_change change
        JOIN scheduling_change cause ON cause.id = (change.data ->> 'hour_change')::bigint
        WHERE change.hour_id <> CASE
            WHEN cause.data ->> 'replacement' IS NULL THEN cause.hour_id
            ELSE (cause.data ->> 'replacement')::bigint
        END OR change.id <= cause.id
    """,
    "a walk-in is in an hour that takes place, and has a slot of it that nobody else has": """
        SELECT walk_in.id FROM scheduling_walkin walk_in
        JOIN scheduling_consultationhour hour ON hour.id = walk_in.hour_id
        LEFT JOIN scheduling_slot slot ON slot.id = walk_in.slot_id
        WHERE hour.status NOT IN ('published', 'held')
        OR slot.id IS NOT NULL AND (slot.hour_id <> hour.id OR slot.state <> 'blocked')
    """,
    "what follows is for the same client": """
        SELECT entry.id FROM (
            SELECT id, client_id, follow_up_id FROM scheduling_appointment
            UNION ALL SELECT id, client_id, follow_up_id FROM scheduling_walkin
        ) entry
        JOIN scheduling_appointment follow_up ON follow_up.id = entry.follow_up_id
        WHERE follow_up.client_id IS DISTINCT FROM entry.client_id
    """,
    "a day of a series is taken up once": """
        SELECT series_id FROM scheduling_consultationhour WHERE series_id IS NOT NULL
        GROUP BY series_id, rule_date HAVING count(*) > 1
    """,
}

TRACED = [
    "schedule_occurrence",
    "scheduling_appointment",
    "scheduling_change",
    "scheduling_client",
    "scheduling_consultationhour",
    "scheduling_slot",
    "scheduling_waitingentry",
    "scheduling_walkin",
]


def broken() -> dict[str, list[int]]:
    """The rules that do not hold, each with the keys of the rows that break it."""
    parts = [
        sql.SQL("SELECT {}, key FROM ({}) found (key)").format(sql.Literal(name), sql.SQL(cast(Any, query)))
        for name, query in QUERIES.items()
    ]
    found: dict[str, list[int]] = {}
    for name, key in _rows(sql.SQL(" UNION ALL ").join(parts)):
        found.setdefault(name, []).append(key)
    return found


def fingerprint() -> tuple[str, ...]:
    """Differs after any change of any row that a command could write."""
    digest = "(SELECT md5(coalesce(string_agg(row::text, '|' ORDER BY id), '')) FROM {} row)"
    digests = [sql.SQL(cast(Any, digest)).format(sql.Identifier(table)) for table in TRACED]
    [row] = _rows(sql.SQL("SELECT {}").format(sql.SQL(", ").join(digests)))
    return row


def _rows(query: sql.Composed) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(cast(str, query))
        return cursor.fetchall()
