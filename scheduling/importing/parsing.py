"""YAML with line numbers, and without its dangers.

The file is read as a stream of events and never constructed into objects: no tags, so nothing is executed; no
aliases, so a small file stays small; a limit for size and depth, so that nothing can exhaust the machine.
Scalars keep their text: whether 13:00 is a time or (YAML 1.1) the number 780 is for `checking` to say.
"""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from yaml.nodes import ScalarNode
from yaml.resolver import Resolver

from scheduling.importing.problems import NotImportable, Problem, Problems, quoted

MAX_BYTES = 2 * 1024 * 1024
MAX_DEPTH = 12

# libyaml is some ten times as fast; both give the same events.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Kind = Literal["text", "number", "boolean", "date", "empty"]
KINDS: dict[str, Kind] = {
    "tag:yaml.org,2002:int": "number",
    "tag:yaml.org,2002:float": "number",
    "tag:yaml.org,2002:bool": "boolean",
    "tag:yaml.org,2002:timestamp": "date",
    "tag:yaml.org,2002:null": "empty",
}


@dataclasses.dataclass(frozen=True)
class Scalar:
    """`kind` is what every YAML 1.1 reader would take `text` for."""

    text: str
    kind: Kind
    line: int


@dataclasses.dataclass(frozen=True)
class Items:
    items: tuple["Node", ...]
    line: int


@dataclasses.dataclass(frozen=True)
class Mapping:
    entries: dict[str, "Node"]
    line: int


@dataclasses.dataclass(frozen=True)
class Unusable:
    """Something that was reported already."""

    line: int


# `line` is where a person looks for it: a value's is that of its key, an item's its own.
Node = Scalar | Items | Mapping | Unusable


def read(path: Path) -> str:
    """The text of the file. Raises NotImportable."""
    shown = quoted(str(path), limit=1000)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except IsADirectoryError:
        raise _refused(None, f"{shown} ist ein Ordner; erwartet wird eine Datei.") from None
    except FileNotFoundError:
        raise _refused(None, f"Die Datei {shown} gibt es nicht.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _refused(None, f"{shown} lässt sich nicht lesen ({reason}).") from None
    if len(data) > MAX_BYTES:
        raise _refused(None, f"{shown} ist größer als {MAX_BYTES // 1024} KiB.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        text = "Die Datei ist kein Text in UTF-8. Bitte speichern Sie sie mit der Kodierung UTF-8."
        raise _refused(line, text) from None


def parse(text: str, problems: Problems) -> Node:
    """The one document in `text`. Raises NotImportable where the rest can't be understood."""
    try:
        return _Builder(text, problems).document()
    except yaml.YAMLError as error:
        raise NotImportable([*problems.found, _syntax_problem(error)]) from None


def _syntax_problem(error: yaml.YAMLError) -> Problem:
    detail = getattr(error, "problem", None) or getattr(error, "reason", None) or "unbekannt"
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    text = (
        "Hier ist die Datei kein gültiges YAML. Bitte prüfen Sie Einrückung, Klammern und Anführungszeichen "
        f"in dieser und der vorigen Zeile (YAML: {detail})."
    )
    return Problem(mark.line + 1 if mark else 1, text)


def _refused(line: int | None, text: str) -> NotImportable:
    return NotImportable([Problem(line, text)])


class _Builder:
    """Builds the tree of nodes from the parser's events."""

    def __init__(self, text: str, problems: Problems) -> None:
        self.events: Iterator[Any] = yaml.parse(text, Loader=LOADER)
        self.problems = problems
        self.resolver = Resolver()

    def document(self) -> Node:
        next(self.events)  # the stream's start
        event = next(self.events)
        if not isinstance(event, DocumentStartEvent):
            raise _refused(1, "Die Datei ist leer. Eine Netzdatei beginnt mit «version: 1».")
        root = self.node(next(self.events), depth=0)
        next(self.events)  # the document's end
        event = next(self.events)
        if isinstance(event, DocumentStartEvent):
            self.problems.add(
                _line(event), "Hier beginnt ein zweites Dokument; eine Netzdatei hat nur eines."
            )
        return root

    def node(self, event: Any, depth: int, line: int | None = None) -> Node:
        line = line or _line(event)
        if depth > MAX_DEPTH:
            # The rest can only be skipped by following it down; better to stop.
            text = f"Die Datei ist zu tief geschachtelt (mehr als {MAX_DEPTH} Ebenen)."
            raise NotImportable([*self.problems.found, Problem(line, text)])
        if isinstance(event, AliasEvent):
            self.problems.add(
                line, f"Der Verweis *{event.anchor} ist nicht erlaubt; bitte schreiben Sie es aus."
            )
            return Unusable(line)
        node = self.content(event, depth, line)
        tag = getattr(event, "tag", None)
        if tag not in (None, "!"):
            self.problems.add(
                line, f"Die YAML-Markierung {quoted(str(tag))} ist nicht erlaubt; bitte entfernen."
            )
            return Unusable(line)
        return node

    def content(self, event: Any, depth: int, line: int) -> Node:
        if isinstance(event, MappingStartEvent):
            return Mapping(self.entries(depth), line)
        if isinstance(event, SequenceStartEvent):
            items = []
            while not isinstance(event := next(self.events), SequenceEndEvent):
                items.append(self.node(event, depth + 1))
            return Items(tuple(items), line)
        return Scalar(event.value, self.kind(event), line)

    def entries(self, depth: int) -> dict[str, Node]:
        entries: dict[str, Node] = {}
        while not isinstance(event := next(self.events), MappingEndEvent):
            line = _line(event)
            key = self.node(event, depth + 1)
            value = self.node(next(self.events), depth + 1, line)
            if not isinstance(key, Scalar):
                self.problems.add(line, "Ein Schlüssel muss ein einfaches Wort sein.")
            elif key.text in entries:
                first = entries[key.text].line
                self.problems.add(
                    line, f"Schlüssel {quoted(key.text)} steht doppelt, zuerst in Zeile {first}."
                )
            else:
                entries[key.text] = value
        return entries

    def kind(self, event: ScalarEvent) -> Kind:
        plain, _ = event.implicit
        if not plain:
            return "text"
        tag = self.resolver.resolve(ScalarNode, event.value, (True, False))
        return KINDS.get(tag, "text")


def _line(event: Any) -> int:
    return event.start_mark.line + 1
