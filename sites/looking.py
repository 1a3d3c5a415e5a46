"""Noting who saw what is known of which client.

A view says so immediately before it answers: what cannot be noted is not shown. One query, whatever the
number of clients.
"""

from collections.abc import Collection

from django.db import connection

from sites.models import LookKind


def note_look(kind: LookKind, client_ids: Collection[int], *, named: bool) -> None:
    """Whoever acts (`sites.acting`) sees those clients now; no clients, no look.

    `named` says whether more than the pseudonym can be read.
    """
    if client_ids:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pia_note_look(%s, %s, %s)", [kind.value, sorted(set(client_ids)), named])
