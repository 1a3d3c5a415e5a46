"""Insurance that is in clearing, or proven for an earlier quarter only, when an appointment comes near."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import F

from notifications.worklist.items import Item, Page, Source, coming, next_start
from scheduling.models import Insurance
from scheduling.models.clients import quarter_of
from sites.models import InsurancePolicy, User

KIND = "insurance"
AHEAD = timedelta(days=14)


def items(user: User, now: datetime) -> list[Item]:
    """Due a day before the next appointment at a site that asks for insurance. One query."""
    found = next_start(
        coming(user, after=now, until=now + AHEAD)
        .filter(client__insurance__in=[Insurance.CLEARING, Insurance.PROVEN])
        .exclude(slot__site__insurance_policy=InsurancePolicy.NOT_REQUIRED)
        .values_list(
            "client_id",
            F("client__insurance"),
            F("client__insurance_quarter"),
            F("client__facility__time_zone"),
        )
    )
    made = []
    for client, insurance, proven_for, zone, starts_at in found:
        quarter = quarter_of(starts_at.astimezone(ZoneInfo(zone)).date())
        if insurance == Insurance.PROVEN and proven_for >= quarter:
            continue
        clearing = insurance == Insurance.CLEARING
        made.append(
            Item(
                kind=KIND,
                client_id=client,
                subject=0,
                instance=f"{insurance} {quarter}",
                due_at=starts_at - timedelta(days=1),
                what="Versicherung klären" if clearing else "Nach der Versichertenkarte fragen",
                why="wird noch geklärt" if clearing else f"nachgewiesen nur für {proven_for}",
                starts_at=starts_at,
            )
        )
    return made


SOURCE = Source(
    kind=KIND,
    label="Versicherung",
    items=items,
    page=Page.FILE,
    page_label="Angaben ändern",
    by_talking=False,
)
