"""As in production: the tables belong to one role, the processes sign in as another that owns nothing."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from django.db import connection
from psycopg import sql
from pytest_django import DjangoDbBlocker

from config import roles
from config.environment import ROOT

DATABASE, OWNER, APP = "pia_installation", "pia_installation_owner", "pia_installation_app"

# What an administrator is told to run, with names that no real installation has.
DOCUMENTED = re.findall(
    r"```sql\n(.*?)```", (ROOT / "docs/betrieb/datenbankrollen.md").read_text(), flags=re.DOTALL
)
NAMES = {"pia_owner": OWNER, "pia_app": APP, "DATABASE pia ": f"DATABASE {DATABASE} "}


def documented(number: int) -> str:
    statement = DOCUMENTED[number]
    for name, ours in NAMES.items():
        statement = statement.replace(name, ours)
    return statement


ASK = """
from config.wsgi import application
from django.db import connection
from django.test import Client
from scheduling.models import Client as Person
cursor = connection.cursor()
cursor.execute("SELECT current_user, session_user")
page = Client().get("/anmelden/", SERVER_NAME="127.0.0.1")
print(*cursor.fetchone(), Person.objects.count(), page.status_code)
"""


@pytest.fixture
def urls(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[dict[str, str]]:
    """DATABASE_URL of the owner and of the processes, for a database without a table."""
    with django_db_blocker.unblock(), connection._nodb_cursor() as cursor:
        known = connection.settings_dict
        try:
            cursor.execute(documented(0))
            cursor.execute(documented(1))
            place = f"/{DATABASE}?host={quote(known['HOST'], safe='')}&port={known['PORT'] or 5432}"
            yield {
                role: f"postgresql://{role}:{word}@{place}" for role, word in ((OWNER, "owner"), (APP, "app"))
            }
        finally:
            cursor.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
            for role in (OWNER, APP):
                cursor.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))


def run(database_url: str, *words: str) -> subprocess.CompletedProcess[str]:
    variables = {**os.environ, "DATABASE_URL": database_url}
    variables.pop(roles.NAME, None)
    return subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=variables, capture_output=True, text=True, check=False
    )


def manage(database_url: str, *words: str) -> tuple[int, str]:
    done = run(database_url, "manage.py", *words)
    return done.returncode, done.stderr


MONTH = ("propose_month", "publish_month")
SYSTEMS = "from sites.models import HistoryEntry; print(*HistoryEntry.objects.values_list('system'), sep='|')"


def machines(database_url: str) -> set[str]:
    """Who is named in the history."""
    said = run(database_url, "manage.py", "shell", "--verbosity=0", "-c", SYSTEMS).stdout
    return set(re.findall(r"'([^']*)'", said))


def test_all_processes_do_their_work_as_roles_that_own_nothing(urls: dict[str, str]) -> None:
    app = urls[APP]
    assert manage(urls[OWNER], "migrate", "--verbosity=0") == (0, "")
    done = [
        manage(app, "import_network", "data/pia_flex_berlin.yaml"),
        manage(app, "propose_month", "--all-sites", "--month=2026-12"),
        manage(app, "publish_month", "--all-sites", "--month=2026-12"),
        manage(app, "send_due"),
        manage(app, "invite_admin", "--email=erste@example.org"),
        manage(app, "purge"),
    ]
    assert done == [(0, "")] * 6
    planners = {f"pia_planner/manage.py {each}" for each in ("import_network", *MONTH)}
    assert machines(urls[OWNER]) == planners | {"pia_web/manage.py invite_admin"}
    web = run(app, "-c", ASK)
    assert (web.stdout.split(), web.stderr) == (["pia_web", APP, "0", "200"], "")


def test_the_sign_in_role_alone_may_nothing(urls: dict[str, str]) -> None:
    assert manage(urls[OWNER], "migrate", "--verbosity=0") == (0, "")
    code, said = manage(urls[APP], "shell", "-c", "from sites.models import User; User.objects.count()")
    assert (code, "permission denied" in said) == (1, True)


@pytest.mark.parametrize("command", ["migrate", "shell", "createsuperuser", "help"])
def test_what_needs_the_tables_owner_keeps_the_role_that_signed_in(command: str) -> None:
    environ: dict[str, str] = {}
    roles.take_for_command(["manage.py", command], environ)
    assert environ == {}


@pytest.mark.parametrize(
    ("command", "role"),
    [
        ("rqworker", "pia_worker"),
        ("rqcron", "pia_worker"),
        ("import_network", "pia_planner"),
        ("purge", "pia_keeper"),
    ],
)
def test_a_machine_s_command_takes_its_role_whatever_was_set(command: str, role: str) -> None:
    environ = {roles.NAME: "pia_web"}
    roles.take_for_command(["manage.py", command], environ)
    assert environ == {roles.NAME: role}
