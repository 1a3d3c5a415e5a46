"""Templates and styles keep to `templates/components/README.md`, which a browser's policy relies on."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STYLES = sorted((ROOT / "static").glob("*.css"))

TITLE = re.compile(r"{% block title %}(.*?){% endblock", re.DOTALL)
INLINE = re.compile(
    r"""<style|<script(?![^>]*\ssrc=)|\sstyle=|\son[a-z]+=|\shx-on|href=["']javascript:""", re.IGNORECASE
)
FOREIGN = re.compile(r"""(?:src|href|action|url\()\s*=?\s*["'(]?\s*(?:https?:)?//""", re.IGNORECASE)


def findings(pattern: re.Pattern[str], text: str) -> list[str]:
    return [match.group(0) for match in pattern.finditer(text)]


def title_with_values(text: str) -> list[str]:
    """Title blocks that show a value. A browser's tab and history are read by others than the user."""
    return [title for title in TITLE.findall(text) if "{{" in title]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_template_is_self_contained(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert (findings(INLINE, text), findings(FOREIGN, text)) == ([], [])


# The demo phones show invented people only.
@pytest.mark.parametrize(
    "path",
    [path for path in TEMPLATES if "demophones" not in path.parts],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_title_shows_no_value(path: Path) -> None:
    assert title_with_values(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_stylesheet_loads_nothing_from_elsewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert (findings(FOREIGN, text), findings(re.compile("@import"), text)) == ([], [])


@pytest.mark.parametrize(
    ("pattern", "offence"),
    [
        (INLINE, '<p style="color: red">'),
        (INLINE, '<button onclick="go()">'),
        (INLINE, "<script>go()</script>"),
        (INLINE, '<a href="javascript:go()">'),
        (FOREIGN, '<script src="https://cdn.example.org/x.js">'),
        (FOREIGN, '<img src="//cdn.example.org/x.png">'),
        (FOREIGN, "url(https://cdn.example.org/x.woff2)"),
    ],
)
def test_offence_is_noticed(pattern: re.Pattern[str], offence: str) -> None:
    assert len(findings(pattern, offence)) == 1


def test_value_in_a_title_is_noticed() -> None:
    text = "{% block title %}Termin von {{ client.name }}{% endblock title %}"
    assert title_with_values(text) == ["Termin von {{ client.name }}"]
