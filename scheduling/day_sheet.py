"""What a day shows: its hours slot by slot, who comes, who came without appointment, and who waits."""

import dataclasses
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import QuerySet

from scheduling import attending, day_reading, next_steps, offers, selectors
from scheduling.attending import Attendance
from scheduling.day_reading import Day, Hours
from scheduling.models import (
    TAKES_TIME,
    Appointment,
    AppointmentType,
    Client,
    ConsultationHour,
    Insurance,
    NextStep,
    Slot,
    SlotState,
    WaitingEntry,
    WalkIn,
)
from sites.access import Permission, permissions_at, places_of, sites_for
from sites.models import User

LATE_CHOICES = (5, 10, 15, 20, 30, 45, 60)

# What stands on a button, in the order in which people need them.
LABELS = {
    Attendance.ARRIVED: "Angekommen",
    Attendance.IN_ROOM: "Im Raum",
    Attendance.DONE: "Fertig",
    Attendance.LEFT: "Gegangen",
    Attendance.NOT_COME: "Nicht erschienen",
}
COMES_BACK = {Attendance.NOT_COME: "Doch gekommen", Attendance.LEFT: "Wieder da"}
FIRST_BUTTON = {
    Attendance.EXPECTED: Attendance.ARRIVED,
    Attendance.ARRIVED: Attendance.IN_ROOM,
    Attendance.IN_ROOM: Attendance.DONE,
}


@dataclasses.dataclass(frozen=True)
class Button:
    """One tap: where it leads, what it says, and whether it is the one that most people want."""

    to: str
    label: str
    is_first: bool


@dataclasses.dataclass(frozen=True)
class Row:
    """A slot, or a walk-in without one, as one person sees it on the day.

    `name` is for whoever may know it; `clinic_may_know` says whether it may stand on paper too. `facts` are
    what helps to prepare. `seen` is the state that a tap on one of `buttons` answers to. `can_undo_step`:
    what was decided to follow may still be taken back.
    """

    key: str
    slot: Slot | None = None
    appointment: Appointment | None = None
    walk_in: WalkIn | None = None
    title: str = ""
    name: str = ""
    clinic_may_know: bool = False
    facts: tuple[str, ...] = ()
    expected_at: datetime | None = None
    can_book: bool = False
    state: str = ""
    state_label: str = ""
    seen: str = ""
    buttons: tuple[Button, ...] = ()
    can_undo: bool = False
    can_change: bool = False
    asks_what_next: bool = False
    can_undo_step: bool = False
    can_name: bool = False

    @property
    def mark_url(self) -> str:
        return "mark_appointment" if self.appointment else "mark_walk_in"

    @property
    def next_url(self) -> str:
        return next_page(self.entry) if self.entry else ""

    @property
    def entry(self) -> Appointment | WalkIn | None:
        return self.appointment or self.walk_in

    @property
    def client_id(self) -> int | None:
        return self.entry.client_id if self.entry else None


@dataclasses.dataclass(frozen=True)
class HourOfDay:
    """One hour of the day; `walk_ins` wait for open time, `waiting` for an appointment at this site."""

    hour: ConsultationHour
    rows: tuple[Row, ...]
    walk_ins: tuple[Row, ...]
    waiting: tuple[WaitingEntry, ...]
    can_mark: bool
    next_number: int
    free_now: tuple[Slot, ...]

    @property
    def named_clients(self) -> list[int]:
        """The keys of the clients whose name is shown."""
        return [row.client_id for row in (*self.rows, *self.walk_ins) if row.name and row.client_id]

    @property
    def late_choices(self) -> tuple[int, ...]:
        return tuple(minutes for minutes in LATE_CHOICES if minutes != self.hour.late_minutes)


# -- reading ------------------------------------------------------------------------------------------


def hours_on(user: User, day: date, *, now: datetime) -> list[HourOfDay]:
    """The published hours of `day`, by the calendar of each site, as `user` sees them."""
    noon = datetime.combine(day, time(12), tzinfo=UTC)
    around = Hours(first=noon - timedelta(days=2), last=noon + timedelta(days=2))
    return _shown(user, around, now, only=lambda hour: hour.local_date == day)


def one_hour(user: User, pk: int, *, now: datetime) -> HourOfDay | None:
    """One hour as `user` sees it; None if it is not theirs."""
    return next(iter(_shown(user, Hours(hour=pk), now)), None)


def hour_on_paper(user: User, pk: int, *, now: datetime) -> HourOfDay | None:
    """One hour as it may be printed: only with what its clinic may know, whoever prints it."""
    shown = _shown(user, Hours(hour=pk), now)
    return (
        dataclasses.replace(
            shown[0],
            rows=tuple(_on_paper(row) for row in shown[0].rows),
            walk_ins=tuple(_on_paper(row) for row in shown[0].walk_ins),
        )
        if shown
        else None
    )


def _on_paper(row: Row) -> Row:
    return row if row.clinic_may_know else dataclasses.replace(row, name="")


def hours_attended_by(user: User) -> QuerySet[ConsultationHour]:
    """Published and held hours on whose day `user` may mark who comes."""
    return ConsultationHour.objects.filter(
        status__in=TAKES_TIME, site__in=sites_for(user, Permission.ATTEND).values("pk")
    )


def appointments_attended_by(user: User) -> QuerySet[Appointment]:
    return selectors.appointments_visible_to(user).filter(
        slot__site__in=sites_for(user, Permission.ATTEND).values("pk")
    )


def walk_ins_attended_by(user: User) -> QuerySet[WalkIn]:
    return WalkIn.objects.filter(
        hour__site__in=sites_for(user, Permission.ATTEND).values("pk")
    ).select_related("hour__site__facility")


def walk_ins_named_by(user: User) -> QuerySet[WalkIn]:
    """Those of whom `user`, who knows the facility's clients, may say who it is."""
    return walk_ins_attended_by(user).filter(hour__site__in=sites_for(user, Permission.BOOK).values("pk"))


def next_page(entry: Appointment | WalkIn) -> str:
    """The name of the page that asks what follows."""
    return "what_next" if isinstance(entry, Appointment) else "what_next_walk_in"


def row_key(entry: Appointment | WalkIn) -> str:
    """By which an entry's row is found on the day's page."""
    return f"{'termin' if isinstance(entry, Appointment) else 'ohne-termin'}-{entry.pk}"


# -- as one person sees it ----------------------------------------------------------------------------


def _shown(
    user: User,
    which: Hours,
    now: datetime,
    only: Callable[[ConsultationHour], bool] = lambda hour: True,
) -> list[HourOfDay]:
    held = user.held
    found = day_reading.read_hours(which, places_of(held, Permission.ATTEND))
    hours = [hour for hour in found if only(hour)]
    may = permissions_at(user, [hour.site for hour in hours], held=held)
    read = day_reading.read(hours, now=now)
    return [_hour(hour, Permission.BOOK in may[hour.site_id], read, now) for hour in hours]


def _hour(hour: ConsultationHour, is_facility: bool, read: Day, now: datetime) -> HourOfDay:
    walk_ins = read.walk_ins.get(hour.pk, [])
    in_slots = {walk_in.slot_id: walk_in for walk_in in walk_ins if walk_in.slot_id}
    slots = read.slots.get(hour.pk, [])
    free = [
        slot
        for slot in slots
        if slot.state_at(now) == SlotState.FREE and slot.appointment_type != AppointmentType.OPEN
    ]
    return HourOfDay(
        hour=hour,
        rows=tuple(_slot_row(hour, slot, in_slots.get(slot.pk), is_facility, read, now) for slot in slots),
        walk_ins=tuple(
            _walk_in_row(hour, each, is_facility, read, now) for each in walk_ins if not each.slot_id
        ),
        waiting=tuple(read.waiting.get(hour.site_id, ())),
        can_mark=attending.has_come(hour, now=now),
        next_number=max((walk_in.number for walk_in in walk_ins), default=0) + 1,
        free_now=tuple(slot for slot in free if slot.ends_at > now),
    )


def _slot_row(
    hour: ConsultationHour,
    slot: Slot,
    walk_in: WalkIn | None,
    is_facility: bool,
    read: Day,
    now: datetime,
) -> Row:
    if appointment := read.appointments.get(slot.pk):
        return _appointment_row(hour, slot, appointment, is_facility, read, now)
    if walk_in is not None:
        return dataclasses.replace(_walk_in_row(hour, walk_in, is_facility, read, now), slot=slot)
    state, label = _slot_state(slot, now)
    return Row(
        key=f"zeitfenster-{slot.pk}",
        slot=slot,
        title=slot.get_appointment_type_display(),
        facts=("ohne Termin",) if slot.appointment_type == AppointmentType.OPEN else (),
        can_book=is_facility and offers.can_book(hour, slot, now=now),
        state=state,
        state_label=label,
    )


def _slot_state(slot: Slot, now: datetime) -> tuple[str, str]:
    if slot.appointment_type == AppointmentType.OPEN:
        return "", ""
    state = slot.state_at(now)
    if state == SlotState.FREE and slot.ends_at <= now:
        return "unused", "nicht belegt"
    return state.value, state.label


def _appointment_row(
    hour: ConsultationHour,
    slot: Slot,
    appointment: Appointment,
    is_facility: bool,
    read: Day,
    now: datetime,
) -> Row:
    state = attending.state_of(appointment)
    late = hour.late_minutes if state in (Attendance.EXPECTED, Attendance.ARRIVED) else 0
    released = read.may_name(appointment.client, hour)
    return Row(
        key=row_key(appointment),
        slot=slot,
        appointment=appointment,
        title=appointment.client.code,
        name=appointment.client.name if is_facility or released else "",
        clinic_may_know=released,
        facts=_facts(hour, appointment, read),
        expected_at=attending.expected_at(slot.starts_at, late) if late else None,
        state=CSS_STATE[state],
        state_label=state.label,
        seen=state.value,
        buttons=_buttons(state, hour, slot.ends_at, now, missed=slot.starts_at <= now),
        can_undo=attending.can_undo(appointment, now=now),
        can_change=is_facility and offers.can_change(appointment, now=now),
        asks_what_next=state is Attendance.DONE and not appointment.next_step,
        can_undo_step=next_steps.can_undo(appointment, now=now),
    )


def _walk_in_row(hour: ConsultationHour, walk_in: WalkIn, is_facility: bool, read: Day, now: datetime) -> Row:
    state = attending.state_of(walk_in)
    client = walk_in.client
    released = client is not None and read.may_name(client, hour)
    facts = ["ohne Termin", *(_client_facts(client, hour) if client else ("ohne Angaben",))]
    if walk_in.next_step:
        facts.append(_what_next(walk_in, hour, read))
    return Row(
        key=row_key(walk_in),
        walk_in=walk_in,
        title=f"Nr. {walk_in.number}" + (f" · {client.code}" if client else ""),
        name=client.name if client and (is_facility or released) else "",
        clinic_may_know=released,
        facts=tuple(facts),
        state=CSS_STATE[state],
        state_label="wartet" if state is Attendance.ARRIVED else state.label,
        seen=state.value,
        buttons=_buttons(state, hour, hour.ends_at, now, missed=False),
        can_undo=attending.can_undo(walk_in, now=now),
        asks_what_next=state is Attendance.DONE and not walk_in.next_step,
        can_undo_step=next_steps.can_undo(walk_in, now=now),
        can_name=is_facility and client is None,
    )


# The sign and colour of each state (components/state_badge.html).
CSS_STATE = {
    Attendance.EXPECTED: "booked",
    Attendance.ARRIVED: "arrived",
    Attendance.IN_ROOM: "in_room",
    Attendance.DONE: "fulfilled",
    Attendance.NOT_COME: "noshow",
    Attendance.LEFT: "left",
}


def _buttons(
    state: Attendance, hour: ConsultationHour, ends_at: datetime, now: datetime, *, missed: bool
) -> tuple[Button, ...]:
    """What may be tapped now. «Fertig» without having been in the room is for tidying up afterwards."""
    if not attending.has_come(hour, now=now):
        return ()
    possible = [
        to
        for to in LABELS
        if to in attending.MOVES[state]
        and (to is not Attendance.NOT_COME or missed)
        and (to is not Attendance.DONE or state is Attendance.IN_ROOM or ends_at <= now)
    ]
    first = FIRST_BUTTON.get(state)
    labels = {**LABELS, **({Attendance.ARRIVED: COMES_BACK[state]} if state in COMES_BACK else {})}
    return tuple(
        Button(to.value, labels[to], is_first=to is first)
        for to in sorted(possible, key=lambda to: to is not first)
    )


def _facts(hour: ConsultationHour, appointment: Appointment, read: Day) -> tuple[str, ...]:
    before = read.contacts_before(appointment, hour)
    facts = [
        appointment.get_appointment_type_display(),
        f"{before + 1}. Kontakt" if before else "Erstkontakt",
        *_client_facts(appointment.client, hour),
        "per SMS bestätigt" if appointment.confirmed_at else "nicht per SMS bestätigt",
    ]
    if appointment.next_step:
        facts.append(_what_next(appointment, hour, read))
    return tuple(facts)


def _client_facts(client: Client, hour: ConsultationHour) -> list[str]:
    facts = [f"Sprache: {client.get_language_display()}"] if client.language else []
    if client.needs_interpreter:
        facts.append("mit Sprachmittlung")
    if client.wants_companion:
        facts.append("mit Begleitung")
    return [*facts, _insurance(client, hour.local_date)]


def _insurance(client: Client, day: date) -> str:
    match client.insurance:
        case Insurance.PROVEN if client.insurance_proven_on(day):
            return "Versicherung nachgewiesen"
        case Insurance.PROVEN:
            return "Versicherung für dieses Quartal nicht nachgewiesen"
        case Insurance.CLEARING:
            return "Versicherung wird geklärt"
        case Insurance.NONE:
            return "keine Versicherung"
    return "Versicherung nicht bekannt"


def _what_next(entry: Appointment | WalkIn, hour: ConsultationHour, read: Day) -> str:
    match entry.next_step:
        case NextStep.FOLLOW_UP if follow_up_at := read.follow_up_at(entry):
            start = follow_up_at.astimezone(hour.zone)
            return f"weiter: Folgetermin {start:%d.%m.%Y, %H:%M} Uhr"
        case NextStep.PIA if entry.pia_date:
            line = f"; {entry.get_handover_display()}" if entry.handover else ""
            return f"weiter: in der PIA ab {entry.pia_date:%d.%m.%Y}{line}"
    return f"weiter: {entry.get_next_step_display()}"
