"""`manage.py export_client`: everything that is kept of one client (Art. 15 and 20 DSGVO)."""

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone, translation

from notifications.management.clients import add_client_arguments, find_client
from notifications.retention.exporting import export_client
from sites import acting
from sites.looking import note_look
from sites.models import LookKind


class Command(BaseCommand):
    help = (
        "Schreibt alles, was über eine Klient:in gespeichert ist: als JSON für Programme oder als HTML-Seite "
        "zum Lesen und Drucken. Ohne --output auf die Standardausgabe."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_client_arguments(parser)
        parser.add_argument("--format", choices=["json", "html"], default="json", help="json oder html")
        parser.add_argument("--output", type=Path, metavar="DATEI", help="neue Datei, nur für Sie lesbar")

    def handle(
        self, *args: Any, code: str, facility: str, format: str, output: Path | None, **options: Any
    ) -> None:
        with acting.as_system(acting.System.KEEPER), translation.override("de"):
            export = export_client(client=find_client(code, facility), now=timezone.now())
            text = export.json if format == "json" else export.html
            note_look(LookKind.EXPORT, [export.client.pk], named=True)
        if output is None:
            self.stdout.write(text, ending="")
            return
        try:
            with os.fdopen(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(text)
        except FileExistsError as error:
            raise CommandError(
                f"{output} gibt es schon. Bitte nennen Sie eine andere Datei oder löschen Sie diese."
            ) from error
        except OSError as error:
            raise CommandError(f"{output} lässt sich nicht schreiben: {error.strerror}.") from error
        self.stdout.write(f"Die Auskunft steht in {output}.")
