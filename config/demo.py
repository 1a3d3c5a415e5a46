"""Everything on one machine: `make demo` runs this, the parent of web, worker, cron and the demo phones.

It prepares the database, starts the four, prints «ready» and the logins once all of them answer, and ends all
of them when it is told to end or when one of them ends by itself.
"""

import contextlib
import fcntl
import http.client
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from config import embedded, environment
from config.children import Child, Children
from config.servers import Unavailable

READY_SECONDS = 60
PASSWORD = "demo"  # noqa: S105 - of invented people, on this machine only


class Refused(Exception):
    """The demo cannot start; the text is one line that says why and what to do."""


class Stopped(BaseException):
    """Somebody told the demo to end: Ctrl-C, SIGTERM, or the terminal was closed."""


def main() -> int:
    """Run the demo; return the exit code."""
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, _stop)
    try:
        environ = environment.complete_demo({**os.environ, "DEMO": "1"})
        with _only_one(environ):
            return _run(environ)
    except Stopped:
        return 0
    except (Refused, Unavailable, environment.Problem) as error:
        print(error, file=sys.stderr)
        return 1


def _stop(signum: int, frame: object) -> None:
    raise Stopped


def _run(environ: dict[str, str]) -> int:
    port = int(environ.get("PORT") or environment.DEFAULT_PORT)
    _check_ports(port)
    var = environment.var_dir(environ)
    if environ.get("FRESH", "0") not in ("", "0"):
        _start_anew(var, environ)
    with contextlib.ExitStack() as stack:
        lease = embedded.Lease(var) if not _names_both_servers(environ) else None
        if lease:
            stack.callback(lease.close)
            environ.setdefault("DATABASE_URL", lease.servers.database_url)
            environ.setdefault("REDIS_URL", lease.servers.redis_url)
        os.environ.clear()
        os.environ.update(environ, DJANGO_SETTINGS_MODULE="config.settings")
        _prepare_database()
        children = Children()
        stack.callback(children.end)
        children.start("web", _web_command(port))
        worker = f"demo-{os.getpid()}"
        children.start("worker", _manage("rqworker", "default", "--name", worker))
        cron = children.start("cron", _manage("rqcron", "config.cron"))
        phones = {"DEMO_PHONES_PORT": str(port + 1)}
        children.start("phones", [sys.executable, "-m", "config.demophones"], phones)
        waiting: dict[str, Callable[[], bool]] = {
            "web": lambda: _answers(port),
            "phones": lambda: _answers(port + 1),
            "worker": lambda: _worker_is_known(worker),
            "cron": lambda: _cron_is_known(cron),
        }
        return _watch(children, waiting, lease, environ["BASE_URL"])


def _watch(
    children: Children,
    waiting: dict[str, Callable[[], bool]],
    lease: embedded.Lease | None,
    base_url: str,
) -> int:
    """Pass on the children's output until one ends; say «ready» when nobody is waited for any more."""
    deadline = time.monotonic() + READY_SECONDS
    while True:
        children.pass_on_output(seconds=0.1)
        ended = children.first_ended()
        if ended:
            raise Refused(f"{ended.name} ended by itself, so the demo ends: see its last lines above")
        if lease and not lease.holds:
            raise Refused(f"the embedded servers ended, so the demo ends: see the logs in {lease.folder}")
        if not waiting:
            continue
        for name in [name for name, answers in waiting.items() if answers()]:
            del waiting[name]
        if not waiting:
            children.pass_on_output(seconds=0)
            _say_ready(base_url)
        elif time.monotonic() > deadline:
            raise Refused(
                f"{', '.join(waiting)} did not answer within {READY_SECONDS} s: see the lines above"
            )


def _say_ready(base_url: str) -> None:
    from sites.models import User

    people = User.objects.filter(is_active=True).order_by("email").prefetch_related("memberships")
    width = max((len(person.email) for person in people), default=0)
    print(f"ready: {base_url}")
    print(f"sign in with the password «{PASSWORD}» as one of:")
    for person in people:
        roles = "; ".join(str(membership) for membership in person.memberships.all())
        print(f"  {person.email:{width}}  {roles}".rstrip())
    print("end with Ctrl-C", flush=True)


def _prepare_database() -> None:
    """Bring the tables up to date, and fill an empty database with the demo's people and months."""
    import django
    from django.core.management import CommandError, call_command
    from django.db import connection

    django.setup()
    from sites.models import User

    print("preparing the database", flush=True)
    call_command("migrate", verbosity=0, interactive=False)
    if not User.objects.filter(is_system=False).exists():
        print("filling it with the demo's data", flush=True)
        try:
            call_command("seed_demo")
        except CommandError as error:
            raise Refused(f"the demo's data cannot be made: {error}") from error
    connection.close()


def _web_command(port: int) -> list[str]:
    options = f"--bind 127.0.0.1:{port} --workers 2 --threads 4 --preload --no-control-socket"
    return [sys.executable, "-m", "gunicorn", "config.wsgi", *options.split()]


def _manage(*words: str) -> list[str]:
    return [sys.executable, str(environment.ROOT / "manage.py"), *words]


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _worker_is_known(name: str) -> bool:
    import django_rq
    from rq import Worker

    with django_rq.get_connection() as connection:
        return bool(connection.exists(f"{Worker.redis_worker_namespace_prefix}{name}"))


def _cron_is_known(cron: Child) -> bool:
    """The cron scheduler enters itself under a name of its own making, with its process id in it."""
    import django_rq
    from rq import cron_scheduler_registry

    with django_rq.get_connection() as connection:
        names = cron_scheduler_registry.get_keys(connection)
    return any(name.split(":")[1:2] == [str(cron.pid)] for name in names)


def _names_both_servers(environ: dict[str, str]) -> bool:
    return bool(environ.get("DATABASE_URL") and environ.get("REDIS_URL"))


def _check_ports(port: int) -> None:
    for taken, purpose in ((port, "the site"), (port + 1, "the demo phones")):
        with socket.socket() as probe:
            # As gunicorn binds: connections of a demo that has just ended do not count as occupied.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", taken))
            except OSError as error:
                raise Refused(
                    f"port {taken} (for {purpose}) cannot be used ({error.strerror}): choose another, like "
                    f"make demo PORT={8010 if port != 8010 else 8020}"
                ) from error


@contextlib.contextmanager
def _only_one(environ: dict[str, str]) -> Iterator[None]:
    """Hold the folder's demo lock inside the block, or refuse because another demo has it."""
    path = environment.var_dir(environ).with_name("demo.lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    with _open_or_refuse(path) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise Refused(
                f"the demo is running already ({lock.read().strip()}): use it, or end it with Ctrl-C first"
            ) from None
        lock.truncate(0)
        lock.write(f"process {os.getpid()}, {environ['BASE_URL']}")
        lock.flush()
        yield


def _open_or_refuse(path: Path) -> IO[str]:
    try:
        return path.open("a+")
    except OSError as error:
        raise Refused(
            f"cannot write to {path} ({error.strerror}): remove {path.parent} if it is somebody else's, "
            "or set VAR_DIR"
        ) from error


def _start_anew(var: Path, environ: dict[str, str]) -> None:
    """Remove what earlier demos left. The demo's own files only: nobody's database elsewhere."""
    if environ.get("DATABASE_URL"):
        raise Refused(
            "FRESH=1 empties the demo's own database only: unset DATABASE_URL, or leave out FRESH=1"
        )
    if embedded.in_use(var):
        raise Refused(f"a command of this project still uses the servers in {var}: end it, then run again")
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(var)
    environ.update(environment.complete_demo({**os.environ, "DEMO": "1"}))


if __name__ == "__main__":
    sys.exit(main())
