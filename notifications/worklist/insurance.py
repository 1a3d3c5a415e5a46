"""Insurance that is in clearing, or proven for an earlier quarter only, when an appointment comes near."""

from datetime import timedelta

from notifications.worklist.ahead import next_of_each
from notifications.worklist.items import Item, Page, Scope, Source
from scheduling.models import Insurance
from scheduling.models.clients import quarter_of
from sites.models import InsurancePolicy

KIND = "insurance"


def items(scope: Scope) -> list[Item]:
    """Due a day before the next appointment, if its site asks for insurance."""
    made = []
    for each, zone in next_of_each(scope):
        clearing = each.insurance == Insurance.CLEARING
        quarter = quarter_of(each.starts_at.astimezone(zone).date())
        is_old = each.insurance == Insurance.PROVEN and each.insurance_quarter < quarter
        if each.insurance_policy == InsurancePolicy.NOT_REQUIRED or not (clearing or is_old):
            continue
        made.append(
            Item(
                kind=KIND,
                client_id=each.client_id,
                subject=0,
                instance=f"{each.insurance} {quarter}",
                due_at=each.starts_at - timedelta(days=1),
                what="Versicherung klären" if clearing else "Nach der Versichertenkarte fragen",
                why="wird noch geklärt" if clearing else f"nachgewiesen nur für {each.insurance_quarter}",
                starts_at=each.starts_at,
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
