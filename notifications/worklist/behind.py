"""What the appointments of the last weeks left open: read once for all sources that look back."""

from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from notifications.worklist.items import Scope

MISSED_BACK = timedelta(days=30)
DECIDED_BACK = timedelta(days=90)

LEFT_OPEN = """
SELECT appointment.id, appointment.client_id, client.facility_id, appointment.starts_at, appointment.ended_at,
    appointment.status, appointment.next_step, appointment.next_step_at, appointment.pia_date,
    appointment.handover, follow_up.status,
    EXISTS (
        SELECT FROM scheduling_appointment later
        WHERE later.client_id = appointment.client_id AND later.status <> 'cancelled'
          AND later.starts_at > appointment.starts_at
    ),
    ARRAY (
        SELECT waiting.site_id FROM scheduling_waitingentry waiting
        WHERE waiting.client_id = appointment.client_id AND waiting.closed_at IS NULL
    ),
    slot.site_id
FROM scheduling_appointment appointment
JOIN scheduling_client client ON client.id = appointment.client_id
JOIN scheduling_slot slot ON slot.id = appointment.slot_id
LEFT JOIN scheduling_appointment follow_up ON follow_up.id = appointment.follow_up_id
WHERE (
    appointment.status = 'noshow' AND appointment.ended_at > %(missed)s
    OR appointment.next_step IN ('follow_up', 'pia', 'waiting') AND appointment.next_step_at > %(decided)s
) AND client.facility_id = ANY (%(facilities)s) AND client.closed_at IS NULL
"""


class LeftOpen(NamedTuple):
    pk: int
    client_id: int
    facility_id: int
    starts_at: datetime
    ended_at: datetime
    status: str
    next_step: str
    decided_at: datetime
    pia_date: date
    handover: str
    follow_up_status: str | None
    has_later: bool
    waits_at: list[int]
    site_id: int


def left_open(scope: Scope) -> list[tuple[LeftOpen, ZoneInfo]]:
    """Each with its facility's clock. One query for all who ask."""
    found = scope.rows(LEFT_OPEN, missed=scope.now - MISSED_BACK, decided=scope.now - DECIDED_BACK)
    return [(LeftOpen(*row), scope.zones[row[2]]) for row in found]
