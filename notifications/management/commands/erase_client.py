"""`manage.py erase_client`: forgets one client (Art. 17 DSGVO), after everyone was told."""

import sys
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from notifications.management.clients import add_client_arguments, find_client, table
from notifications.retention import erasing
from scheduling.models import Client
from sites import acting
from sites.models import User
from sites.refusals import Refusal

# EX_TEMPFAIL (sysexits.h): begun, and finished by the worker.
STILL_WAITING = 75
HEADINGS = ("Termin              ", "Psychiater:in")


class Command(BaseCommand):
    help = (
        "Löscht alles, was zu einer Klient:in führt. Kommende Termine werden vorher abgesagt und alle "
        "benachrichtigt; steht noch eine Nachricht aus, löscht der Worker danach, spätestens nach 24 Stunden."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_client_arguments(parser)
        parser.add_argument("--yes", action="store_true", help="fragt nicht nach")
        parser.add_argument("--dry-run", action="store_true", help="zeigt nur, was geschähe; schreibt nichts")

    def handle(self, *args: Any, code: str, facility: str, yes: bool, dry_run: bool, **options: Any) -> None:
        now = timezone.now()
        with acting.as_system(acting.System.KEEPER):
            client = find_client(code, facility)
            self._show(client, now)
            if dry_run:
                self.stdout.write("Probelauf, nichts wurde gelöscht.")
                return
            if client.closed_at is None:
                self._ask(client, yes)
                self._request(client, now)
            erasing.finish_erasures(now=now)
            done = Client.objects.get(pk=client.pk).anonymised_at is not None
        if not done:
            self.stdout.write(
                "Die Termine sind abgesagt. Sobald die Nachrichten dazu gesendet sind, spätestens nach "
                "24 Stunden, wird alles gelöscht. Dafür müssen Worker und Cron laufen; dieser Befehl darf "
                "wiederholt werden."
            )
            raise SystemExit(STILL_WAITING)
        self.stdout.write("Gelöscht. Die Termine werden ohne Person weiter gezählt.")

    def _show(self, client: Client, now: datetime) -> None:
        coming = erasing.coming_appointments(client, now=now)
        rows = [
            (
                f"{each.local_start:%d.%m.%Y, %H:%M} Uhr",
                str(each.slot.hour.psychiatrist),
            )
            for each in coming
        ]
        if not rows:
            self.stdout.write("Es ist kein Termin gebucht.")
            return
        self.stdout.write("Abgesagt werden:")
        for line in table(HEADINGS, rows):
            self.stdout.write(line)

    def _ask(self, client: Client, yes: bool) -> None:
        if yes:
            return
        if not sys.stdin.isatty():
            raise CommandError("Bitte bestätigen Sie mit --yes; hier kann niemand gefragt werden.")
        self.stdout.write(
            "Das lässt sich nicht zurücknehmen. Zum Bestätigen bitte das Kürzel eingeben: ", ending=""
        )
        self.stdout.flush()
        if sys.stdin.readline().strip().upper() != client.code:
            raise CommandError("Nicht bestätigt, nichts wurde gelöscht.")

    def _request(self, client: Client, now: datetime) -> None:
        try:
            erasing.request_erasure(client=client, by=User.objects.system_actor("cli"), now=now)
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
