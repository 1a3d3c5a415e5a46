"""Imports point one way, and outside libraries are known to one module each."""

import shutil
import subprocess
from pathlib import Path

import pytest

from config.environment import ROOT

PACKAGES = ("config", "notifications", "scheduling", "sites")


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(ROOT / ".venv" / "bin" / "lint-imports"), "--no-cache", "--no-logo"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_contracts_are_kept() -> None:
    done = lint(ROOT)
    assert "0 broken" in done.stdout, done.stdout
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("sites/astray.py", "import scheduling.booking", "Imports point one way"),
        ("scheduling/astray.py", "import notifications.planning", "Imports point one way"),
        ("notifications/astray.py", "import config.environment", "Imports point one way"),
        ("scheduling/astray.py", "from schedule.models import Event", "Only scheduling.recurrence knows"),
        (
            "notifications/astray.py",
            "from twilio.rest import Client",
            "Only the SMS transport and the webhook",
        ),
    ],
)
def test_an_import_astray_is_seen(copy: Path, module: str, line: str, contract: str) -> None:
    (copy / module).write_text(f"{line}\n")
    done = lint(copy)
    broken = [text for text in done.stdout.splitlines() if " BROKEN" in text]
    assert [text.startswith(contract) for text in broken] == [True], done.stdout
    assert done.returncode == 1
