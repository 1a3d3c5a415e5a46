"""Where the worklist comes from. A further kind of things to do is a module of its own and a line here."""

from collections.abc import Sequence

from notifications.worklist import follow_up, insurance, no_show, number, offers, release, remind, tell
from notifications.worklist.items import Source, by_kind

SOURCES: Sequence[Source] = (
    tell.SOURCE,
    offers.SOURCE,
    remind.SOURCE,
    number.MENDS,
    number.CHECKS,
    no_show.SOURCE,
    follow_up.SLOTS,
    follow_up.HANDOVERS,
    insurance.SOURCE,
    release.SOURCE,
)
OF_KIND = by_kind(SOURCES)
