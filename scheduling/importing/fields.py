"""Typed answers from a mapping of the file; whatever isn't as asked for becomes a problem."""

import datetime
import difflib
import re
import unicodedata
from collections.abc import Collection, Sequence
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import validate_email, validate_slug

from scheduling.importing.parsing import Items, Mapping, Node, Scalar, Unusable
from scheduling.importing.problems import Problems, is_control, quoted
from sites.phones import validate_phone

# What scheduling.months can name; a year outside is a slip of the finger.
FIRST_YEAR, LAST_YEAR = 2000, 2100

MAX_SUGGESTIONS = 50

KIND_NAMES = {
    "text": "ein Text",
    "number": "eine Zahl",
    "boolean": "ein Ja/Nein-Wert",
    "date": "ein Datum",
    "empty": "nichts",
}


class Fields:
    """The keys of one mapping, which is a `what` ("Einrichtung").

    Every method answers with a value of its type, or with nothing ("" or None) after reporting a problem, so
    that the questions after it can go on.
    """

    def __init__(
        self,
        node: Node,
        what: str,
        problems: Problems,
        *,
        required: Sequence[str],
        optional: Sequence[str] = (),
    ) -> None:
        self.what = what
        self.problems = problems
        self.line = node.line
        self.entries = node.entries if isinstance(node, Mapping) else {}
        if isinstance(node, Mapping):
            self._check_keys(required, optional)
        elif not isinstance(node, Unusable):
            self.problem(
                node.line, f"erwartet werden Schlüssel wie «{required[0]}:», gefunden: {_found(node)}."
            )

    def _check_keys(self, required: Sequence[str], optional: Sequence[str]) -> None:
        known = [*required, *optional]
        for key, node in self.entries.items():
            if key not in known:
                self.problem(node.line, f"Schlüssel {quoted(key)} ist unbekannt. {self._hint(key, known)}")
        for key in required:
            if key not in self.entries:
                self.problem(self.line, f"Schlüssel «{key}» fehlt.")

    def problem(self, line: int, text: str) -> None:
        self.problems.add(line, f"{self.what}: {text}")

    def problem_at(self, key: str, text: str) -> None:
        self.problem(self.line_of(key), f"«{key}»: {text}")

    def line_of(self, key: str) -> int:
        return self.entries[key].line if key in self.entries else self.line

    def has(self, key: str) -> bool:
        return key in self.entries

    # -- values ---------------------------------------------------------------------------------------

    def text(self, key: str, max_length: int) -> str:
        node = self._scalar(key, "ein Text")
        if node is None:
            return ""
        if node.kind == "empty":
            self.problem_at(key, "darf nicht leer sein.")
        elif node.kind != "text":
            self.problem_at(
                key,
                f"erwartet wird ein Text, gefunden: {KIND_NAMES[node.kind]}. "
                f'Bitte in Anführungszeichen setzen: "{_short(node.text)}".',
            )
        else:
            return self._clean(key, node.text, max_length)
        return ""

    def names(self, key: str, max_length: int) -> tuple[str, ...]:
        """A list of texts, none of them twice."""
        found: dict[str, int] = {}
        for node in self.items(key):
            if isinstance(node, Unusable):
                continue
            if not isinstance(node, Scalar) or node.kind != "text":
                self.problem(node.line, f"«{key}»: erwartet wird ein Text, gefunden: {_found(node)}.")
                continue
            name = self._clean(key, node.text, max_length, node.line)
            if name in found:
                self.problem(
                    node.line, f"«{key}»: {quoted(name)} steht doppelt, zuerst in Zeile {found[name]}."
                )
            elif name:
                found[name] = node.line
        return tuple(found)

    def slug(self, key: str) -> str:
        value = self.text(key, 50)
        try:
            if value:
                validate_slug(value)
        except ValidationError:
            self.problem_at(
                key,
                f"{quoted(value)} ist kein Kürzel. Erlaubt sind Buchstaben ohne Umlaute, Ziffern, - und _.",
            )
        return value

    def choice(self, key: str, choices: Collection[str]) -> str:
        value = self.text(key, 200)
        if value and value not in choices:
            self.problem_at(key, f"{quoted(value)} ist unbekannt. {self._hint(value, choices)}")
            return ""
        return value

    def reference(self, key: str, kind: str, known: Collection[str]) -> str:
        """The slug or name of a `kind` ("Träger") that the file has elsewhere."""
        value = self.text(key, 254)
        if value and value not in known:
            self.problem_at(
                key, f"{kind} {quoted(value)} gibt es in dieser Datei nicht. {self._hint(value, known)}"
            )
            return ""
        return value

    def email(self, key: str) -> str:
        value = self.text(key, 254).lower()
        try:
            if value:
                validate_email(value)
        except ValidationError:
            self.problem_at(key, f"{quoted(value)} ist keine E-Mail-Adresse.")
        return value

    def phone(self, key: str) -> str:
        value = self.text(key, 200)
        try:
            if value:
                validate_phone(value)
        except ValidationError as error:
            self.problem_at(key, " ".join(error.messages))
        return value

    def zone(self, key: str) -> ZoneInfo | None:
        value = self.text(key, 50)
        if value and value not in _zones():
            self.problem_at(
                key, f"Zeitzone {quoted(value)} ist unbekannt, erwartet wird zum Beispiel Europe/Berlin."
            )
            return None
        return ZoneInfo(value) if value else None

    def number(self, key: str, low: int, high: int) -> int | None:
        node = self._scalar(key, "eine Zahl")
        if node is None:
            return None
        if node.kind != "number" or not re.fullmatch(r"-?(0|[1-9][0-9]{0,8})", node.text):
            self.problem_at(key, f"erwartet wird eine ganze Zahl, gefunden: {quoted(node.text)}.")
            return None
        if not low <= int(node.text) <= high:
            allowed = f"erlaubt ist nur {low}" if low == high else f"erlaubt sind {low} bis {high}"
            self.problem_at(key, f"{allowed}, gefunden: {int(node.text)}.")
            return None
        return int(node.text)

    def date(self, key: str) -> datetime.date | None:
        node = self._scalar(key, "ein Datum")
        if node is None:
            return None
        try:
            match = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", node.text, flags=re.ASCII)
            value = datetime.date(*(int(part) for part in match.groups())) if match else None
        except ValueError:
            value = None
        if value is None:
            self.problem_at(key, f"erwartet wird ein Datum wie 2026-12-01, gefunden: {quoted(node.text)}.")
        elif not FIRST_YEAR <= value.year <= LAST_YEAR:
            self.problem_at(key, f"das Jahr muss zwischen {FIRST_YEAR} und {LAST_YEAR} liegen: {value}.")
            return None
        return value

    def optional_date(self, key: str) -> datetime.date | None:
        """A date, or None where the file says `null` or nothing."""
        node = self.entries.get(key)
        if node is None or (isinstance(node, Scalar) and node.kind == "empty"):
            return None
        return self.date(key)

    def clock(self, key: str) -> datetime.time | None:
        """A wall-clock time. YAML 1.1 takes 13:00 without quotes for the number 780."""
        node = self._scalar(key, "eine Uhrzeit")
        if node is None:
            return None
        if node.kind == "number" and ":" in node.text:
            self.problem_at(key, f'Uhrzeiten bitte in Anführungszeichen setzen: "{_short(node.text)}".')
            return None
        match = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", node.text, flags=re.ASCII)
        if node.kind != "text" or match is None:
            self.problem_at(
                key, f'erwartet wird eine Uhrzeit von "00:00" bis "23:59", gefunden: {quoted(node.text)}.'
            )
            return None
        return datetime.time(int(match[1]), int(match[2]))

    def items(self, key: str) -> tuple[Node, ...]:
        node = self.entries.get(key)
        if node is None or isinstance(node, Unusable):
            return ()
        if isinstance(node, Items):
            return node.items
        self.problem_at(key, f"erwartet wird eine Liste, gefunden: {_found(node)}.")
        return ()

    # -- inside ---------------------------------------------------------------------------------------

    def _scalar(self, key: str, expected: str) -> Scalar | None:
        node = self.entries.get(key)
        if node is None or isinstance(node, Unusable):
            return None
        if isinstance(node, Scalar):
            return node
        self.problem_at(key, f"erwartet wird {expected}, gefunden: {_found(node)}.")
        return None

    def _clean(self, key: str, text: str, max_length: int, line: int | None = None) -> str:
        """`text` without space around it and in Unicode's composed form, so that equal names are equal."""
        line = line or self.line_of(key)
        value = unicodedata.normalize("NFC", text).strip()
        if not value:
            self.problem(line, f"«{key}»: darf nicht leer sein.")
        elif any(is_control(character) for character in value):
            self.problem(line, f"«{key}»: {quoted(value)} enthält Steuerzeichen oder Zeilenumbrüche.")
        elif len(value) > max_length:
            self.problem(line, f"«{key}»: höchstens {max_length} Zeichen, gefunden: {len(value)}.")
        else:
            return value
        return ""

    def _hint(self, text: str, known: Collection[str]) -> str:
        """What may have been meant; all there is, if that is little."""
        # Looking for likely words takes its time; a file with this many problems has another one.
        near = (
            difflib.get_close_matches(text[:100], known, n=1)
            if len(self.problems.found) < MAX_SUGGESTIONS
            else []
        )
        if near:
            return f"Meinten Sie {quoted(near[0])}?"
        if not known:
            return "Es gibt dort noch keinen Eintrag."
        if len(known) <= 16:
            return "Möglich sind: " + ", ".join(_short(each) for each in known) + "."
        return "Bitte prüfen Sie die Schreibweise."


@lru_cache
def _zones() -> frozenset[str]:
    """All time zones; finding them reads a thousand files."""
    return frozenset(available_timezones())


def _found(node: Node) -> str:
    if isinstance(node, Mapping):
        return "Schlüssel und Werte"
    if isinstance(node, Items):
        return "eine Liste"
    return KIND_NAMES[node.kind] if isinstance(node, Scalar) else "nichts"


def _short(text: str) -> str:
    return quoted(text)[1:-1]
