"""Words that must not stand where strangers read: on a lock screen, in a subject line, in a calendar.

They would tell what the appointment is about, or with whom. Names of the network's own organisations and
people belong to them. The list is asked with the final text, so that no name slips in through a value.
"""

import re
import unicodedata

from notifications import wording
from scheduling.models import Client
from sites.models import Clinic, Facility, Provider, Site, User

# Wherever they stand in a word, and where a word begins with them («besucht» contains «sucht»).
ANYWHERE = ("psychiatr", "psychother", "psycholog", "klinik", "clinic", "drogen", "konsumraum")
BEGINNING = ("sucht", "psych", "drog", "konsum", "entzug", "entgift", "substitut", "methadon", "hospital")
WHOLE = frozenset({"pia", "sucht", "therapie", "krankenhaus", "arzt", "ärztin", "ambulanz"})

# Words of names that tell nothing.
HARMLESS = frozenset(
    (
        *(
            "am",
            "an",
            "auf",
            "bei",
            "das",
            "der",
            "des",
            "die",
            "für",
            "im",
            "in",
            "und",
            "vom",
            "von",
            "zum",
        ),
        *("zur", "ag", "ev", "ggmbh", "gmbh", "mbh", "dr", "med", "prof"),
    )
)
SHORTEST_NAME = 3


class DeniedWord(Exception):
    """The text would have told what must stay untold. Which word, is not for logs."""


class DenyList:
    """The fixed words and the network's names as they stood when this was made; five queries.

    Clinics and providers are known by each word of their names, people by their full and last names, places
    by their full names. Districts are no secret, nor are the texts' own words, whoever has them as a name.
    """

    def __init__(self) -> None:
        facilities = list(Facility.objects.values_list("name", "neutral_name", "district"))
        self._harmless = HARMLESS | words(wording.vocabulary()) | words(*(row[2] for row in facilities))
        staff = User.objects.filter(is_system=False).values_list("display_name", flat=True)
        people = [normal(name) for name in staff]
        places = [normal(name) for name, neutral, _ in facilities if normal(name) != normal(neutral)]
        places += [normal(name) for name in Site.objects.values_list("name", flat=True)]
        self._words = self._telling(
            *Clinic.objects.values_list("name", flat=True),
            *Provider.objects.values_list("name", flat=True),
            *(name.split()[-1] for name in people if name),
        )
        self._names = frozenset(name for name in (*people, *places) if self._telling(name))

    def check(self, text: str, client: Client | None = None) -> None:
        """Raises DeniedWord if `text`, about `client` if about anybody, must not be read by strangers."""
        plain = normal(text)
        name, code = (client.name, client.code) if client else ("", "")
        found = words(plain)
        if (
            any(part in plain for part in ANYWHERE)
            or any(word.startswith(BEGINNING) for word in found)
            or found & (WHOLE | self._words | self._telling(name))
            or any(f" {each} " in f" {plain} " for each in (*self._names, normal(code)) if each)
        ):
            raise DeniedWord

    def _telling(self, *names: str) -> frozenset[str]:
        return frozenset(
            word
            for word in words(*names)
            if len(word) >= SHORTEST_NAME and not word.isdecimal() and word not in self._harmless
        )


def normal(text: str) -> str:
    """`text` as words in small letters, one space between them, without invisible characters."""
    visible = "".join(
        character
        for character in unicodedata.normalize("NFKC", text)
        if unicodedata.category(character) != "Cf"
    )
    return " ".join(re.findall(r"\w+", visible.casefold()))


def words(*texts: str) -> frozenset[str]:
    return frozenset(word for text in texts for word in normal(text).split())
