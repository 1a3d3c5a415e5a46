"""The booked appointments of the next two weeks, with what their clients' files and the last SMS say.

Read once for all sources that look ahead.
"""

from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from notifications.worklist.items import Scope

AHEAD = timedelta(days=14)

# Messages leave within minutes: one that is due for so long does not leave by itself.
OVERDUE = timedelta(hours=1)

# The last text that has left, or was to leave by now, about the appointment as it stands now.
COMING = """
SELECT appointment.id, appointment.client_id, client.facility_id,
    appointment.starts_at, appointment.booked_at, appointment.confirmed_at IS NOT NULL,
    client.phone_index, client.phone_suspended_at, client.phone_verified_at,
    client.insurance, client.insurance_quarter, site.insurance_policy,
    EXISTS (
        SELECT FROM notifications_consent consent
        WHERE consent.client_id = client.id AND consent.channel = 'sms'
          AND consent.purpose = 'appointments' AND consent.withdrawn_at IS NULL
    ),
    last.state, last.reason
FROM scheduling_appointment appointment
JOIN scheduling_client client ON client.id = appointment.client_id
JOIN scheduling_slot slot ON slot.id = appointment.slot_id
JOIN pia_sites_site site ON site.id = slot.site_id
LEFT JOIN LATERAL (
    SELECT message.state, message.reason FROM notifications_message message
    WHERE message.appointment_id = appointment.id AND message.channel = 'sms'
      AND message.recipient_client_id IS NOT NULL
      AND (message.state <> 'planned' OR message.due_at < %(overdue)s)
      AND message.appointment_starts_at = appointment.starts_at
    ORDER BY message.id DESC LIMIT 1
) last ON true
WHERE appointment.status = 'booked' AND appointment.starts_at > %(now)s AND appointment.starts_at <= %(until)s
  AND client.facility_id = ANY (%(facilities)s) AND client.closed_at IS NULL
ORDER BY appointment.starts_at
"""


class Coming(NamedTuple):
    pk: int
    client_id: int
    facility_id: int
    starts_at: datetime
    booked_at: datetime
    is_confirmed: bool
    phone_index: str
    suspended_at: datetime | None
    verified_at: datetime | None
    insurance: str
    insurance_quarter: str
    insurance_policy: str
    consents: bool
    sms_state: str | None
    sms_reason: str | None


def coming(scope: Scope) -> list[tuple[Coming, ZoneInfo]]:
    """The next first, each with its facility's clock. One query for all who ask."""
    found = scope.rows(COMING, until=scope.now + AHEAD, overdue=scope.now - OVERDUE)
    return [(Coming(*row), scope.zones[row[2]]) for row in found]


def next_of_each(scope: Scope) -> list[tuple[Coming, ZoneInfo]]:
    """Of each client the next one only."""
    first: dict[int, tuple[Coming, ZoneInfo]] = {}
    for each, zone in coming(scope):
        first.setdefault(each.client_id, (each, zone))
    return list(first.values())
