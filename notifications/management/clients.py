"""Which client a command is about, and to whom it answers."""

from collections.abc import Iterable

from django.core.management.base import CommandError, CommandParser
from django.db.models import Q

from scheduling.models import Client


def add_client_arguments(parser: CommandParser) -> None:
    parser.add_argument("code", metavar="KÜRZEL", help="Kürzel der Klient:in, auch ein früheres")
    parser.add_argument(
        "--facility",
        default="",
        metavar="EINRICHTUNG",
        help="Kürzel der Einrichtung; nötig, wenn mehrere dieses Kürzel vergeben haben",
    )


def find_client(code: str, facility: str) -> Client:
    """The client whom `code` finds. Raises CommandError where it finds nobody, or more than one."""
    typed = code.replace("\x00", "").strip().upper()
    found = Client.objects.filter(Q(code=typed) | Q(former_codes__code=typed), anonymised_at=None)
    if facility:
        found = found.filter(facility__slug=facility)
    clients = list(
        found.select_related("facility", "created_by", "changed_by").distinct().order_by("pk")[:20]
    )
    if not clients:
        raise CommandError(
            "Dieses Kürzel gibt es nicht. Bitte prüfen Sie es, und auch --facility, falls angegeben."
        )
    if len(clients) > 1:
        slugs = ", ".join(sorted(client.facility.slug for client in clients))
        raise CommandError(
            f"Mehrere Einrichtungen haben dieses Kürzel: {slugs}. Bitte nennen Sie --facility."
        )
    return clients[0]


def table(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterable[str]:
    """The lines of a table as they come: each column as wide as its heading, which leaves room for them."""
    for row in (headings, *rows):
        yield "  ".join(cell.ljust(len(head)) for cell, head in zip(row, headings, strict=True)).rstrip()
