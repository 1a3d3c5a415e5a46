"""What the appointments and walk-ins of the last weeks left open: read once for all who look back."""

from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from notifications.worklist.items import Scope

MISSED_BACK = timedelta(days=30)
DECIDED_BACK = timedelta(days=90)

LEFT_OPEN = """
SELECT entry.*, client.facility_id, follow_up.status,
    EXISTS (
        SELECT FROM scheduling_appointment later
        WHERE later.client_id = entry.client_id AND later.status <> 'cancelled'
          AND later.starts_at > entry.starts_at
    ),
    ARRAY (
        SELECT waiting.site_id FROM scheduling_waitingentry waiting
        WHERE waiting.client_id = entry.client_id AND waiting.closed_at IS NULL
    )
FROM (
    SELECT appointment.id, appointment.id AS appointment_id, appointment.client_id, appointment.starts_at,
        appointment.ended_at, appointment.status, appointment.next_step, appointment.next_step_at,
        appointment.pia_date, appointment.handover, appointment.follow_up_id, slot.site_id
    FROM scheduling_appointment appointment JOIN scheduling_slot slot ON slot.id = appointment.slot_id
    WHERE appointment.status = 'noshow' AND appointment.ended_at > %(missed)s
        OR appointment.next_step IN ('follow_up', 'pia', 'waiting') AND appointment.next_step_at > %(decided)s
    UNION ALL
    SELECT walk_in.id, NULL, walk_in.client_id, hour.starts_at,
        walk_in.ended_at, walk_in.status, walk_in.next_step, walk_in.next_step_at,
        walk_in.pia_date, walk_in.handover, walk_in.follow_up_id, hour.site_id
    FROM scheduling_walkin walk_in JOIN scheduling_consultationhour hour ON hour.id = walk_in.hour_id
    WHERE walk_in.next_step IN ('follow_up', 'pia', 'waiting') AND walk_in.next_step_at > %(decided)s
) entry
JOIN scheduling_client client ON client.id = entry.client_id
LEFT JOIN scheduling_appointment follow_up ON follow_up.id = entry.follow_up_id
WHERE client.facility_id = ANY (%(facilities)s) AND client.closed_at IS NULL
"""


class LeftOpen(NamedTuple):
    """An appointment, or a walk-in: then without `appointment_id`, and `starts_at` is its hour's."""

    pk: int
    appointment_id: int | None
    client_id: int
    starts_at: datetime
    ended_at: datetime
    status: str
    next_step: str
    decided_at: datetime
    pia_date: date
    handover: str
    follow_up_id: int | None
    site_id: int
    facility_id: int
    follow_up_status: str | None
    has_later: bool
    waits_at: list[int]

    @property
    def decision(self) -> str:
        """Which decision about it: a walk-in may have the key of an appointment of the same client."""
        at = self.decided_at.isoformat()
        return at if self.appointment_id else f"walk-in {at}"


def left_open(scope: Scope) -> list[tuple[LeftOpen, ZoneInfo]]:
    """Each with its facility's clock. One query for all who ask."""
    found = scope.rows(LEFT_OPEN, missed=scope.now - MISSED_BACK, decided=scope.now - DECIDED_BACK)
    left = [LeftOpen(*row) for row in found]
    return [(each, scope.zones[each.facility_id]) for each in left]
