"""The files of others under static/vendor/ are exactly those that VENDORED.md records."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
VENDOR_DIR = ROOT / "static" / "vendor"
HINT = "Run tools/vendor.py to fetch the files anew.\n"


def check(root: Path) -> tuple[int, str]:
    """Exit code and standard error of `tools/vendor.py --check` on `root`."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "vendor.py"), "--check", str(root)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.fixture
def vendor_copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(VENDOR_DIR, tmp_path / "vendor"))


def test_files_are_as_recorded() -> None:
    assert check(VENDOR_DIR) == (0, "")


def test_changed_file_is_found(vendor_copy: Path) -> None:
    with (vendor_copy / "htmx.org" / "htmx.min.js").open("ab") as script:
        script.write(b"\n")
    assert check(vendor_copy) == (1, f"htmx.org/htmx.min.js is not the recorded file\n{HINT}")


def test_missing_file_is_found(vendor_copy: Path) -> None:
    (vendor_copy / "kern-ux-native" / "LICENSE.md").unlink()
    assert check(vendor_copy) == (1, f"kern-ux-native/LICENSE.md is missing\n{HINT}")


def test_unrecorded_file_is_found(vendor_copy: Path) -> None:
    (vendor_copy / "extra.js").write_text("")
    assert check(vendor_copy) == (1, f"extra.js is not recorded\n{HINT}")


def test_missing_record_is_found(vendor_copy: Path) -> None:
    (vendor_copy / "VENDORED.md").unlink()
    assert check(vendor_copy) == (1, f"VENDORED.md is missing\n{HINT}")
