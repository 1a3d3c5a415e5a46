"""Releases from secrecy that are about to end, or ended a moment ago, and that no longer one follows."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Exists, F, OuterRef

from notifications.worklist.items import Item, Page, Source
from scheduling.models import Release
from sites.access import client_facilities_for
from sites.models import User

KIND = "release"
AROUND = timedelta(days=14)


def items(user: User, now: datetime) -> list[Item]:
    """One query."""
    today = now.date()
    longer = Release.objects.filter(
        client=OuterRef("client"),
        clinic=OuterRef("clinic"),
        withdrawn_at=None,
        ends_date__gt=OuterRef("ends_date"),
    )
    found = Release.objects.filter(
        ~Exists(longer),
        withdrawn_at=None,
        ends_date__range=(today - AROUND, today + AROUND),
        client__facility__in=client_facilities_for(user).values("pk"),
        client__closed_at=None,
    ).order_by()
    return [
        Item(
            kind=KIND,
            client_id=client,
            subject=pk,
            instance=ends_date.isoformat(),
            due_at=_end_of(ends_date, ZoneInfo(zone)),
            what=f"Neue Schweigepflichtentbindung für {clinic}",
            why=f"gilt bis {ends_date:%d.%m.%Y}",
        )
        for pk, client, ends_date, clinic, zone in found.values_list(
            "pk", "client_id", "ends_date", F("clinic__name"), F("client__facility__time_zone")
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
