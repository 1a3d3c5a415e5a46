"""The servers that the project brings along, for whoever has not named others by DATABASE_URL and REDIS_URL.

One keeper process per folder is their parent. Every process that uses them holds a shared lock on
`users.lock`; the keeper waits for the exclusive one, and when it gets it nobody is left and it stops the
servers. The kernel gives locks back however a process ends, so no list of users can go stale. Should the
keeper itself be killed, the servers end by the kernel's death signal, and whatever still runs is ended by the
next keeper (see `config.servers`).
"""

import atexit
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from config.environment import ROOT, var_dir
from config.servers import START_SECONDS, Postgres, Redis, Server, Unavailable

# Commands that need no server; all others get them.
SERVERLESS = frozenset(
    (
        "check",
        "collectstatic",
        "compilemessages",
        "diffsettings",
        "findstatic",
        "help",
        "makemessages",
        "makemigrations",
        "startapp",
        "startproject",
        "version",
    )
)
_POLL_SECONDS = 0.1
_MOST_RESTARTS = 5


@dataclass(frozen=True)
class Servers:
    """Where the two can be reached."""

    database_url: str
    redis_url: str


def provide(environ: MutableMapping[str, str] = os.environ) -> None:
    """Make sure that both servers are named in `environ`, starting our own where one is missing.

    They stay until this process ends. Ends the process with one line where they cannot start.
    """
    if environ.get("DATABASE_URL") and environ.get("REDIS_URL"):
        return
    try:
        servers = ensure(var_dir(environ))
    except Unavailable as error:
        raise SystemExit(str(error)) from error
    environ["DATABASE_URL"] = environ.get("DATABASE_URL") or servers.database_url
    environ["REDIS_URL"] = environ.get("REDIS_URL") or servers.redis_url


def provide_for_command(argv: list[str]) -> None:
    """Do what `provide` does if the command of manage.py in `argv` needs servers."""
    command = argv[1] if len(argv) > 1 else "help"
    if command.startswith("-") or command in SERVERLESS or {"-h", "--help"} & set(argv):
        # makemigrations looks at the history if it can, and warns if it cannot; here that is no news.
        warnings.filterwarnings("ignore", "Got an error checking a consistent migration history")
        return
    provide()


def ensure(var: Path) -> Servers:
    """Return the servers of the folder `var`, started if need be; they stay until this process ends.

    Raises Unavailable.
    """
    lease = Lease(var)
    atexit.register(lease.close)
    return lease.servers


@contextmanager
def running(var: Path, *, temporary: bool = False) -> Iterator[Servers]:
    """Have the servers of the folder `var` inside the block.

    With `temporary` the keeper removes the folder at the end.
    """
    lease = Lease(var, temporary=temporary)
    try:
        yield lease.servers
    finally:
        lease.close()


class Lease:
    """The use of a folder's servers by this process."""

    def __init__(self, var: Path, *, temporary: bool = False) -> None:
        self.folder = var.absolute()
        self._pid = os.getpid()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            starting = _open(self.folder / "start.lock")
        except OSError as error:
            raise Unavailable(_cannot_write(self.folder, error)) from error
        with starting:
            fcntl.flock(starting, fcntl.LOCK_EX)
            try:
                self._use = _open(self.folder / "users.lock")
            except OSError as error:
                raise Unavailable(_cannot_write(self.folder, error)) from error
            # Waits while a keeper that found nobody is still stopping its servers.
            fcntl.flock(self._use, fcntl.LOCK_SH)
            try:
                self.servers = self._meet_keeper(temporary)
            except BaseException:
                self._use.close()
                raise

    @property
    def holds(self) -> bool:
        """Whether the servers still have their keeper."""
        return _is_held(self.folder / "keeper.lock")

    def close(self) -> None:
        """Give the servers back, and wait until they are down if nobody else uses them."""
        # Closing gives the lock back only when forked children have closed it too; unlocking would do it for
        # them.
        self._use.close()
        if os.getpid() != self._pid:
            return
        deadline = time.monotonic() + START_SECONDS
        while _is_held(self.folder / "keeper.lock") and time.monotonic() < deadline:
            if _is_held(self.folder / "users.lock") and _read(self.folder) is not None:
                return
            time.sleep(_POLL_SECONDS / 4)

    def _meet_keeper(self, temporary: bool) -> Servers:
        deadline = time.monotonic() + 2 * START_SECONDS
        while time.monotonic() < deadline:
            if not _is_held(self.folder / "keeper.lock"):
                _start_keeper(self.folder, temporary)
            servers = _read(self.folder)
            if servers:
                return servers
            time.sleep(_POLL_SECONDS / 4)  # it has been told to end, and is about to
        raise Unavailable(f"the embedded servers in {self.folder} neither start nor stop: see the logs in it")


def in_use(var: Path) -> bool:
    """Whether any process uses the servers of the folder."""
    return _is_held(var / "users.lock")


def _start_keeper(var: Path, temporary: bool) -> None:
    """Start a keeper and wait until its servers answer. Raises Unavailable with what it said."""
    command = [sys.executable, "-m", "config.embedded", str(var), *(["--temporary"] if temporary else [])]
    try:
        (var / "servers.json").unlink(missing_ok=True)
        log = (var / "keeper.log").open("wb")
    except OSError as error:
        raise Unavailable(_cannot_write(var, error)) from error
    with log:
        process = subprocess.run(  # noqa: S603 - this module itself
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, check=False
        )
    answer = process.stdout.decode().strip()
    if answer != "ready":
        raise Unavailable(answer or f"the embedded servers do not start: see {var / 'keeper.log'}")


def _cannot_write(var: Path, error: OSError) -> str:
    return (
        f"cannot write to {error.filename or var} ({error.strerror}): remove {var} if it is somebody else's, "
        "or set VAR_DIR to another folder"
    )


def _open(path: Path) -> IO[bytes]:
    return path.open("ab")


def _is_held(path: Path) -> bool:
    """Whether a process holds the lock on the file exclusively, or, asked for users.lock, uses it at all."""
    try:
        with path.open("rb") as file:  # reading: it must not come into being by this question
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def _read(var: Path) -> Servers | None:
    try:
        return Servers(**json.loads((var / "servers.json").read_text()))
    except FileNotFoundError:
        return None


class Keeper:
    """The parent of the servers of one folder."""

    def __init__(self, var: Path) -> None:
        self._var = var
        self._record = var / "servers.json"
        self._servers: list[Server] = [Postgres(var), Redis(var)]
        self._told_to_end = False
        self._restarts = 0

    def keep(self) -> None:
        """Start the servers, say «ready», end when nobody uses them or SIGTERM came. Raises Unavailable."""
        signal.signal(signal.SIGTERM, self._tell_to_end)
        try:
            for server in self._servers:
                server.start()
            self._publish()
            _say("ready")
            with _open(self._var / "users.lock") as users:
                while not self._told_to_end and not _taken(users):
                    self._revive()
                    time.sleep(_POLL_SECONDS)
                # First, and under the lock: who comes now waits for the next keeper.
                self._record.unlink(missing_ok=True)
                self._stop()
        finally:
            self._record.unlink(missing_ok=True)
            self._stop()

    def _publish(self) -> None:
        postgres, redis = self._servers
        draft = self._record.with_suffix(".new")
        draft.unlink(missing_ok=True)
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(asdict(Servers(postgres.url, redis.url))))
        draft.rename(self._record)

    def _revive(self) -> None:
        """Start a server again that ended by itself, unless it keeps doing so."""
        for server in self._servers:
            if not server.running:
                self._restarts += 1
                if self._restarts > _MOST_RESTARTS:
                    raise Unavailable(f"{server.name} ended {_MOST_RESTARTS} times: see {server.log}")
                server.start()

    def _stop(self) -> None:
        for server in reversed(self._servers):
            server.stop()

    def _tell_to_end(self, signum: int, frame: object) -> None:
        self._told_to_end = True


def _taken(users: IO[bytes]) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _say(line: str) -> None:
    """Tell the process that waits for this one, and let it go: it reads until the pipe is closed."""
    os.write(1, line.encode())
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)


def _main(var: Path, temporary: bool) -> None:
    # Twice removed from the process that needs it, and in a session of its own: it outlives that process if
    # others use the servers, and a Ctrl-C meant for that process does not reach it.
    if os.fork():
        os._exit(0)
    os.setsid()
    with _open(var / "keeper.lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            Keeper(var).keep()
        except (Unavailable, OSError) as error:
            line = _cannot_write(var, error) if isinstance(error, OSError) else str(error)
            sys.stderr.write(f"{line}\n")
            _say(line)
        if temporary:
            with suppress(OSError):
                shutil.rmtree(var)


if __name__ == "__main__":
    _main(Path(sys.argv[1]), "--temporary" in sys.argv)
