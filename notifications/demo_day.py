"""What the demo shows at once, whatever the clock says: an hour under way, and a draft to decide on."""

import datetime
from collections.abc import Sequence

from scheduling import attending, booking, planning, publishing, recurrence, releases, waiting, walk_ins
from scheduling.attending import Attendance
from scheduling.models import (
    Appointment,
    AppointmentType,
    Change,
    Client,
    ConsultationHour,
    ConsultationSeries,
    HourStatus,
    ReleaseScope,
)
from scheduling.planning import SeriesPlan
from scheduling.slot_plan import Line
from sites.models import Absence, Site, User

MINUTES = 30
# The last half hour is open time.
SLOTS = 5
LENGTH = datetime.timedelta(minutes=MINUTES * (SLOTS + 1))
AGO = datetime.timedelta(minutes=75)

# Whom of a facility's eight to book into which slot, and by which taps; the last slot stays free.
CAME: Sequence[tuple[int, Sequence[Attendance]]] = (
    (7, (Attendance.ARRIVED, Attendance.IN_ROOM, Attendance.DONE)),
    (6, (Attendance.NOT_COME,)),
    (3, (Attendance.ARRIVED, Attendance.IN_ROOM)),
    (2, ()),
)
WAITS_FOR_ANOTHER = 6
NAMED = 7


def hold(site: Site, own: Sequence[Client], *, by: User, now: datetime.datetime) -> int:
    """Holds an hour at `site` around `now`, unless the people or the room have another one today.

    `own` are the facility's eight clients. Returns how many appointments were booked.
    """
    hour = _publish(site, now)
    if hour is None:
        return 0
    _release(own[NAMED], site, by=by, now=now)
    day_before = hour.starts_at - datetime.timedelta(days=1)
    for slot, (client, taps) in zip(hour.slots.order_by("starts_at"), CAME, strict=False):
        appointment = booking.book(slot=slot, client=own[client], by=by, now=day_before)
        _tap(appointment, taps, by=by, now=now)
    walk_ins.take_in(hour=hour, number=1, by=by, now=now)
    waiting.add(
        client=own[WAITS_FOR_ANOTHER], site=site, appointment_type=AppointmentType.FIRST, by=by, now=now
    )
    # Everybody was told of it in time, so to speak.
    Change.objects.filter(hour=hour, planned_at=None).update(planned_at=now)
    return len(CAME)


def be_away(site: Site) -> None:
    """Lets the psychiatrist of the last draft at `site` be absent around its day."""
    drafts = ConsultationHour.objects.select_related("site__facility").filter(site=site)
    last = drafts.filter(status=HourStatus.DRAFT).order_by("starts_at").last()
    if last is not None:
        day, around = last.local_date, datetime.timedelta(days=1)
        Absence.objects.create(user_id=last.psychiatrist_id, first_date=day - around, last_date=day + around)


def _publish(site: Site, now: datetime.datetime) -> ConsultationHour | None:
    """A published hour of an own series, since the clinic's rule seldom falls on the day of the demo."""
    model = ConsultationSeries.objects.select_related("psychiatrist", "room").filter(site=site).first()
    start = _start(site, now)
    if model is None or _is_taken(model, start):
        return None
    ahead = now - datetime.timedelta(days=1)
    first, follow_up = AppointmentType.FIRST.value, AppointmentType.FOLLOW_UP.value
    lines = [Line(first, MINUTES)] + [Line(follow_up, MINUTES)] * (SLOTS - 1)
    end = (start.replace(tzinfo=None) + LENGTH).time()
    plan = SeriesPlan(
        recurrence=recurrence.fixed([start.date()], start.time(), end, site.zone),
        psychiatrist=model.psychiatrist,
        room=model.room,
        lines=tuple(lines),
    )
    _, drafts = planning.create_series(site=site, plan=plan, by=model.psychiatrist, now=ahead)
    if not drafts:
        return None
    return publishing.publish_hour(hour=drafts[0], by=model.psychiatrist, now=ahead, despite_collisions=True)


def _start(site: Site, now: datetime.datetime) -> datetime.datetime:
    """A full or half hour, a good hour ago; within the day that it is at the site."""
    local = now.astimezone(site.zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    latest = midnight + datetime.timedelta(hours=23, minutes=30) - LENGTH
    wished = local.replace(minute=local.minute // 30 * 30, second=0, microsecond=0, tzinfo=None) - AGO
    start = min(max(wished.replace(minute=wished.minute // 30 * 30), midnight), latest)
    return start.replace(tzinfo=site.zone)


def _is_taken(series: ConsultationSeries, start: datetime.datetime) -> bool:
    """Whether the person or the room has an hour on that day."""
    day = start.replace(hour=0, minute=0)
    hours = ConsultationHour.objects.filter(
        status__in=[HourStatus.DRAFT, HourStatus.PUBLISHED],
        starts_at__lt=day + datetime.timedelta(days=1),
        ends_at__gt=day,
    )
    return (hours.filter(psychiatrist=series.psychiatrist) | hours.filter(room=series.room)).exists()


def _release(client: Client, site: Site, *, by: User, now: datetime.datetime) -> None:
    ends = now.astimezone(site.zone).date() + datetime.timedelta(days=180)
    releases.give_release(
        client=client, clinic=site.clinic, scope=ReleaseScope.NAME, ends_date=ends, by=by, now=now
    )


def _tap(appointment: Appointment, taps: Sequence[Attendance], *, by: User, now: datetime.datetime) -> None:
    seen = Attendance.EXPECTED
    for to in taps:
        if to is Attendance.NOT_COME and appointment.starts_at > now:
            return
        attending.mark(entry=appointment, to=to, seen=seen, by=by, now=now)
        seen = to
