"""A page as a person reads it: headings, links, buttons, messages, instead of its markup."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from django.test.html import Element, parse_html


class Page:
    """An HTML answer. Texts have their white space folded; what is read out but not seen counts as text."""

    def __init__(self, response: Any) -> None:
        self.status = response.status_code
        root = parse_html(response.content.decode())
        assert isinstance(root, Element)
        self.root = root

    @property
    def title(self) -> str:
        return text_of(self._one(lambda each: each.name == "title"))

    @property
    def heading(self) -> str:
        return text_of(self._one(lambda each: each.name == "h1"))

    @property
    def headings(self) -> list[str]:
        return [text_of(each) for each in walk(self.main) if each.name in ("h2", "h3")]

    @property
    def messages(self) -> list[str]:
        """What the last command said."""
        return self.texts("kern-alert", within=self.by_id("meldungen"))

    @property
    def main(self) -> Element:
        return self._one(lambda each: each.name == "main")

    @property
    def navigation(self) -> list[str]:
        return list(self.menu)

    @property
    def menu(self) -> dict[str, str]:
        """Address by entry."""
        entries = self.elements("a", within=self.by_class("pia-nav"))
        return {text_of(each): attribute(each, "href") for each in entries}

    @property
    def links(self) -> dict[str, str]:
        """Address by text, of the page's own links."""
        return {text_of(each): attribute(each, "href") for each in self.elements("a")}

    @property
    def buttons(self) -> list[str]:
        """The buttons that one can see and press."""
        return [text_of(each) for each in self.elements("button") if "hidden" not in dict(each.attributes)]

    @property
    def text(self) -> str:
        return text_of(self.main)

    def texts(self, css_class: str, within: Element | None = None) -> list[str]:
        """The text of every element of that class."""
        return [text_of(each) for each in walk(within or self.main) if css_class in classes(each)]

    def elements(self, name: str, within: Element | None = None) -> list[Element]:
        return [each for each in walk(within or self.main) if each.name == name]

    def field(self, name: str) -> Element:
        return self._one(lambda each: attribute(each, "name") == name)

    def error_of(self, name: str) -> str:
        """The errors beside a form's field."""
        return text_of(self.by_id(f"id_{name}_error"))

    def by_id(self, value: str) -> Element:
        return self._one(lambda each: attribute(each, "id") == value)

    def by_class(self, css_class: str) -> Element:
        return self._one(lambda each: css_class in classes(each))

    def has(self, css_class: str) -> bool:
        return any(css_class in classes(each) for each in walk(self.root))

    def _one(self, fits: Callable[[Element], bool]) -> Element:
        found = [each for each in walk(self.root) if fits(each)]
        assert len(found) == 1, f"{len(found)} elements fit"
        return found[0]


def walk(element: Element) -> Iterator[Element]:
    yield element
    for child in element.children:
        if isinstance(child, Element):
            yield from walk(child)


def text_of(element: Element) -> str:
    parts = [child if isinstance(child, str) else text_of(child) for child in element.children]
    return re.sub(r"\s+", " ", " ".join(parts)).strip()


def attribute(element: Element, name: str) -> str:
    return str(dict(element.attributes).get(name) or "")


def classes(element: Element) -> list[str]:
    return attribute(element, "class").split()
