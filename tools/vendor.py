#!/usr/bin/env python3
"""Bring the files of others that the browser needs into `static/vendor/`, unmodified.

    python tools/vendor.py           fetch the packages below with `npm pack` and write the files anew
    python tools/vendor.py --check   compare the files with the hashes recorded in VENDORED.md

Only the first needs npm and a network, and only whoever raises a version runs it: the files are in the
repository, so nothing is fetched or built when the software is set up or runs.
"""

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

VENDOR_DIR = Path(__file__).resolve().parent.parent / "static" / "vendor"
RECORD_NAME = "VENDORED.md"
RECORDED_FILE = re.compile(r"^\| `(?P<path>[^`]+)` \| `(?P<sha256>[0-9a-f]{64})` \|$", re.MULTILINE)
RECORD_HEAD = """\
# Vendored files

Taken unmodified from npm packages by `tools/vendor.py`, which writes this page too: edit nothing by hand.
`tools/vendor.py --check` compares the files with the hashes below.
"""


@dataclass(frozen=True)
class Package:
    """An npm package, and which of its files (path in the package → path below `directory`) we take."""

    name: str
    version: str
    licence: str
    directory: str
    purpose: str
    files: dict[str, str]


PACKAGES = (
    Package(
        name="@kern-ux/native",
        version="2.7.2",
        licence="EUPL-1.2 (Fira Sans: OFL-1.1)",
        directory="kern-ux-native",
        purpose="KERN design system: stylesheet, and Fira Sans in the three weights that it uses",
        files={
            "LICENSE.md": "LICENSE.md",
            "dist/kern.min.css": "kern.min.css",
            "dist/fonts/fira-sans/FiraSans-Regular.woff2": "fonts/FiraSans-Regular.woff2",
            "dist/fonts/fira-sans/FiraSans-Medium.woff2": "fonts/FiraSans-Medium.woff2",
            "dist/fonts/fira-sans/FiraSans-SemiBold.woff2": "fonts/FiraSans-SemiBold.woff2",
        },
    ),
    # KERN ships the fonts without the text of their licence, which the OFL wants beside them (its section 2).
    Package(
        name="@fontsource/fira-sans",
        version="5.3.0",
        licence="OFL-1.1",
        directory="fira-sans",
        purpose="text of the licence of the fonts above (Digitized data copyright © 2012-2015, "
        "The Mozilla Foundation and Telefonica S.A.); no font is taken from here",
        files={"LICENSE": "LICENSE"},
    ),
    Package(
        name="htmx.org",
        version="2.0.11",
        licence="0BSD",
        directory="htmx.org",
        purpose="htmx, for the parts of a page that should not reload",
        files={"LICENSE": "LICENSE", "dist/htmx.min.js": "htmx.min.js"},
    ),
)


def fetch(package: Package, npm: str, into: Path) -> Path:
    """Download the package's tarball into `into` and return its path."""
    answer = subprocess.run(  # noqa: S603 - npm itself, with names and versions from the table above
        [npm, "pack", f"{package.name}@{package.version}", "--json", "--pack-destination", str(into)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    packed = json.loads(answer.stdout)
    # npm 11 answers with a list, npm 12 with an object keyed by the package's name.
    (entry,) = packed if isinstance(packed, list) else packed.values()
    return into / str(entry["filename"])


def unpack(package: Package, tarball: Path, into: Path) -> None:
    """Write the chosen files of the tarball below `into`; a missing one ends the run with a KeyError."""
    with tarfile.open(tarball) as archive:
        for source, target in package.files.items():
            member = archive.extractfile(f"package/{source}")
            if member is None:
                raise IsADirectoryError(source)
            path = into / package.directory / target
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(member.read())


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def render_record(root: Path) -> str:
    """The page that says what lies here, from where, under which licence, with which hash."""
    sections = [RECORD_HEAD]
    for package in PACKAGES:
        paths = sorted(f"{package.directory}/{target}" for target in package.files.values())
        rows = "\n".join(f"| `{path}` | `{sha256(root / path)}` |" for path in paths)
        sections.append(
            f"## {package.name} {package.version}\n\n"
            f"Licence: {package.licence}  \nFor: {package.purpose}\n\n"
            f"| file | sha256 |\n|---|---|\n{rows}\n"
        )
    return "\n".join(sections)


def vendor(root: Path) -> int:
    """Replace everything below `root` by the files of PACKAGES, only once all of them have arrived."""
    npm = shutil.which("npm")
    if npm is None:
        sys.stderr.write(
            "npm is missing: install Node.js with npm (apt-get install npm), then run this again.\n"
        )
        return 1
    with tempfile.TemporaryDirectory() as workspace:
        fresh = Path(workspace) / "vendor"
        for package in PACKAGES:
            unpack(package, fetch(package, npm, Path(workspace)), fresh)
        (fresh / RECORD_NAME).write_text(render_record(fresh), encoding="utf-8")
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(fresh, root)
    return 0


def differences(root: Path) -> list[str]:
    """One line for each file that is changed, missing, or lies here without being recorded."""
    record = root / RECORD_NAME
    if not record.is_file():
        return [f"{RECORD_NAME} is missing"]
    recorded = {
        match["path"]: match["sha256"] for match in RECORDED_FILE.finditer(record.read_text(encoding="utf-8"))
    }
    present = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()} - {
        RECORD_NAME
    }
    expected = {f"{package.directory}/{file}" for package in PACKAGES for file in package.files.values()}
    found = [
        f"{path} is not the recorded file"
        for path in recorded
        if path in present and sha256(root / path) != recorded[path]
    ]
    found += [f"{path} is missing" for path in {*recorded, *expected} - present]
    found += [f"{path} is not recorded" for path in present - recorded.keys()]
    return sorted(found)


def check(root: Path) -> int:
    found = differences(root)
    for line in found:
        sys.stderr.write(f"{line}\n")
    if found:
        sys.stderr.write("Run tools/vendor.py to fetch the files anew.\n")
    return 1 if found else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--check",
        nargs="?",
        type=Path,
        const=VENDOR_DIR,
        metavar="FOLDER",
        help="only compare the files (in static/vendor, or in FOLDER) with the recorded hashes",
    )
    folder: Path | None = parser.parse_args().check
    return vendor(VENDOR_DIR) if folder is None else check(folder)


if __name__ == "__main__":
    sys.exit(main())
