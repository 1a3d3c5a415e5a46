"""The texts that clients agree to, by version and language. What somebody agreed to is never altered."""

import dataclasses

from notifications.texts_to_sign import WORDS, Words
from scheduling.languages import RIGHT_TO_LEFT
from scheduling.models import ReleaseScope

# Unicode's signs around what may run in another direction than the text (UAX #9), seen by nobody.
ISOLATED, UNTIL_HERE = "\u2068", "\u2069"

VERSIONS: dict[str, dict[str, Words]] = {"2026-11": WORDS}
CURRENT_VERSION = "2026-11"


@dataclasses.dataclass(frozen=True)
class ConsentText:
    """A text as it is read out, shown or signed, in one language, with the words of its sheet."""

    version: str
    language: str
    title: str
    text: str
    words: Words

    def __str__(self) -> str:
        return self.text

    @property
    def direction(self) -> str:
        return "rtl" if self.language in RIGHT_TO_LEFT else "ltr"


def consent_text(language: str = "de", version: str = CURRENT_VERSION) -> ConsentText:
    """The text on SMS; German for no language. Raises KeyError for a version or language that never was."""
    words = VERSIONS[version][language or "de"]
    return ConsentText(version, language or "de", words.consent_title, words.consent, words)


def release_text(
    *,
    facility: str,
    clinic: str,
    scope: str,
    ends: str,
    language: str = "de",
    version: str = CURRENT_VERSION,
) -> ConsentText:
    """The release of `facility` towards `clinic` until `ends` (as it is to be read)."""
    words = VERSIONS[version][language or "de"]
    what = words.coordination if scope == ReleaseScope.COORDINATION else words.name
    facility, clinic, ends = (f"{ISOLATED}{each}{UNTIL_HERE}" for each in (facility, clinic, ends))
    text = words.release.format(facility=facility, clinic=clinic, what=what, ends=ends)
    return ConsentText(version, language or "de", words.release_title, text, words)


CURRENT_TEXT = consent_text()
