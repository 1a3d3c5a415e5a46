"""The embedded servers: shared, stopped with the last user, safe after crashes, confused with no others."""

import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import LiteralString

import psutil
import psycopg
import pytest
import redis

from config import embedded
from config.environment import ROOT
from config.servers import Postgres, Redis, Server, Unavailable
from config.unprivileged import find_account, launch

Start = Callable[[], subprocess.Popen[str]]

HOLD = """
import sys
from pathlib import Path
from config import embedded
with embedded.running(Path(sys.argv[1])) as servers:
    print(servers.database_url, servers.redis_url, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def var() -> Iterator[Path]:
    """A folder with a short name (sockets), closed to others as any temporary folder is."""
    folder = Path(tempfile.mkdtemp(prefix="pia-"))
    yield folder
    wait_until(lambda: processes_of(folder) == [])
    shutil.rmtree(folder)


def wait_until(true: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def processes_of(var: Path) -> list[psutil.Process]:
    """The keeper and the two servers of a folder, as far as they run; not the servers' own children."""
    marks = {("config.embedded", str(var)), ("-D", f"{var}/postgres/data")}
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        words = process.info["cmdline"] or []
        ours = marks & set(itertools.pairwise(words)) or f"{var}/redis.conf" in words
        if ours and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(process)
    return found


def server_processes(var: Path) -> dict[str, psutil.Process]:
    return {process.name(): process for process in processes_of(var)}


@pytest.fixture
def another(var: Path) -> Iterator[Start]:
    """Starts another process of this checkout that uses the servers until its stdin is closed."""
    started: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(var)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        with process:  # closes its pipes and waits for it
            pass


def addresses_of(process: subprocess.Popen[str]) -> list[str]:
    """What it uses, told when the servers answer."""
    assert process.stdout is not None
    return process.stdout.readline().split()


def finish(process: subprocess.Popen[str]) -> None:
    process.communicate(timeout=60)
    assert process.returncode == 0


def ask(url: str, question: LiteralString) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(question).fetchone()
    assert row is not None
    return row[0]


def tell(url: str, statement: LiteralString) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def ping(url: str) -> bool:
    with redis.Redis.from_url(url) as connection:
        return bool(connection.ping())


def test_both_start_and_stop_with_their_only_user(var: Path) -> None:
    with embedded.running(var) as servers:
        assert ask(servers.database_url, "SHOW server_version_num") >= "180000"  # type: ignore[operator]
        assert ask(servers.database_url, "SHOW fsync") == "on"
        assert ask(servers.database_url, "SHOW max_connections") == "200"
        assert ping(servers.redis_url)
        sockets = [var / "postgres" / ".s.PGSQL.5432", var / "redis" / "redis.sock"]
        assert [path.is_socket() for path in sockets] == [True, True]
    wait_until(lambda: processes_of(var) == [], seconds=5)
    assert [path.exists() for path in sockets] == [False, False]
    assert not (var / "servers.json").exists()


def test_data_outlives_the_servers(var: Path) -> None:
    with embedded.running(var) as servers:
        tell(servers.database_url, "CREATE TABLE kept AS SELECT 7 AS number")
    with embedded.running(var) as servers:
        assert ask(servers.database_url, "SELECT number FROM kept") == 7


def test_processes_of_one_checkout_share_them(var: Path, another: Start) -> None:
    first = another()
    addresses = addresses_of(first)
    pids = {name: process.pid for name, process in server_processes(var).items()}
    second = another()
    assert addresses_of(second) == addresses
    finish(first)
    assert {name: process.pid for name, process in server_processes(var).items()} == pids
    assert ask(addresses[0], "SELECT 1") == 1
    finish(second)
    wait_until(lambda: processes_of(var) == [], seconds=5)


def test_some_that_start_at_once_get_the_same_servers(var: Path, another: Start) -> None:
    together = [another() for _ in range(4)]
    addresses = {tuple(addresses_of(process)) for process in together}
    assert [len(pair) for pair in addresses] == [2]
    assert len(processes_of(var)) == 3  # one keeper, one PostgreSQL, one Redis
    for process in together:
        finish(process)


def test_a_user_that_is_killed_leaves_nothing_running(var: Path, another: Start) -> None:
    user = another()
    addresses_of(user)
    user.kill()
    wait_until(lambda: processes_of(var) == [])


def test_a_keeper_that_is_killed_takes_the_servers_along(var: Path) -> None:
    with embedded.running(var) as servers:
        tell(servers.database_url, "CREATE TABLE kept AS SELECT 7 AS number")
        keeper = next(process for process in processes_of(var) if "config.embedded" in process.cmdline())
        keeper.kill()
        wait_until(lambda: processes_of(var) == [])
    with embedded.running(var) as servers:
        assert ask(servers.database_url, "SELECT number FROM kept") == 7
        assert ping(servers.redis_url)


def test_a_crash_of_everything_at_once_is_survived(var: Path) -> None:
    with embedded.running(var) as servers:
        tell(servers.database_url, "CREATE TABLE kept AS SELECT 7 AS number")
        doomed = processes_of(var)
        for process in doomed:
            process.suspend()
        for process in doomed:
            process.kill()
        wait_until(lambda: processes_of(var) == [])
    left = [var / "postgres" / "data" / "postmaster.pid", var / "redis" / "redis.pid", var / "servers.json"]
    assert [path.exists() for path in left] == [True, True, True]
    with embedded.running(var) as servers:
        assert ask(servers.database_url, "SELECT number FROM kept") == 7
        assert ping(servers.redis_url)


@pytest.mark.parametrize("name", ["postgres", "redis-server"])
def test_a_server_that_dies_is_started_again(var: Path, name: str) -> None:
    with embedded.running(var) as servers:
        dead = server_processes(var)[name]
        dead.kill()
        wait_until(lambda: server_processes(var).get(name, dead).pid != dead.pid)
        wait_until(lambda: answers(servers))


def answers(servers: embedded.Servers) -> bool:
    try:
        return ask(servers.database_url, "SELECT 1") == 1 and ping(servers.redis_url)
    except (psycopg.OperationalError, redis.ConnectionError):
        return False


@pytest.mark.parametrize("kind", [Postgres, Redis])
def test_our_own_server_that_a_crash_left_is_ended_first(var: Path, kind: type[Server]) -> None:
    left = kind(var)
    left.start()
    assert left.process is not None
    found = kind(var).leftover()
    assert found is not None
    assert found.pid == left.process.pid
    again = kind(var)
    again.start()
    assert left.process.wait(10) is not None
    assert again.running
    again.stop()


@pytest.mark.parametrize("kind", [Postgres, Redis])
def test_a_stranger_with_the_recorded_number_is_left_alone(var: Path, kind: type[Server]) -> None:
    server = kind(var)
    server.start()
    record = server.pid_file.read_text().split("\n")
    server.stop()
    account = server.account
    # Of the servers' own account, so that PostgreSQL would take its number for a running server.
    stranger = launch(
        ["sleep", "60"], account=account, folder=var, output=subprocess.DEVNULL, death_signal=signal.SIGKILL
    )
    try:
        server.pid_file.write_text("\n".join([str(stranger.pid), *record[1:]]))
        assert server.leftover() is None
        server.start()
        assert server.running
        assert stranger.poll() is None
        server.stop()
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.parametrize(
    ("name", "words", "recorded_ago", "ours"),
    [
        ("postgres", ["-D", "{data}"], 0, True),
        ("postgres", ["-D", "{data}"], 600, False),  # it began long after ours had written its number
        ("postgres", ["-D", "/elsewhere/data"], 0, False),
        ("postgres", ["-D", "{data}-2"], 0, False),
        ("mysqld", ["-D", "{data}"], 0, False),
    ],
)
def test_program_folder_and_start_must_fit(
    var: Path, name: str, words: list[str], recorded_ago: int, ours: bool
) -> None:
    server = Postgres(var)
    server.data.mkdir(parents=True)
    # A shell under another name is no server, but looks like one from outside.
    program = var / "bin" / name
    program.parent.mkdir()
    shutil.copy("/bin/sh", program)
    lookalike = subprocess.Popen(
        [str(program), "-c", "read _", *[word.format(data=server.data) for word in words]],
        stdin=subprocess.PIPE,
    )
    try:
        server.pid_file.write_text(f"{lookalike.pid}\n{server.data}\n")
        then = time.time() - recorded_ago
        os.utime(server.pid_file, (then, then))
        wait_until(lambda: psutil.Process(lookalike.pid).name() == name)
        assert (server.leftover() is not None) is ours
    finally:
        lookalike.communicate()


def test_a_path_too_long_for_a_socket_falls_back_to_loopback_with_a_password(var: Path) -> None:
    deep = var / ("x" * 90)
    with embedded.running(deep) as servers:
        assert "@127.0.0.1:" in servers.database_url
        assert "@127.0.0.1:" in servers.redis_url
        assert ask(servers.database_url, "SHOW listen_addresses") == "127.0.0.1"
        assert ping(servers.redis_url)
        password = (deep / "postgres.password").read_text()
        with pytest.raises(psycopg.OperationalError):
            ask(servers.database_url.replace(password, "guessed"), "SELECT 1")
        password = (deep / "redis.password").read_text()
        with pytest.raises(redis.AuthenticationError):
            ping(servers.redis_url.replace(password, "guessed"))
    wait_until(lambda: processes_of(deep) == [], seconds=5)


@pytest.mark.parametrize(
    ("name", "by_socket"),
    [("Süd-50%41", True), ("Träger Süd", False), ("a,b", False), ('o\'neill & "co" #1?=2', False)],
)
def test_their_folder_may_have_any_name(var: Path, name: str, by_socket: bool) -> None:
    folder = var / name
    with embedded.running(folder) as servers:
        assert ask(servers.database_url, "SELECT 7") == 7
        with redis.Redis.from_url(servers.redis_url) as connection:
            # What a worker asks of itself at its start.
            address = connection.client_info()["addr"]
        sockets = [folder / "postgres" / ".s.PGSQL.5432", folder / "redis" / "redis.sock"]
        assert [path.exists() for path in sockets] == [by_socket, by_socket]
        assert address.startswith("127.0.0.1:") is not by_socket
    wait_until(lambda: processes_of(folder) == [], seconds=5)


def test_only_their_account_and_root_reach_the_sockets(var: Path) -> None:
    with embedded.running(var):
        assert [(var / name).stat().st_mode & 0o777 for name in ("postgres", "redis")] == [0o700, 0o700]
        secret = [var / "servers.json", var / "postgres.password", var / "redis.conf"]
        assert [path.stat().st_mode & 0o777 for path in secret] == [0o600, 0o600, 0o600]


def test_root_hands_the_servers_to_somebody_else(var: Path) -> None:
    me = os.geteuid()
    with embedded.running(var):
        running_as = {process.uids().effective for process in server_processes(var).values()} - {me}
        owners = {(var / name).stat().st_uid for name in ("postgres", "redis")}
    # As root: an account that is not root, which owns the folders. As anybody else: oneself.
    assert owners == (running_as if me == 0 else {me})
    assert 0 not in owners
    assert len(owners) == 1


def test_programs_in_a_closed_folder_run_too(var: Path) -> None:
    package = Postgres(var).program.parents[2]
    libraries = f"{package.name}.libs"
    closed = var / "packages"
    shutil.copytree(package.with_name(libraries), closed / libraries)
    shutil.copytree(package / "pginstall18", closed / package.name / "pginstall18")
    closed.chmod(0o700)
    server = Postgres(var)
    server.program = closed / package.name / "pginstall18" / "bin" / "postgres"
    server.start()
    assert server.running
    server.stop()


def test_an_ordinary_user_runs_them_as_themselves(var: Path) -> None:
    account = find_account(Path(sys.executable), (ROOT,), first=())
    mine = var / "mine"
    mine.mkdir()
    if account:
        os.chown(mine, account.uid, account.gid)
        # The folders above are closed; what an ordinary user has is a way to their own.
        var.chmod(0o755)
    report = mine / "report.json"
    script = f"""
import json, os, sys
sys.path.insert(0, {str(ROOT)!r})
import psycopg, redis
from pathlib import Path
from config import embedded
with embedded.running(Path({str(mine / "var")!r})) as servers:
    with psycopg.connect(servers.database_url) as connection:
        answer = connection.execute("SELECT 7").fetchone()[0]
    pong = redis.Redis.from_url(servers.redis_url).ping()
    owner = os.stat({str(mine / "var" / "postgres")!r}).st_uid
Path({str(report)!r}).write_text(json.dumps([os.geteuid(), owner, answer, pong]))
"""
    with (mine / "output").open("wb") as output:
        process = launch(
            [sys.executable, "-c", script],
            account=account,
            folder=mine,
            output=output,
            death_signal=signal.SIGKILL,
        )
        assert process.wait(60) == 0, (mine / "output").read_text()
    uid = account.uid if account else os.geteuid()
    assert json.loads(report.read_text()) == [uid, uid, 7, True]


def test_a_folder_that_cannot_be_written_is_refused_with_one_line(var: Path) -> None:
    (var / "file").touch()
    with pytest.raises(Unavailable) as refused:
        embedded.ensure(var / "file" / "below")
    assert str(refused.value).startswith(f"cannot write to {var / 'file' / 'below'} (")
    assert "set VAR_DIR" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "name", ["users.lock", "keeper.log", "servers.json", "postgres", "redis.log", "redis"]
)
def test_whatever_cannot_be_written_is_named_in_one_line(var: Path, name: str) -> None:
    """A folder lies in the place of the file, or a file in that of the folder: no right of root helps."""
    if name in ("postgres", "redis"):
        (var / name).touch()
    else:
        (var / name / "x").mkdir(parents=True)
    with pytest.raises(Unavailable) as refused:
        embedded.ensure(var)
    assert str(refused.value).startswith(f"cannot write to {var / name} (")
    assert str(refused.value).endswith(
        f"remove {var} if it is somebody else's, or set VAR_DIR to another folder"
    )


def test_a_server_that_cannot_start_says_why_in_one_line(var: Path) -> None:
    with embedded.running(var):
        pass
    (var / "postgres" / "data" / "PG_VERSION").write_text("12\n")
    with pytest.raises(Unavailable) as refused:
        embedded.ensure(var)
    assert str(refused.value).startswith("postgres does not start: ")
    assert str(refused.value).endswith(f"; see {var / 'postgres.log'}")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("words", "starts"),
    [
        (["migrate"], True),
        (["import_network", "network.yaml"], True),
        (["rqworker", "default"], True),
        (["makemigrations", "--check"], False),
        (["check"], False),
        (["migrate", "--help"], False),
        (["--version"], False),
        ([], False),
    ],
)
def test_only_commands_that_need_servers_get_them(
    monkeypatch: pytest.MonkeyPatch, words: list[str], starts: bool
) -> None:
    asked: list[bool] = []
    monkeypatch.setattr(embedded, "provide", lambda: asked.append(True))
    embedded.provide_for_command(["manage.py", *words])
    assert asked == [True] * starts


def test_servers_named_by_the_environment_are_used_and_none_is_started(var: Path) -> None:
    environ = {"DATABASE_URL": "postgresql://db/pia", "REDIS_URL": "redis://cache", "VAR_DIR": str(var)}
    embedded.provide(environ)
    assert environ["DATABASE_URL"] == "postgresql://db/pia"
    assert list(var.iterdir()) == []
