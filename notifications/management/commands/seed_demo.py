"""manage.py seed_demo: fills the demo from the network file, by the same commands that people use.

Lives here because it touches everything: notifications may import scheduling and sites, not the other way.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from notifications import consent, demo_day, demo_desk
from scheduling import booking, clients, importing, publishing, recurrence
from scheduling.importing.writing import write
from scheduling.languages import Language
from scheduling.models import AppointmentType, Client, ConsultationHour, ConsultationSeries, HourStatus, Slot
from scheduling.months import Month
from sites.models import Clinic, Facility, Membership, Role, Site, User

PASSWORD = "demo"  # noqa: S105 - the demo's, printed when it starts
FILE = Path("data", "pia_flex_berlin.yaml")
MONTHS = 4


class Person(NamedTuple):
    """An invented client; `phone` has the last digits of a number in a block kept free for media."""

    name: str = ""
    phone: str = ""
    consents: bool = False
    language: str = ""


PEOPLE: Sequence[Sequence[Person]] = (
    (
        Person("Alex Muster", "0171 3920010", consents=True),
        Person("Bente Beispiel", "0171 3920011", consents=True),
        Person("Chris Probe", "0171 3920012", consents=True),
        Person("Dana Muster", "0171 3920013"),
        Person("Eike Beispiel"),
        Person("", "0171 3920014", consents=True),
        Person(),
        Person("Femi Probe", "0171 3920015", consents=True),
    ),
    (
        Person("Gül Muster", "0176 04069010", consents=True, language="tr"),
        Person("Hanno Beispiel", "0176 04069011", consents=True),
        Person("Ilja Probe", "0176 04069012"),
        Person("Jona Muster", "0176 04069013", consents=True),
        Person("", "0176 04069014", consents=True),
        Person("Kim Beispiel"),
        Person("Luca Probe", "0176 04069015", consents=True),
        Person(),
    ),
)
# Whom to book into which published hour of a site, and into which of its slots.
BOOKINGS = ((0, 0, 0), (1, 0, 2), (4, 0, 3), (2, 1, 0), (0, 1, 2), (5, 1, 3))


class Command(BaseCommand):
    help = "Füllt die Demo: Netzdatei, Anmeldungen, Sprechstunden, erfundene Klient:innen und Termine."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Nur die Demo lässt sich so füllen. Bitte verwenden Sie make demo.")
        added = seed(settings.BASE_DIR / FILE, now=timezone.now())
        if any(added.values()):
            parts = ", ".join(f"{count} {what}" for what, count in added.items() if count)
            self.stdout.write(self.style.SUCCESS(f"Demo gefüllt: {parts}."))
        else:
            self.stdout.write("Nichts zu tun: Die Demo ist schon gefüllt.")


@transaction.atomic
def seed(file: Path, *, now: datetime) -> dict[str, int]:
    """Adds what the demo lacks, and returns how much of what; what is there stays as people left it."""
    report = write(importing.load(file))
    _add_colleagues()
    logins = _let_staff_sign_in()
    hours = _hold_hours(now)
    registered, booked = 0, 0
    for number, facility in enumerate(
        Facility.objects.filter(sites__isnull=False).distinct().order_by("slug")
    ):
        worker = User.objects.filter(
            memberships__facility=facility, memberships__role=Role.SOCIAL_WORKER
        ).first()
        if worker is None or facility.clients.exists():
            continue
        own = _register(PEOPLE[number % len(PEOPLE)], facility, by=worker, now=now)
        registered += len(own)
        for site in facility.sites.all():
            booked += _book(own, site, by=worker, now=now)
            booked += demo_day.hold(site, own, by=worker, now=now)
        demo_desk.fill(facility.sites.select_related("facility", "clinic")[0], own, by=worker, now=now)
    if registered:
        demo_day.be_away(Site.objects.latest("slug"))
    return {
        "Einträge der Netzdatei": len(report.changes),
        "Anmeldungen": logins,
        "Sprechstunden": hours,
        "Klient:innen": registered,
        "Termine": booked,
    }


def _add_colleagues() -> None:
    """The file has one psychiatrist for a clinic; with a second one each can stand in for the other."""
    for first in User.objects.filter(email__startswith="psychiatrie."):
        clinic = Clinic.objects.filter(memberships__user=first, memberships__role=Role.PSYCHIATRIST).get()
        name = first.display_name.replace("Ärztlicher Dienst", "Vertretung")
        email = first.email.replace("psychiatrie.", "vertretung.")
        colleague = User.objects.filter(email=email).first()
        colleague = colleague or User.objects.create_user(email, display_name=name)
        Membership.objects.get_or_create(user=colleague, role=Role.PSYCHIATRIST, clinic=clinic)


def _let_staff_sign_in() -> int:
    """Gives everybody without a password the demo's. One hash for all: hashing is slow on purpose."""
    staff = User.objects.filter(is_system=False, is_active=True)
    without = [user for user in staff if not user.has_usable_password()]
    if without:
        User.objects.filter(pk__in=[user.pk for user in without]).update(password=make_password(PASSWORD))
    return len(without)


def _hold_hours(now: datetime) -> int:
    """Proposes four months and publishes all but the last; days that something speaks against stay drafts."""
    sites = list(Site.objects.select_related("facility"))
    by = User.objects.system_actor("demo")
    first = _first_month(now)
    count = 0
    for month in (first.plus(number) for number in range(MONTHS)):
        proposed = publishing.propose_month(sites=sites, month=month, by=by, now=now)
        count += len(proposed)
        if proposed and month != first.plus(MONTHS - 1):
            publishing.publish_month(sites=sites, month=month, by=by, now=now)
    return count


def _first_month(now: datetime) -> Month:
    """This month; where the clock stands long before the file's series, the month before they begin."""
    series = ConsultationSeries.objects.select_related("event__rule", "site__facility")
    starts = [recurrence.read(each.event, each.site.zone).starts_date for each in series]
    return max(Month.containing(timezone.localdate(now)), Month.containing(min(starts)).plus(-1))


def _register(people: Sequence[Person], facility: Facility, *, by: User, now: datetime) -> list[Client]:
    registered = []
    for person in people:
        client = clients.register_client(
            facility=facility, by=by, now=now, name=person.name, phone=person.phone
        )
        if person.language:
            client = clients.change_client(
                client=client, version=client.version, values={"language": person.language}, by=by, now=now
            )
        if person.consents:
            consent.give(
                client=client, by=by, now=now, how="spoken", language=client.language or Language.DE.value
            )
        registered.append(client)
    return registered


def _book(own: Sequence[Client], site: Site, *, by: User, now: datetime) -> int:
    hours = ConsultationHour.objects.filter(site=site, status=HourStatus.PUBLISHED, starts_at__gt=now)
    slots = [
        list(Slot.objects.filter(hour=hour).exclude(appointment_type=AppointmentType.OPEN))
        for hour in hours.order_by("starts_at")
    ]
    wanted = [each for each in BOOKINGS if each[1] < len(slots) and each[2] < len(slots[each[1]])]
    for client, hour, slot in wanted:
        booking.book(slot=slots[hour][slot], client=own[client], by=by, now=now)
    return len(wanted)
