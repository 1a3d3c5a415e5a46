"""Bringing the series of a network into the database.

A series has no name. So the n-th series of a practitioner at a site in the file is the n-th there in the
database.
"""

import dataclasses
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping

from scheduling import recurrence
from scheduling.importing.network import Series, Site
from scheduling.importing.report import Outcome, Progress, Report
from scheduling.importing.syncing import Key, difference
from scheduling.models import ConsultationSeries, PlanLine, PlannedSlot
from scheduling.recurrence import Recurrence
from sites import models

KIND = "Sprechstundenreihen"
Plan = tuple[tuple[str, int], ...]


def write_series(
    entries: Collection[Site],
    sites: Mapping[Key, models.Site],
    people: Mapping[Key, models.User],
    rooms: Mapping[Key, models.Room],
    report: Report,
    progress: Progress,
) -> None:
    """Creates or updates the series of the sites in `entries`. Days already proposed stay as they are."""
    stored = _stored(sites.values())
    planned: list[PlannedSlot] = []
    for done, entry in enumerate(entries):
        progress("Standorte mit Reihen", done, len(entries))
        site = sites[(entry.slug,)]
        for wanted in entry.series:
            psychiatrist = people[(wanted.practitioner,)]
            room = rooms[(site.facility_id, wanted.room)]
            rest = stored[(site.pk, psychiatrist.pk)]
            if rest:
                planned += _update(rest.pop(0), wanted, room, report)
            else:
                planned += _create(site, psychiatrist, room, wanted, report)
    PlannedSlot.objects.bulk_create(planned)
    report.notes += _notes(stored)


def _stored(sites: Collection[models.Site]) -> defaultdict[tuple[int, int], list[ConsultationSeries]]:
    """The series of `sites` by site and psychiatrist, locked against a proposal at the same time."""
    rows = (
        ConsultationSeries.objects.filter(site__in=sites)
        .select_related("site", "psychiatrist", "room", "event__rule")
        .prefetch_related("slot_plan")
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    )
    grouped = defaultdict(list)
    for row in rows:
        grouped[(row.site_id, row.psychiatrist_id)].append(row)
    return grouped


def _create(
    site: models.Site, psychiatrist: models.User, room: models.Room, wanted: Series, report: Report
) -> list[PlannedSlot]:
    event = recurrence.create_event(site, wanted.recurrence)
    series = ConsultationSeries.objects.create(site=site, psychiatrist=psychiatrist, room=room, event=event)
    report.add(KIND, _name(site, wanted), Outcome.CREATED)
    return _planned(series, wanted.plan)


def _update(
    series: ConsultationSeries, wanted: Series, room: models.Room, report: Report
) -> list[PlannedSlot]:
    """Updates `series`; returns the lines of its new slot plan, unsaved, if that changed."""
    old = recurrence.read(series.event, wanted.recurrence.zone)
    new = wanted.recurrence
    if not wanted.ends_given:
        new = dataclasses.replace(new, ends_date=old.ends_date)
    differences = [*_differences(old, new)]
    recurrence.update_event(series.event, new)
    if series.room != room:
        differences.append(difference("room", series.room, room))
        series.room = room
        series.save(update_fields=["room"])
    old_plan = tuple((slot.appointment_type, slot.minutes) for slot in series.slot_plan.all())
    planned: list[PlannedSlot] = []
    if old_plan != wanted.plan:
        differences.append(difference("slots", _plan_text(old_plan), _plan_text(wanted.plan)))
        series.slot_plan.all().delete()
        planned = _planned(series, wanted.plan)
    outcome = Outcome.UPDATED if differences else Outcome.UNCHANGED
    report.add(KIND, _name(series.site, wanted), outcome, tuple(differences))
    return planned


def _differences(old: Recurrence, new: Recurrence) -> Iterator[str]:
    if str(old) != str(new):
        yield difference("rule", old, new)
    if old.starts_date != new.starts_date:
        yield difference("starts_on", old.starts_date, new.starts_date)
    if old.ends_date != new.ends_date:
        yield difference("ends_on", old.ends_date, new.ends_date)


def _planned(series: ConsultationSeries, plan: Plan) -> list[PlannedSlot]:
    return [
        PlannedSlot(series=series, position=position, appointment_type=appointment_type, minutes=minutes)
        for position, (appointment_type, minutes) in enumerate(plan)
    ]


def _plan_text(plan: Plan) -> str:
    return ", ".join(f"{minutes} {PlanLine(kind).label}" for kind, minutes in plan)


def _name(site: models.Site, wanted: Series) -> str:
    return f"{site.slug}, {wanted.practitioner}"


def _notes(rest: Mapping[tuple[int, int], list[ConsultationSeries]]) -> Iterator[str]:
    for series in (each for group in rest.values() for each in group):
        yield (
            f"Am Standort {series.site.slug} bleibt eine Reihe von {series.psychiatrist.email}, "
            "die nicht in der Datei steht. Zum Beenden in der Datei mit «ends_on» aufführen."
        )
