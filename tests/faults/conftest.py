"""Servers that belong to the fault tests alone, so that killing them hurts nobody else's."""

import dataclasses
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection
from psycopg import sql
from pytest_django import DjangoDbBlocker, Settings

from config import environment
from config.servers import DATABASE, Postgres, Redis
from notifications.transports import sms
from tests.faults.machine import Machine
from tests.notifications.stub_twilio import StubTwilio

TEMPLATE = "with_tables"

_numbers = count(1)


@dataclasses.dataclass
class Servers:
    folder: Path
    postgres: Postgres
    redis: Redis

    def database_url(self, name: str) -> str:
        return self.postgres.url.replace(f"/{DATABASE}", f"/{name}")

    def hasten_recovery(self) -> None:
        """Lets PostgreSQL bring all its files to the disk by one call: with one for each it takes seconds."""
        if not sys.platform.startswith("linux"):
            return
        with psycopg.connect(self.database_url("postgres"), autocommit=True) as server:
            server.execute("ALTER SYSTEM SET recovery_init_sync_method = 'syncfs'")

    def create_database(self, name: str, *, template: str = "template1") -> None:
        with psycopg.connect(self.database_url("postgres"), autocommit=True) as server:
            statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
            server.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))


@pytest.fixture(scope="session")
def servers(django_db_blocker: DjangoDbBlocker) -> Iterator[Servers]:
    """Both servers, and a database with all tables, to be copied for each test."""
    folder = Path(tempfile.mkdtemp(prefix="pia-"))
    both = Servers(folder, Postgres(folder), Redis(folder))
    try:
        both.postgres.start()
        both.redis.start()
        both.hasten_recovery()
        both.create_database(TEMPLATE)
        with django_db_blocker.unblock(), django_on(both.database_url(TEMPLATE)):
            call_command("migrate", verbosity=0, interactive=False)
        yield both
    finally:
        both.redis.stop()
        # At once, without writing everything to the disk: it is thrown away.
        if both.postgres.process is not None:
            both.postgres.process.send_signal(signal.SIGQUIT)
        both.postgres.stop()
        shutil.rmtree(folder)


@pytest.fixture
def twilio(settings: Settings) -> Iterator[StubTwilio]:
    """A Twilio for this process and those of the machine."""
    with StubTwilio(settings.TWILIO.account_sid, settings.TWILIO.auth_token) as stub:
        settings.TWILIO = dataclasses.replace(settings.TWILIO, api_base_url=stub.url)
        yield stub
        sms._client().http_client.session.close()
        sms._client_of.cache_clear()


@pytest.fixture
def machine(
    servers: Servers,
    twilio: StubTwilio,
    settings: Settings,
    tmp_path: Path,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Machine]:
    """An empty machine; the code of the test uses the same servers, mailbox and Twilio as its processes."""
    name = f"test_{next(_numbers)}"
    servers.create_database(name, template=TEMPLATE)
    variables = {
        "DATABASE_URL": servers.database_url(name),
        "REDIS_URL": servers.redis.url,
        "TWILIO_API_BASE_URL": twilio.url,
    }
    machine = Machine(tmp_path, servers.postgres, servers.redis, variables)
    with machine.redis() as queue:
        queue.flushall()
    settings.REDIS_URL = servers.redis.url
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = machine.mail_folder
    with django_db_blocker.unblock(), django_on(variables["DATABASE_URL"]):
        try:
            yield machine
        finally:
            machine.end()


@contextmanager
def django_on(database_url: str) -> Iterator[None]:
    """Inside the block Django in this process (in all its threads) uses another database."""
    found = environment.load({**os.environ, "DATABASE_URL": database_url}).database
    assert found is not None
    own = dict(connection.settings_dict)
    connection.close()
    # All threads' connections read this very dictionary.
    connection.settings_dict.update({key: found[key] for key in ("NAME", "HOST", "PORT", "USER", "PASSWORD")})
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(own)
