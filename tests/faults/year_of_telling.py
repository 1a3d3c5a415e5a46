"""`python -m tests.faults.year_of_telling`: a year of appointments at 13:00 in Berlin, and what is told.

Runs where the clock of the machine, and Django's, is that of the variable TZ. Prints JSON: for each
appointment by its day, the times that each recipient reads, and when the client is reminded.
"""

import datetime
import json
import os
import re
import sys
import time
from collections.abc import Iterable, Iterator
from typing import Any, cast

import django
from django.conf import settings
from django.core.mail import EmailMultiAlternatives

ZONE = os.environ["TZ"]  # before Django sets its own


def main() -> None:
    settings.TIME_ZONE = ZONE
    django.setup()
    os.environ["TZ"] = ZONE
    time.tzset()
    json.dump(_tell(), sys.stdout)


def _tell() -> dict[str, Any]:
    from django.core import mail

    from notifications import consent, feeds, sweeping
    from notifications.models import Message
    from scheduling import booking, publishing
    from scheduling.models import Appointment, ConsultationHour, Slot
    from scheduling.months import Month
    from sites.models import Role, User
    from tests.builders import make_client, make_published_hour, make_series, make_site, make_user

    now = datetime.datetime(2025, 12, 15, 12, 0, tzinfo=datetime.UTC)
    series = make_series(site := make_site(), starts_date=datetime.date(2026, 1, 1))
    host = series.psychiatrist
    for number in range(1, 13):
        month = Month(2026, number)
        drafts = publishing.propose_month(sites=[site], month=month, by=host, now=now)
        for draft in drafts:
            publishing.publish_hour(hour=draft, by=host, now=now, despite_collisions=True)
    for day in (datetime.date(2026, 3, 29), datetime.date(2026, 10, 25)):
        make_published_hour(site, day=day, psychiatrist=host, now=now)
    worker = make_user(Role.SOCIAL_WORKER, facility=site.facility)
    client = make_client(site.facility, by=worker, now=now, phone="0171 3920012")
    consent.give(client=client, by=worker, now=now)
    for hour in ConsultationHour.objects.order_by("starts_at"):
        slot = Slot.objects.filter(hour=hour).earliest("starts_at")
        booking.book(slot=slot, client=client, by=worker, now=now)
    sweeping.sweep(now=now)
    for due_at in list(Message.objects.filter(kind="reminder").values_list("due_at", flat=True)):
        sweeping.sweep(now=due_at)

    def entries(user: User) -> dict[str, Any]:
        return dict(_entries(feeds.read(user=user, now=now).content))

    booked, held = entries(worker), entries(host)
    letters = cast(list[EmailMultiAlternatives], mail.outbox)
    told: dict[str, Any] = {}
    for appointment in Appointment.objects.select_related("slot__hour").order_by("starts_at"):
        messages = Message.objects.filter(appointment=appointment)
        reminder = messages.get(kind="reminder")
        mails = [each for each in letters if str(appointment.uid) in each.extra_headers["Message-ID"]]
        told[str(appointment.slot.hour.rule_date)] = {
            "states": sorted(set(messages.values_list("state", flat=True))),
            "sms": _times(each.body for each in messages.filter(channel="sms")),
            "reminded_at": reminder.due_at.isoformat(),
            "mail": _times(f"{each.subject} {each.body}" for each in mails),
            "invitation": [
                dict(_entries(str(each.alternatives[1][0])))[str(appointment.uid)] for each in mails
            ],
            "feeds": [booked[str(appointment.uid)], held[str(appointment.slot.hour.uid)]],
        }
    return told


def _times(texts: Iterable[str]) -> list[str]:
    """Every time of day that a reader finds in the texts, each kind of text once."""
    return sorted({found for text in texts for found in re.findall(r"\b\d\d:\d\d\b", text)})


def _entries(content: str | bytes) -> Iterator[tuple[str, str]]:
    """UID and start of each entry, as a calendar program reads them."""
    from icalendar import Calendar

    for event in Calendar.from_ical(content).walk("VEVENT"):
        yield str(event["UID"]), event.decoded("DTSTART").isoformat()


if __name__ == "__main__":
    main()
