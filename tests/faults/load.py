"""`python -m tests.faults.load`: a process that books one slot after another, whatever happens to PostgreSQL.

Prints `booked <slot>` for each booking that was confirmed to it. With --unguarded a booking is no longer one
transaction, and the triggers that would not let half of one stand are off.
"""

import argparse
import os
import threading
import time
from collections.abc import Iterable

import django
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

# Few enough bookings a second that the slots last until the end of the test.
PAUSE_SECONDS = 0.1


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--unguarded", action="store_true")
    parser.add_argument("--by", type=int, required=True)
    parser.add_argument("--clients", type=int, nargs="+", required=True, help="one for each thread")
    parser.add_argument("--slots", type=int, nargs="+", required=True)
    options = parser.parse_args()
    django.setup()
    threads = [
        threading.Thread(
            target=_book_all,
            args=(options.slots[number :: len(options.clients)], client, options.by, options.unguarded),
        )
        for number, client in enumerate(options.clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _book_all(slots: Iterable[int], client: int, by: int, unguarded: bool) -> None:
    for slot in slots:
        while not _is_settled(slot, client, by, unguarded):
            time.sleep(PAUSE_SECONDS)
        time.sleep(PAUSE_SECONDS)


def _is_settled(slot: int, client: int, by: int, unguarded: bool) -> bool:
    """Tries to book; False if the database was lost on the way."""
    from scheduling import booking
    from scheduling.models import Client, Slot
    from sites.models import User
    from sites.refusals import Refusal

    book = getattr(booking.book, "__wrapped__") if unguarded else booking.book  # noqa: B009
    try:
        if unguarded:
            with connection.cursor() as cursor:
                cursor.execute("SET session_replication_role = replica")
        book(
            slot=Slot(pk=slot),
            client=Client.objects.get(pk=client),
            by=User.objects.get(pk=by),
            now=timezone.now(),
        )
    except (OperationalError, InterfaceError):
        connection.close()  # as Django does at the end of a request
        return False
    except Refusal:
        return True  # it was booked, but the answer got lost
    os.write(1, f"booked {slot}\n".encode())
    return True


if __name__ == "__main__":
    main()
