"""No command and no web starts with keys that do not open what is stored; it says so in one line."""

import os
import subprocess
import sys

import pytest
from django.db import connection

from config.environment import ROOT
from sites import key_check

OTHER = "b3RoZXIta2V5LW9ubHktZm9yLXRlc3RzLTAxMjM0NTY="


def start(*command: str, keys: str) -> subprocess.CompletedProcess[str]:
    settings = connection.settings_dict
    server = os.environ["DATABASE_URL"].rpartition("/")[2].partition("?")[0]
    url = os.environ["DATABASE_URL"].replace(f"/{server}", f"/{settings['NAME']}")
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url, "FIELD_ENCRYPTION_KEYS": keys},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


# Each with what it works with when it is let: none gets as far.
COMMANDS = [
    ("rqworker", "default"),
    ("rqcron", "config/cron.py"),
    ("import_network", "data/pia_flex_berlin.yaml"),
    ("propose_month", "--site", "x", "--month", "2026-12"),
    ("publish_month", "--site", "x", "--month", "2026-12"),
    ("seed_demo",),
    ("rotate_keys",),
    ("shell", "-c", "1"),
]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("command", COMMANDS, ids=[each[0] for each in COMMANDS])
def test_with_another_key_no_process_gets_as_far_as_its_work(command: tuple[str, ...]) -> None:
    key_check.check_keys()
    wrong = start("manage.py", *command, keys=OTHER)
    assert (wrong.returncode, wrong.stdout, wrong.stderr) == (3, "", f"{key_check.REFUSAL}\n")


@pytest.mark.parametrize("command", [("manage.py", "send_due"), ("-c", "import config.wsgi")])
def test_without_a_key_it_names_the_variable_and_ends(command: tuple[str, ...]) -> None:
    missing = start(*command, keys="")
    assert missing.returncode != 0
    assert [line.split()[0].rstrip(":") for line in missing.stderr.splitlines()] == ["FIELD_ENCRYPTION_KEYS"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("command", [("manage.py", "send_due"), ("-c", "import config.wsgi")])
def test_with_another_key_it_says_what_to_do_and_ends(command: tuple[str, ...]) -> None:
    key_check.check_keys()
    wrong = start(*command, keys=OTHER)
    assert (wrong.returncode, wrong.stdout, wrong.stderr) == (3, "", f"{key_check.REFUSAL}\n")
    right = start(*command, keys=f"{OTHER},{os.environ['FIELD_ENCRYPTION_KEYS']}")
    assert right.returncode == 0, right.stderr
