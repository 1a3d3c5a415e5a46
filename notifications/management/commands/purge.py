"""`manage.py purge`: forgets the clients whose time has come, as cron does it every night."""

import sys
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from notifications.management.clients import table
from notifications.retention import purging
from scheduling.management.progress import Progress
from scheduling.models import Client
from sites import acting

HEADINGS = ("Kürzel      ", "Einrichtung                   ", "zuletzt   ", "Frist bis ", "anonymisiert")
LABELS = {
    "forgotten": "Klient:innen anonymisiert",
    "announced": "angekündigt",
    "texts": "Texte von Nachrichten geleert",
    "sessions": "abgelaufene Sitzungen entfernt",
}


class Command(BaseCommand):
    help = (
        "Anonymisiert Klient:innen, deren Aufbewahrungsfrist vorbei ist und deren Einrichtung das seit "
        "sieben Tagen weiß, kündigt die nächsten an und leert alte Texte. Darf jederzeit laufen und "
        "unterbrochen werden."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="zeigt nur, was geschähe; schreibt nichts")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        now = timezone.now()
        if dry_run:
            with acting.as_system(acting.System.KEEPER):
                self._show(now)
            return
        progress = Progress(sys.stderr)
        try:
            counts = purging.purge(now=now, progress=progress)
        except ExceptionGroup as group:
            names = ", ".join(sorted({type(error).__name__ for error in _leaves(group)}))
            raise CommandError(
                f"Nicht alles ist gelungen ({names}). Was fehlt, holt der nächste Lauf nach."
            ) from None
        finally:
            progress.close()
        found = [f"{counts[name]} {label}" for name, label in LABELS.items() if counts[name]]
        self.stdout.write(f"{', '.join(found)}." if found else "Nichts zu tun.")

    def _show(self, now: datetime) -> None:
        expiring = purging.expiring(Client.objects.select_related("facility"), now=now)
        rows = (_row(client, now) for client in expiring.iterator(chunk_size=500))
        for line in table(HEADINGS, rows):
            self.stdout.write(line)
        going = purging.due(now=now).count()
        telling = purging.to_announce(now=now).count()
        self.stdout.write(
            f"Probelauf, nichts wurde geschrieben. Jetzt anonymisiert: {going}. Jetzt angekündigt: {telling}."
        )


def _row(client: Client, now: datetime) -> tuple[str, ...]:
    zone = client.facility.zone
    goes_at = purging.goes_at(client, now=now)
    days = (client.last_at, client.keep_until)  # type: ignore[attr-defined]
    return (
        client.code,
        client.facility.name[: len(HEADINGS[1])],
        *(f"{each.astimezone(zone):%d.%m.%Y}" for each in days),
        "jetzt" if goes_at <= now else f"{goes_at.astimezone(zone):%d.%m.%Y}",
    )


def _leaves(group: ExceptionGroup) -> Iterable[Exception]:
    for error in group.exceptions:
        if isinstance(error, ExceptionGroup):
            yield from _leaves(error)
        else:
            yield error
