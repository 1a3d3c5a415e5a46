"""Reading a network file into the database: `parsing` → `checking` → `writing`.

The file names organisations and staff (of `sites`) and series (of `scheduling`); its format is described in
docs/netzdatei.md.
"""

from pathlib import Path

from scheduling.importing.checking import check
from scheduling.importing.network import Network
from scheduling.importing.parsing import parse, read
from scheduling.importing.problems import NotImportable, Problems


def load(path: Path) -> Network:
    """The network that the file describes. Raises NotImportable with every problem found."""
    problems = Problems()
    root = parse(read(path), problems)
    network = check(root, problems)
    if problems.found:
        raise NotImportable(problems.found)
    return network
