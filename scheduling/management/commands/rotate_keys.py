"""`manage.py rotate_keys`: brings everything that is encrypted under the first key."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from scheduling.management.progress import Progress
from sites import key_rotation
from sites.encryption import WrongKey


class Command(BaseCommand):
    help = (
        "Verschlüsselt alles neu, was noch unter einem älteren Schlüssel steht. Vorher den neuen Schlüssel "
        "als ersten in FIELD_ENCRYPTION_KEYS eintragen und alle Prozesse neu starten. Darf neben dem "
        "Betrieb laufen und unterbrochen werden; danach darf der alte Schlüssel weg."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        progress = Progress(sys.stderr)
        try:
            changed = key_rotation.rotate(progress=progress)
        except WrongKey as error:
            raise CommandError(
                f"{error} Bitte tragen Sie auch den älteren Schlüssel wieder ein. "
                "Was neu verschlüsselt ist, bleibt."
            ) from error
        finally:
            progress.close()
        rows = sum(changed.values())
        self.stdout.write(f"{rows} Zeilen neu verschlüsselt." if rows else "Nichts zu tun.")
