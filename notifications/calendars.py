"""What calendars are given: single entries by mail, and a person's feed. iCalendar (RFC 5545, RFC 5546).

Nothing in an entry tells what it is about or whom it is for: «Termin», the place's neutral name, and PRIVATE.
Times are UTC, so no zone definition is needed that some calendar would read differently.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from icalendar import Calendar, Event, vDuration

from notifications.wording import SUMMARY

# Readable to whoever reads the entry, so as neutral as the rest.
PRODUCT = "-//Termine//Kalender//DE"
REQUEST, CANCEL = "REQUEST", "CANCEL"
REFRESH = timedelta(hours=1)


def entry(
    *,
    uid: str,
    sequence: int,
    starts_at: datetime,
    ends_at: datetime,
    stamp: datetime,
    place: str,
    summary: str = SUMMARY,
    cancelled: bool = False,
) -> Event:
    """One VEVENT; `stamp` is when it was last changed (DTSTAMP)."""
    event = Event()
    event.add("uid", uid)
    event.add("sequence", sequence)
    event.add("dtstamp", stamp)
    event.add("dtstart", starts_at)
    event.add("dtend", ends_at)
    event.add("summary", summary)
    event.add("location", place)
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("class", "PRIVATE")
    return event


def invitation(event: Event, *, method: str, organizer: str, attendee: str) -> bytes:
    """`event` as REQUEST or CANCEL from `organizer` to `attendee` (bare addresses; RFC 5546, 3.2)."""
    event.add("organizer", f"mailto:{organizer}")
    parameters = {"ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION", "RSVP": "FALSE"}
    event.add("attendee", f"mailto:{attendee}", parameters=parameters)
    calendar = _calendar()
    calendar.add("method", method)
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def single(event: Event) -> bytes:
    """A calendar with this one entry, to be taken over by hand."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def feed(events: Iterable[Event]) -> bytes:
    """A calendar to subscribe to. It has no METHOD: it informs and asks nothing."""
    calendar = _calendar()
    calendar.add("x-wr-calname", "Termine")
    # RFC 7986, 5.7; the second is what Outlook reads.
    calendar.add("refresh-interval", vDuration(REFRESH), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(REFRESH))
    for event in events:
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _calendar() -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    return calendar
