"""axe-core finds nothing on any page that would keep somebody from using it."""

import re
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Literal

import pytest

from tests.browser.all_pages import addresses, long_place
from tests.browser.people import Person

Scheme = Literal["light", "dark"]
VENDOR = Path(__file__).parent / "vendor"
AXE = VENDOR / "axe-core" / "axe.min.js"

RUN = """async () => (await axe.run()).violations.flatMap(
    rule => rule.nodes.map(node => `${rule.id}: ${node.html.slice(0, 160)}`)
)"""


def findings(person: Person) -> list[str]:
    person.page.evaluate(AXE.read_text())
    return list(person.page.evaluate(RUN))


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_axe_finds_nothing_on_any_page(enter: Callable[..., Person], width: int, scheme: Scheme) -> None:
    place = long_place()
    pages = addresses(place)
    found = {}
    # These two see every kind of page; the other roles see the same ones with less on them.
    for role in ("psychiatrist", "worker"):
        person = enter(getattr(place, role), width=width)
        person.page.emulate_media(color_scheme=scheme)
        for address in pages[role]:
            person.opens(address)
            found[address] = findings(person)
    assert found == {address: [] for address in found}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_where_one_signs_in_or_makes_a_mistake(
    enter: Callable[..., Person], scheme: Scheme
) -> None:
    person = enter()
    person.page.emulate_media(color_scheme=scheme)
    person.opens("/anmelden/")
    empty = findings(person)
    person.press("Anmelden")
    person.page.wait_for_selector("#fehler")
    assert (empty, findings(person)) == ([], [])


def test_axe_is_the_recorded_one() -> None:
    recorded = re.findall(r"^\| `(.+)` \| `(\w{64})` \|$", (VENDOR / "VENDORED.md").read_text(), re.MULTILINE)
    files = [path for path in VENDOR.rglob("*") if path.is_file() and path.name != "VENDORED.md"]
    assert sorted(recorded) == sorted(
        (str(path.relative_to(VENDOR)), sha256(path.read_bytes()).hexdigest()) for path in files
    )


def test_axe_would_find_something(enter: Callable[..., Person]) -> None:
    person = enter()
    person.opens("/anmelden/")
    person.page.evaluate("document.querySelectorAll('label').forEach(label => label.remove())")
    assert [finding.split(":")[0] for finding in findings(person)] == ["label", "label"]
