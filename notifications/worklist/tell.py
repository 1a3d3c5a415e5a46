"""To be told in person: changes of appointments that no SMS told of."""

import json
from datetime import datetime

from notifications.models import MessageState, Reason
from notifications.worklist.items import Item, Scope, Source
from scheduling.models import AppointmentStatus

KIND = "tell"

# Whole hours that changed for somebody whom no SMS reaches; and moves and cancellations whose SMS came to
# nothing, unless a later one says what holds now.
UNTOLD = """
SELECT change.id, change.at, change.data, appointment.id, appointment.client_id, appointment.status,
    appointment.starts_at, told.reason, told.state
FROM (
    SELECT notice.change_id, notice.reason, notice.state
    FROM notifications_personalnotice notice WHERE notice.state = 'open'
    UNION
    SELECT message.change_id, message.reason, message.state
    FROM notifications_message message
    WHERE message.state IN ('failed', 'uncertain') AND message.appointment_starts_at > %(now)s
      AND message.channel = 'sms' AND message.recipient_client_id IS NOT NULL
      AND message.kind IN ('moved', 'cancelled')
) told
JOIN scheduling_change change ON change.id = told.change_id
JOIN scheduling_appointment appointment ON appointment.id = change.appointment_id
JOIN scheduling_client client ON client.id = appointment.client_id
WHERE client.facility_id = ANY (%(facilities)s) AND client.closed_at IS NULL
  AND NOT EXISTS (
      SELECT FROM scheduling_change later
      WHERE later.appointment_id = change.appointment_id AND later.id > change.id
        AND later.kind IN ('moved', 'cancelled', 'revived')
  )
ORDER BY told.state = 'open'
"""


def items(scope: Scope) -> list[Item]:
    """One for each change; what the notice says of it counts more than the message. One query."""
    made = {}
    for change, changed_at, data, appointment, client, status, starts_at, reason, state in scope.rows(UNTOLD):
        cancelled = status == AppointmentStatus.CANCELLED
        span = json.loads(data).get("from")
        item = Item(
            kind=KIND,
            client_id=client,
            subject=appointment,
            instance=str(change),
            due_at=changed_at,
            what="Sagen, dass der Termin ausfällt" if cancelled else "Die neue Zeit sagen",
            why=_why(state, reason),
            appointment_id=appointment,
            starts_at=starts_at,
            before=datetime.fromisoformat(span["starts_at"]) if span and not cancelled else None,
        )
        made[item.key] = item
    return list(made.values())


def _why(state: str, reason: str) -> str:
    if state == MessageState.UNCERTAIN:
        return "ungewiss, ob die SMS angekommen ist"
    return "keine Telefonnummer" if reason == Reason.NO_ADDRESS else str(Reason(reason).label)


SOURCE = Source(kind=KIND, label="Änderung mitteilen", items=items, done="Bescheid gesagt")
