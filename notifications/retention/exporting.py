"""Telling a client everything that is kept of them (Art. 15 and 20 DSGVO; § 17, § 22 KDG)."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string

from notifications.retention.sections import SECTIONS, Entry
from scheduling.models import Client

FORMAT = "pia-flex-client/1"


@dataclass(frozen=True)
class Part:
    """A section with what it holds; the title is for people."""

    key: str
    title: str
    entries: list[Entry]
    in_lines: bool

    @property
    def in_lists(self) -> list[Entry]:
        """The entries that are read field by field; the others are told in a line each."""
        return [] if self.in_lines else self.entries


@dataclass(frozen=True)
class Export:
    client: Client
    at: datetime
    parts: list[Part]

    @property
    def json(self) -> str:
        """For programs: keys in English, instants in ISO 8601 (UTC), days as 2026-12-31."""
        content: dict[str, Any] = {"format": FORMAT, "exported_at": self.at.isoformat()}
        for part in self.parts:
            content[part.key] = [{field.key: field.value for field in entry} for entry in part.entries]
        return json.dumps(content, ensure_ascii=False, indent=2) + "\n"

    @property
    def html(self) -> str:
        """For people: one page that needs nothing else, to be printed or handed over as a file."""
        return render_to_string("notifications/export_file.html", {"export": self, "zone": self.zone})

    @property
    def zone(self) -> Any:
        return self.client.facility.zone

    @property
    def file_name(self) -> str:
        """Without an ending; says nothing of the client but the pseudonym."""
        return f"auskunft-{self.client.code}"


def export_client(*, client: Client, now: datetime) -> Export:
    """All that is kept of `client`, as far as whoever acts may read it; the file comes first."""
    parts = [Part(each.key, each.title, each.held(client), each.in_lines) for each in SECTIONS]
    return Export(client, now, sorted(parts, key=lambda part: part.key != "file"))
