"""manage.py publish_month: publishes the drafts of a month that nothing speaks against."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime

from scheduling import publishing
from scheduling.management.commands._month import MonthCommand, Row, counted, row
from scheduling.models import AppointmentType, Slot
from scheduling.months import Month
from scheduling.publishing import Published
from sites.models import Site, User


class Command(MonthCommand):
    help = "Veröffentlicht die Entwürfe eines Monats; was mit etwas zusammentrifft, bleibt Entwurf."

    def run(
        self, sites: Collection[Site], month: Month, now: datetime, *, dry_run: bool
    ) -> tuple[list[Row], str]:
        if dry_run:
            result = publishing.preview_publishing(sites=sites, month=month, now=now)
        else:
            by = User.objects.system_actor("cli")
            result = publishing.publish_month(sites=sites, month=month, by=by, now=now)
        return _rows(result, dry_run=dry_run), _summary(result, month, dry_run=dry_run)


def _rows(result: Published, *, dry_run: bool) -> list[Row]:
    done = "wird veröffentlicht" if dry_run else "veröffentlicht"
    noted = [(hour, done) for hour in result.hours]
    for hour, found in result.held_back:
        noted.append((hour, "bleibt Entwurf: " + "; ".join(str(each) for each in found)))
    bookable = Slot.objects.exclude(appointment_type=AppointmentType.OPEN)
    slot_counts = Counter(
        bookable.filter(hour__in=[hour for hour, _ in noted]).values_list("hour_id", flat=True)
    )
    noted.sort(key=lambda each: (each[0].starts_at, each[0].pk))
    return [row(hour, slot_counts[hour.pk], note) for hour, note in noted]


def _summary(result: Published, month: Month, *, dry_run: bool) -> str:
    if not result.hours and not result.held_back:
        return f"Für {month} gibt es keine Entwürfe. Vorschlagen: manage.py propose_month."
    would = "würde " if len(result.hours) == 1 else "würden "
    published = f"{counted(len(result.hours))} für {month} {would if dry_run else ''}veröffentlicht"
    if not result.held_back:
        return f"{published}."
    return (
        f"{published}, {len(result.held_back)} zurückgehalten. "
        "Bitte entscheiden Sie dort: auslassen oder trotzdem veröffentlichen."
    )
