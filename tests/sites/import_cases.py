"""One slip in the network file each, and what is said about it.

`# HERE` marks the lines of the problems, `# FIRST` an earlier line that a problem names.
"""

from typing import NamedTuple


class Case(NamedTuple):
    name: str
    edits: list[tuple[str, str]]
    texts: list[str]


# Lines of the network file that several cases change.
VISTA = "  - slug: vista\n"
LEAD = "Leitung Büro Mitte, role: facility_lead, facility: vista-mitte}"
