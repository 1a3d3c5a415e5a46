"""manage.py propose_month: drafts the consultation hours of a month."""

from collections.abc import Collection
from datetime import datetime

from scheduling import collisions, publishing
from scheduling.management.commands._month import MonthCommand, Row, counted, row
from scheduling.models import AppointmentType
from scheduling.months import Month
from sites.models import Site, User


class Command(MonthCommand):
    help = "Schlägt die Sprechstunden eines Monats vor, als Entwürfe nach den Reihen der Standorte."

    def run(
        self, sites: Collection[Site], month: Month, now: datetime, *, dry_run: bool
    ) -> tuple[list[Row], str]:
        if dry_run:
            hours = publishing.plan_month(sites=sites, month=month, now=now)
        else:
            by = User.objects.system_actor("cli")
            hours = publishing.propose_month(sites=sites, month=month, by=by, now=now)
        rows = []
        for hour, found in zip(hours, collisions.find(hours), strict=True):
            bookable = [
                slot
                for slot in publishing.planned_slots(hour)
                if slot.appointment_type != AppointmentType.OPEN
            ]
            rows.append(row(hour, len(bookable), "; ".join(str(each) for each in found)))
        return rows, _summary(len(rows), month, dry_run=dry_run)


def _summary(count: int, month: Month, *, dry_run: bool) -> str:
    if not count:
        return f"Für {month} ist nichts vorzuschlagen: keine Tage mehr, oder alle sind schon vorgeschlagen."
    would = "würde " if count == 1 else "würden "
    return f"{counted(count)} für {month} {would if dry_run else ''}vorgeschlagen."
