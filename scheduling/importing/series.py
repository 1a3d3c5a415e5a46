"""Checking one series of a site: who, where, when, and how the hour is divided."""

import datetime
from collections.abc import Collection, Mapping
from zoneinfo import ZoneInfo

from scheduling.importing.fields import Fields
from scheduling.importing.network import Person, Series
from scheduling.importing.parsing import Node
from scheduling.importing.problems import Problems, quoted
from scheduling.models import AppointmentType
from scheduling.recurrence import ORDINALS, WEEKDAYS, Frequency, Recurrence, is_skipped
from sites.models import Role

FREQUENCIES: dict[str, Frequency] = {"monthly": "monthly", "weekly": "weekly"}
MAX_INTERVAL = 12
# As the database has it (PlannedSlot).
MIN_MINUTES, MAX_MINUTES = 5, 480
# Stands in for a date or time with a problem, in a result that is thrown away for it.
NO_DATE, NO_TIME = datetime.date(2000, 1, 1), datetime.time()
MAX_ROOM = 100


def check_series(
    node: Node,
    *,
    clinic: str,
    rooms: Collection[str] | None,
    staff: Mapping[str, Person],
    zone: ZoneInfo,
    problems: Problems,
) -> Series:
    """`clinic` and `rooms` are those of the site; "" and None if the file leaves them unclear."""
    fields = Fields(
        node,
        "Reihe",
        problems,
        required=["practitioner", "room", "starts_on", "rule", "from", "to", "slots"],
        optional=["ends_on"],
    )
    start, end = fields.clock("from"), fields.clock("to")
    if start and end and start >= end:
        fields.problem_at("to", f"{end:%H:%M} liegt nicht nach «from» {start:%H:%M}.")
    plan = _plan(fields, problems)
    if start and end and start < end:
        _check_length(fields, plan, start, end)
    return Series(
        line=fields.line_of("practitioner"),
        practitioner=_practitioner(fields, clinic, staff),
        room=fields.text("room", MAX_ROOM) if rooms is None else fields.reference("room", "Raum", rooms),
        recurrence=_recurrence(fields, start or NO_TIME, end or NO_TIME, zone, problems),
        ends_given=fields.has("ends_on"),
        plan=plan,
    )


def _practitioner(fields: Fields, clinic: str, staff: Mapping[str, Person]) -> str:
    email = fields.email("practitioner")
    if not email:
        return email
    person = staff.get(email)
    if person is None:
        fields.problem_at("practitioner", f"{quoted(email)} steht nicht unter «staff».")
    elif person.role and person.role != Role.PSYCHIATRIST:
        fields.problem_at(
            "practitioner",
            f"{quoted(email)} hat unter «staff» (Zeile {person.line}) die Rolle «{person.role}»; "
            f"Sprechstunden hält nur «{Role.PSYCHIATRIST.value}».",
        )
    elif clinic and person.clinic and person.clinic != clinic:
        fields.problem_at(
            "practitioner",
            f"{quoted(email)} gehört unter «staff» (Zeile {person.line}) zur Klinik «{person.clinic}», "
            f"der Standort aber zu «{clinic}».",
        )
    return email


def _recurrence(
    fields: Fields, start: datetime.time, end: datetime.time, zone: ZoneInfo, problems: Problems
) -> Recurrence:
    starts, ends = fields.date("starts_on"), fields.optional_date("ends_on")
    for key, clock in (("from", start), ("to", end)):
        if starts and is_skipped(starts, clock, zone):
            fields.problem_at(
                key,
                f"{clock:%H:%M} gibt es am ersten Tag ({starts}) nicht, weil die Uhren vorgestellt werden. "
                "Bitte «starts_on» einen Tag später setzen.",
            )
    if starts and ends and ends < starts:
        fields.problem_at("ends_on", f"{ends} liegt vor «starts_on» {starts}.")
    frequency, weekday, nth, interval = _rule(fields, problems)
    return Recurrence(
        frequency=frequency,
        weekday=weekday,
        nth=nth,
        interval=interval,
        starts_date=starts or NO_DATE,
        ends_date=ends,
        from_time=start,
        to_time=end,
        zone=zone,
    )


def _rule(series: Fields, problems: Problems) -> tuple[Frequency, str, int | None, int]:
    """Frequency, weekday, which one in the month, and every how many months or weeks."""
    node = series.entries.get("rule")
    if node is None:
        return "weekly", "", None, 1
    rule = Fields(node, "Regel", problems, required=["frequency", "weekday"], optional=["nth", "interval"])
    frequency = rule.choice("frequency", FREQUENCIES)
    weekday = rule.choice("weekday", WEEKDAYS)
    nth = rule.number("nth", -99, 99)
    if nth is not None and nth not in ORDINALS:
        rule.problem_at("nth", f"erlaubt sind 1 bis 4 und -1 (der letzte im Monat), gefunden: {nth}.")
    if frequency == "monthly" and not rule.has("nth"):
        rule.problem(rule.line, "Schlüssel «nth» fehlt: der wievielte Wochentag im Monat, 1 bis 4 oder -1.")
    if frequency == "weekly" and rule.has("nth"):
        rule.problem_at("nth", "passt nur zu «frequency: monthly».")
    interval = rule.number("interval", 1, MAX_INTERVAL)
    return FREQUENCIES.get(frequency, "weekly"), weekday, nth, interval or 1


def _plan(series: Fields, problems: Problems) -> tuple[tuple[str, int], ...]:
    """Pairs of appointment type and minutes, in order."""
    plan = []
    for node in series.items("slots"):
        slot = Fields(node, "Zeitfenster", problems, required=["type", "minutes"])
        appointment_type = slot.choice("type", AppointmentType.values)
        plan.append((appointment_type, slot.number("minutes", MIN_MINUTES, MAX_MINUTES) or 0))
    return tuple(plan)


def _check_length(
    series: Fields, plan: tuple[tuple[str, int], ...], start: datetime.time, end: datetime.time
) -> None:
    length = (end.hour - start.hour) * 60 + end.minute - start.minute
    planned = sum(minutes for _, minutes in plan)
    if planned > length:
        series.problem_at(
            "slots",
            f"die Zeitfenster dauern zusammen {planned} Minuten, die Sprechstunde nur {length}.",
        )
