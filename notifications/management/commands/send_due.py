"""`manage.py send_due`: one sweep, as cron does it every minute."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from notifications import sweeping

LABELS = {
    "recovered": "unterbrochene Versuche aufgenommen",
    "resolved": "ungewisse geklärt",
    "changes": "Änderungen eingeplant",
    "months": "Hinweise auf Monate eingeplant",
    "notes": "Hinweise zu Sprechstunden eingeplant",
    "sent": "Nachrichten gesendet",
    "delivered": "Nachrichten zugestellt",
    "planned": "später noch einmal",
    "failed": "fehlgeschlagen",
    "uncertain": "ungewiss",
    "dropped": "entfallen",
    "erased": "Klient:innen gelöscht",
}


class Command(BaseCommand):
    help = "Plant Nachrichten zu neuen Änderungen und verschickt, was fällig ist. Darf jederzeit laufen."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            counts = sweeping.sweep(now=timezone.now())
        except ExceptionGroup as group:
            names = ", ".join(sorted({type(error).__name__ for error in group.exceptions}))
            raise CommandError(
                f"Nicht alles ist gelungen ({names}). Was fehlt, holt der nächste Lauf nach."
            ) from group
        found = [f"{counts[name]} {label}" for name, label in LABELS.items() if counts[name]]
        self.stdout.write(f"{', '.join(found)}." if found else "Nichts zu tun.")
