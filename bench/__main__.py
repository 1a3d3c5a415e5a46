"""The benchmark: `python -m bench`, or `make bench`. Prints each workload beside its floor, and the ratio.

Both sides of a comparison are measured in turn, in one process, on one server: the embedded one, or that of
DATABASE_URL. It makes a database of its own there and drops it. Exit code 1 if a bound is missed.
"""

import argparse
import base64
import importlib
import json
import os
import secrets
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from bench.measuring import Row, table

WORKLOADS = ["booking", "free_slots", "months", "clients", "psychiatrist", "desk", "team"]

SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "SECRET_KEY": secrets.token_urlsafe(60),
    "FIELD_ENCRYPTION_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    "BASE_URL": "http://127.0.0.1:8000",
    "ALLOWED_HOSTS": "127.0.0.1",
    "EMAIL_URL": "memorymail://",
    "EMAIL_FROM": "termine@example.org",
}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "workloads", nargs="*", metavar="workload", help=f"{', '.join(WORKLOADS)}; all without"
    )
    parser.add_argument("--json", action="store_true", help="print JSON in place of the table")
    chosen = parser.parse_args(arguments)
    if unknown := set(chosen.workloads) - set(WORKLOADS):
        parser.error(f"no such workload: {', '.join(sorted(unknown))}")
    rows = run(chosen.workloads or WORKLOADS)
    if chosen.json:
        print(json.dumps([row.as_json() for row in rows], indent=2))
    else:
        print(table(rows))
    return 0 if all(row.ok for row in rows) else 1


def run(names: list[str]) -> list[Row]:
    rows: list[Row] = []
    with ExitStack() as stack:
        for name, value in SETTINGS.items():
            os.environ.setdefault(name, value)
        if not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")):
            provide_servers(stack)

        import django

        django.setup()
        from bench import databases

        for name in names:
            start = time.monotonic()
            with databases.own():
                rows += importlib.import_module(f"bench.workloads.{name}").run()
            if sys.stderr.isatty():
                print(f"{name}: {time.monotonic() - start:.0f} s", file=sys.stderr)
    return rows


def provide_servers(stack: ExitStack) -> None:
    from config import embedded

    folder = Path(tempfile.mkdtemp(prefix="pia-bench-"))
    servers = stack.enter_context(embedded.running(folder, temporary=True))
    os.environ.setdefault("DATABASE_URL", servers.database_url)
    os.environ.setdefault("REDIS_URL", servers.redis_url)


if __name__ == "__main__":
    sys.exit(main())
