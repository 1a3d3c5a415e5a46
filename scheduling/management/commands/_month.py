"""What propose_month and publish_month share: their arguments, and the table of hours that they print."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone, translation
from django.utils.formats import date_format

from scheduling.importing.problems import quoted
from scheduling.models import ConsultationHour
from scheduling.months import Month
from sites import acting
from sites.models import Site
from sites.refusals import Refusal

HEADINGS = ("Tag", "Zeit", "Standort", "Psychiater:in", "Raum", "Zeitfenster", "Hinweis")
Row = tuple[str, ...]


class MonthCommand(BaseCommand):
    """A command for one month of some sites, or of all."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--site",
            action="append",
            dest="slugs",
            default=[],
            metavar="KÜRZEL",
            help="Kürzel eines Standorts; mehrfach möglich",
        )
        parser.add_argument("--all-sites", action="store_true", help="alle Standorte")
        parser.add_argument("--month", default="", metavar="JJJJ-MM", help="der Monat, zum Beispiel 2026-12")
        parser.add_argument("--dry-run", action="store_true", help="zeigt nur, was geschähe; schreibt nichts")

    def handle(
        self, *args: Any, slugs: list[str], all_sites: bool, month: str, dry_run: bool, **options: Any
    ) -> None:
        parsed, now = self._month(month), timezone.now()
        with acting.as_system(acting.System.PLANNER), translation.override("de"):
            sites = self._sites(slugs, all_sites)
            try:
                rows, summary = self.run(sites, parsed, now, dry_run=dry_run)
            except Refusal as refusal:
                raise CommandError(f"{month}: {refusal}") from refusal
            for line in table(rows):
                self.stdout.write(line)
        self.stdout.write(f"Probelauf, nichts wurde geschrieben. {summary}" if dry_run else summary)

    def run(
        self, sites: Collection[Site], month: Month, now: datetime, *, dry_run: bool
    ) -> tuple[list[Row], str]:
        """Does the work, or only looks; returns the table's rows and a closing sentence. Raises Refusal."""
        raise NotImplementedError

    def _sites(self, slugs: Sequence[str], all_sites: bool) -> list[Site]:
        if bool(slugs) == all_sites:
            raise CommandError("Bitte nennen Sie entweder --site KÜRZEL (auch mehrfach) oder --all-sites.")
        sites = Site.objects.select_related("facility").order_by("slug")
        if all_sites:
            found = list(sites)
            if not found:
                raise CommandError(
                    "Es gibt noch keinen Standort. Bitte lesen Sie zuerst eine Netzdatei ein: "
                    "manage.py import_network DATEI"
                )
            return found
        found = list(sites.filter(slug__in=slugs))
        missing = sorted(set(slugs) - {site.slug for site in found})
        if missing:
            known = ", ".join(sites.values_list("slug", flat=True)[:20]) or "keine"
            raise CommandError(f"Standort {', '.join(missing)} gibt es nicht. Vorhanden sind: {known}.")
        return found

    def _month(self, text: str) -> Month:
        try:
            return Month.parse(text)
        except ValueError as error:
            given = f"nicht {quoted(text)}" if text else "sie fehlt"
            raise CommandError(f"Die Angabe --month muss wie 2026-12 aussehen, {given}.") from error


def row(hour: ConsultationHour, slot_count: int, note: str) -> Row:
    start, end = hour.local_start, hour.ends_at.astimezone(hour.zone)
    return (
        date_format(start.date(), "D d.m.Y"),
        f"{start:%H:%M}–{end:%H:%M}",
        str(hour.site),
        str(hour.psychiatrist),
        str(hour.room),
        str(slot_count),
        note,
    )


def table(rows: Collection[Row]) -> Iterable[str]:
    """The lines of a table with headings; none without rows."""
    if not rows:
        return
    lines = [HEADINGS, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    for line in lines:
        yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()


def counted(number: int) -> str:
    return "1 Sprechstunde" if number == 1 else f"{number} Sprechstunden"
