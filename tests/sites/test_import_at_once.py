"""Two imports at once: the second waits for the first, and then finds nothing to do."""

import threading
import time

import pytest
from django.db import connection, connections, transaction

from scheduling import importing
from scheduling.importing import writing
from scheduling.importing.report import Outcome
from scheduling.importing.writing import write
from sites.models import Provider
from tests.sites.network_files import FILE

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND NOT granted"
SECONDS = 20


def waiting() -> int:
    with connection.cursor() as cursor:
        cursor.execute(WAITING, [writing.LOCK])
        return int(cursor.fetchone()[0])


def test_the_second_waits_and_changes_nothing() -> None:
    network = importing.load(FILE)
    created: list[int] = []

    def second() -> None:
        try:
            created.append(write(network).count(Outcome.CREATED))
        finally:
            connections.close_all()

    thread = threading.Thread(target=second)
    with transaction.atomic():
        assert write(network).count(Outcome.CREATED) == 24
        thread.start()
        deadline = time.monotonic() + SECONDS
        while not waiting() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert waiting() == 1
    thread.join(SECONDS)
    assert created == [0]
    assert Provider.objects.count() == 1
