"""Releases from secrecy that are about to end, or ended a moment ago, and that no longer one follows."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from notifications.worklist.items import Item, Page, Scope, Source

KIND = "release"
AROUND = timedelta(days=14)

ENDING = """
SELECT release.id, release.client_id, client.facility_id, release.ends_date, clinic.name
FROM scheduling_release release
JOIN scheduling_client client ON client.id = release.client_id
JOIN pia_sites_clinic clinic ON clinic.id = release.clinic_id
WHERE release.withdrawn_at IS NULL AND release.ends_date BETWEEN %(first)s AND %(last)s
  AND client.facility_id = ANY (%(facilities)s) AND client.closed_at IS NULL
  AND NOT EXISTS (
      SELECT FROM scheduling_release longer
      WHERE longer.client_id = release.client_id AND longer.clinic_id = release.clinic_id
        AND longer.withdrawn_at IS NULL AND longer.ends_date > release.ends_date
  )
"""


def items(scope: Scope) -> list[Item]:
    """One query."""
    today = scope.now.date()
    return [
        Item(
            kind=KIND,
            client_id=client,
            subject=pk,
            instance=ends_date.isoformat(),
            due_at=_end_of(ends_date, scope.zones[facility]),
            what=f"Neue Schweigepflichtentbindung für {clinic}",
            why=f"gilt bis {ends_date:%d.%m.%Y}",
        )
        for pk, client, facility, ends_date, clinic in scope.rows(
            ENDING, first=today - AROUND, last=today + AROUND
        )
    ]


def _end_of(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone) + timedelta(days=1)


SOURCE = Source(
    kind=KIND,
    label="Entbindung läuft ab",
    items=items,
    done="Nicht mehr nötig",
    page=Page.RELEASE,
    page_label="Erneuern",
    by_talking=False,
)
