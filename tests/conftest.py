"""Surroundings of every test: servers of this run's own, made-up settings, and no way out to the network.

The servers start here, at import, because folders below may import models in their own conftest. When several
processes share the tests (`-n`), each has servers of its own: some tests empty Redis, or count connections.
"""

import atexit
import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django
import pytest

from config import embedded

LOOPBACK = ("127.0.0.1", "::1", "localhost", "")

TEST_ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "SECRET_KEY": "only-for-tests-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEF",
    "FIELD_ENCRYPTION_KEYS": "dGVzdC1rZXktb25seS1mb3ItdGVzdHMtMDEyMzQ1Njc=",
    "BASE_URL": "http://127.0.0.1:8000",
    "ALLOWED_HOSTS": "127.0.0.1,localhost,testserver",
    "EMAIL_URL": "memorymail://",
    "EMAIL_FROM": "termine@example.org",
    "TWILIO_ACCOUNT_SID": "AC00000000000000000000000000000001",
    "TWILIO_AUTH_TOKEN": "00000000000000000000000000000002",
    "TWILIO_FROM": "+493023125000",
    # Port 9 is discard: a test that forgets to put a server in place reaches nobody.
    "TWILIO_API_BASE_URL": "http://127.0.0.1:9",
    "DEMO": "0",
    # Playwright keeps an event loop in the main thread, where Django would refuse its database.
    "DJANGO_ALLOW_ASYNC_UNSAFE": "1",
}

# Variables that name this process's own servers.
STARTED_HERE: list[str] = []


def _start_servers() -> None:
    """Start servers in a folder that no demo and no other run knows, and removed when this process ends."""
    servers = embedded.running(Path(tempfile.mkdtemp(prefix="pia-")), temporary=True)
    found = servers.__enter__()
    atexit.register(servers.__exit__, None, None, None)
    os.environ["DATABASE_URL"], os.environ["REDIS_URL"] = found.database_url, found.redis_url
    STARTED_HERE.extend(["DATABASE_URL", "REDIS_URL"])


os.environ.update(TEST_ENVIRONMENT)
for name in ("TWILIO_MESSAGING_SERVICE_SID", "TWILIO_REGION", "TWILIO_EDGE"):
    os.environ.pop(name, None)
if not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")):
    _start_servers()
django.setup()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Whoever only hands the tests out passes its surroundings on: its servers must not be in them."""
    config = session.config
    if config.getoption("dist") != "no" and not hasattr(config, "workerinput"):
        for name in ("DJANGO_SETTINGS_MODULE", *STARTED_HERE):
            del os.environ[name]


class NetworkBlocked(Exception):
    """A test tried to leave this machine."""


def _guard(address: Any) -> None:
    host = address[0] if isinstance(address, tuple) else ""
    if host not in LOOPBACK:
        raise NetworkBlocked(f"a test may reach loopback only, not {host!r}")


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> Iterator[None]:
    """Let sockets reach loopback and Unix sockets only, names of other hosts included."""
    patch = pytest.MonkeyPatch()
    connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        _guard(address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        _guard(address)
        return connect_ex(self, address)

    def guarded_getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        _guard((host.decode() if isinstance(host, bytes) else host or "",))
        return getaddrinfo(host, *args, **kwargs)

    patch.setattr(socket.socket, "connect", guarded_connect)
    patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
    patch.setattr(socket, "getaddrinfo", guarded_getaddrinfo)
    yield
    patch.undo()


@pytest.fixture
def live_redis() -> Iterator[Any]:
    """The Redis of this run, empty before and after."""
    import django_rq

    connection = django_rq.get_connection()
    connection.flushdb()
    yield connection
    connection.flushdb()
    connection.close()


@pytest.fixture(autouse=True)
def _no_second_factor(settings: Any) -> None:
    """Most tests are about what comes after signing in; those of the second factor ask for it again."""
    settings.MFA_REQUIRED = False
