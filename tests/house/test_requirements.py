"""What is installed is pinned with hashes, and production has what was tested."""

import re
import tomllib

import pytest

from config.environment import ROOT

FILES = ("requirements.txt", "requirements-dev.txt")
PIN = re.compile(r"(?P<name>[a-z0-9-]+)(\[[a-z,]+\])?==(?P<version>\S+)(?P<rest>.*)")


def pins(name: str) -> dict[str, str]:
    """Name and version of each package of a file; fails for a line without hashes."""
    text = (ROOT / name).read_text().replace("\\\n", " ")
    found = {}
    for line in filter(None, text.splitlines()):
        match = PIN.fullmatch(line)
        assert match, f"{name}: {line[:80]}"
        assert re.search(r" --hash=sha256:[0-9a-f]{64}\b", match["rest"]), (
            f"{name}: {match['name']} has no hash"
        )
        found[match["name"]] = match["version"]
    return found


@pytest.mark.parametrize("name", FILES)
def test_every_requirement_is_pinned_with_its_hashes(name: str) -> None:
    assert len(pins(name)) > 20


def test_development_has_the_versions_of_production() -> None:
    production, development = pins(FILES[0]), pins(FILES[1])
    assert {name: development.get(name) for name in production} == production


def test_every_direct_requirement_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    def names(requirements: list[str]) -> set[str]:
        return {re.split(r"[\[~=<>! ]", requirement)[0].lower() for requirement in requirements}

    assert names(project["dependencies"]) - set(pins(FILES[0])) == set()
    assert names(project["optional-dependencies"]["dev"]) - set(pins(FILES[1])) == set()
