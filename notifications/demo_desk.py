"""What the demo's desks find: who waits, what there is to do, and clients whom a colleague looks after."""

import datetime
from collections.abc import Sequence

from scheduling import caseloads, clients, companions, releases, waiting
from scheduling.models import (
    Appointment,
    AppointmentStatus,
    AppointmentType,
    Client,
    DayPart,
    ReleaseScope,
    SuspendReason,
)
from scheduling.waiting import Wishes
from sites.models import Role, Site, User

# Which of a facility's eight (see `seed_demo.PEOPLE`).
IN_CLEARING, RELEASE_ENDS, OUT_OF_REACH = 0, 1, 3
WITHOUT_PHONE, RUNS_OUT, ALSO_WAITS = 4, 5, 7
DAY = datetime.timedelta(days=1)


def fill(site: Site, own: Sequence[Client], *, by: User, now: datetime.datetime) -> None:
    """`own` are the eight clients of the facility of `site`, and `by` looks after them so far."""
    _let_wait(site, own, by=by, now=now)
    _leave_to_do(site, own, by=by, now=now)
    lead = User.objects.filter(
        memberships__facility=site.facility, memberships__role=Role.FACILITY_LEAD
    ).first()
    if lead is not None:
        given = [own[RELEASE_ENDS], own[WITHOUT_PHONE]]
        caseloads.hand_over(clients=given, former=by, to=lead, by=by, now=now)
        _accompany(own[IN_CLEARING], lead, by=by, now=now)


def _let_wait(site: Site, own: Sequence[Client], *, by: User, now: datetime.datetime) -> None:
    """Beside whoever waits without a wish: one with a deadline, one for later, one for the afternoon.

    None of them fits what is free in the next weeks, so that the desk has something to book.
    """
    today = now.astimezone(site.zone).date()
    runs_out = today + 12 * DAY
    first, follow_up = AppointmentType.FIRST, AppointmentType.FOLLOW_UP
    for client, kind, wishes in (
        (own[RUNS_OUT], first, Wishes(medication_until_date=runs_out, latest_date=runs_out)),
        (own[ALSO_WAITS], first, Wishes(earliest_date=today + 60 * DAY)),
        (own[OUT_OF_REACH], follow_up, Wishes(day_parts=(DayPart.AFTERNOON,), latest_date=today + 90 * DAY)),
    ):
        waiting.add(client=client, site=site, appointment_type=kind, by=by, now=now, wishes=wishes)


def _leave_to_do(site: Site, own: Sequence[Client], *, by: User, now: datetime.datetime) -> None:
    """A number that is lost, a release that ends soon, an insurance that is not clear yet."""
    lost, unclear = own[OUT_OF_REACH], own[IN_CLEARING]
    clients.suspend_phone(client=lost, number=lost.phone, reason=SuspendReason.LOST, by=by, now=now)
    clients.change_client(
        client=unclear, version=unclear.version, values={"insurance": "clearing"}, by=by, now=now
    )
    ends = now.astimezone(site.zone).date() + 5 * DAY
    releases.give_release(
        client=own[RELEASE_ENDS], clinic=site.clinic, scope=ReleaseScope.NAME, ends_date=ends, by=by, now=now
    )


def _accompany(client: Client, companion: User, *, by: User, now: datetime.datetime) -> None:
    """`companion` comes along to the next appointment of `client`."""
    ahead = Appointment.objects.filter(client=client, status=AppointmentStatus.BOOKED, starts_at__gt=now)
    appointment = ahead.order_by("starts_at").first()
    if appointment is not None:
        companions.add(appointment=appointment, user=companion, by=by, now=now)
