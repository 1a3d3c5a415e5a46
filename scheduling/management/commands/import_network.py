"""manage.py import_network FILE: brings a network file into the database, or says what is wrong with it."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError

from scheduling import importing
from scheduling.importing.problems import NotImportable
from scheduling.importing.report import Outcome, Report
from scheduling.importing.writing import write
from scheduling.management.progress import Progress
from sites import acting


class Command(BaseCommand):
    help = "Liest eine Netzdatei (docs/netzdatei.md) ein: legt an und ändert, löscht nichts."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="die Netzdatei (YAML)")
        parser.add_argument(
            "--dry-run", action="store_true", help="zeigt, was sich ändern würde; schreibt nichts"
        )
        parser.add_argument(
            "--overwrite-series",
            action="store_true",
            help="nimmt auch für Reihen, die im Programm geändert wurden, was in der Datei steht",
        )

    def handle(
        self,
        *args: Any,
        file: Path,
        dry_run: bool,
        overwrite_series: bool,
        verbosity: int,
        **options: Any,
    ) -> None:
        progress = Progress(sys.stderr)
        try:
            network = importing.load(file)
            with acting.as_system(acting.System.PLANNER):
                report = write(network, dry_run=dry_run, overwrite_series=overwrite_series, progress=progress)
        except NotImportable as refusal:
            raise CommandError(self._refusal(refusal)) from refusal
        except IntegrityError as error:
            # What the checks can't foresee, such as two sites that swap their places, the constraints refuse.
            constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
            raise CommandError(
                f"Die Datenbank lässt diese Änderung nicht zu ({constraint}). Nichts wurde geschrieben."
            ) from error
        finally:
            progress.close()
        if dry_run or verbosity > 1:
            self._details(report)
        self._summary(report, dry_run=dry_run)

    def _refusal(self, refusal: NotImportable) -> str:
        count = len(refusal.problems)
        end = "ein Problem" if count == 1 else f"{count} Probleme"
        return f"{end}, nichts wurde geschrieben.\n{refusal}"

    def _details(self, report: Report) -> None:
        for line in report.changes:
            what = f": {'; '.join(line.differences)}" if line.differences else ""
            self.stdout.write(f"{line.outcome.value:<8} {line.kind}: {line.name}{what}")

    def _summary(self, report: Report, *, dry_run: bool) -> None:
        for kind in report.kinds:
            counts = (f"{report.count(outcome, kind):>5} {outcome.value}" for outcome in Outcome)
            self.stdout.write(f"{kind:<20}" + "".join(counts))
        for note in report.notes:
            self.stdout.write(f"Hinweis: {note}")
        created, updated = report.count(Outcome.CREATED), report.count(Outcome.UPDATED)
        if not created and not updated:
            self.stdout.write(
                f"Nichts zu ändern: alle {len(report.lines)} Einträge sind schon so in der Datenbank."
            )
        elif dry_run:
            self.stdout.write(f"Probelauf, nichts wurde geschrieben: {created} neu, {updated} geändert.")
        else:
            self.stdout.write(self.style.SUCCESS(f"Eingelesen: {created} neu, {updated} geändert."))
