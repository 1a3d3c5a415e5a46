"""Slots that are held for somebody who waits, until an answer comes or the time is over."""

from notifications.worklist.items import Item, Page, Scope, Source

KIND = "offer"

# What `scheduling.offering.live` finds.
STANDING = """
SELECT offer.id, entry.client_id, client.facility_id, offer.starts_at, offer.offered_at, offer.until_at
FROM scheduling_offer offer
JOIN scheduling_waitingentry entry ON entry.id = offer.entry_id
JOIN scheduling_client client ON client.id = entry.client_id
JOIN scheduling_slot slot ON slot.id = offer.slot_id
JOIN scheduling_consultationhour hour ON hour.id = slot.hour_id
WHERE offer.state = 'standing' AND offer.until_at > %(now)s AND slot.state = 'held'
    AND slot.held_by_id IS NULL AND slot.starts_at = offer.starts_at AND hour.status = 'published'
    AND entry.closed_at IS NULL AND client.facility_id = ANY (%(facilities)s) AND client.closed_at IS NULL
"""


def items(scope: Scope) -> list[Item]:
    """Due at once: nobody else gets the slot meanwhile. One query."""
    made = []
    for offer, client, facility, starts_at, offered_at, until_at in scope.rows(STANDING):
        until = until_at.astimezone(scope.zones[facility])
        made.append(
            Item(
                kind=KIND,
                client_id=client,
                subject=offer,
                instance=offered_at.isoformat(),
                due_at=offered_at,
                what="Fragen, ob das Zeitfenster passt",
                why=f"von der Warteliste, vorgemerkt bis {until:%d.%m., %H:%M} Uhr",
                starts_at=starts_at,
            )
        )
    return made


SOURCE = Source(
    kind=KIND,
    label="Angebot beantworten",
    items=items,
    done="",
    page=Page.OFFER,
    page_label="Angebot beantworten",
)
