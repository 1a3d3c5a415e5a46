"""Bringing the series of a network into the database.

A series has no name. So the n-th series of a practitioner at a site in the file is the n-th there in the
database that came from a file. What somebody changed in the program since stays, unless told otherwise.
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
    *,
    overwrite: bool,
) -> None:
    """Creates or updates the series of the sites in `entries`, with `overwrite` also those that were changed
    in the program. Days already proposed stay as they are."""
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
                planned += _update(rest.pop(0), wanted, psychiatrist, room, report, overwrite=overwrite)
            else:
                planned += _create(site, psychiatrist, room, wanted, report)
    PlannedSlot.objects.bulk_create(planned)
    report.notes += _notes(stored)


def _stored(sites: Collection[models.Site]) -> defaultdict[tuple[int, int], list[ConsultationSeries]]:
    """The series of `sites` that came from a file, by site and the file's psychiatrist, locked against a
    proposal at the same time."""
    rows = (
        ConsultationSeries.objects.filter(site__in=sites, imported_for__isnull=False)
        .select_related("site", "psychiatrist", "imported_for", "room", "event__rule")
        .prefetch_related("slot_plan")
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    )
    grouped: defaultdict[tuple[int, int], list[ConsultationSeries]] = defaultdict(list)
    for row in rows:
        if row.imported_for_id is not None:
            grouped[(row.site_id, row.imported_for_id)].append(row)
    return grouped


def _create(
    site: models.Site, psychiatrist: models.User, room: models.Room, wanted: Series, report: Report
) -> list[PlannedSlot]:
    event = recurrence.create_event(site, wanted.recurrence)
    series = ConsultationSeries.objects.create(
        site=site, psychiatrist=psychiatrist, room=room, event=event, imported_for=psychiatrist
    )
    report.add(KIND, _name(site, wanted), Outcome.CREATED)
    return _planned(series, wanted.plan)


def _update(
    series: ConsultationSeries,
    wanted: Series,
    psychiatrist: models.User,
    room: models.Room,
    report: Report,
    *,
    overwrite: bool,
) -> list[PlannedSlot]:
    """Updates `series`; returns the lines of its new slot plan, unsaved, if that changed."""
    old = recurrence.read(series.event, wanted.recurrence.zone)
    new = wanted.recurrence
    if not wanted.ends_given:
        new = dataclasses.replace(new, ends_date=old.ends_date)
    old_plan = tuple((slot.appointment_type, slot.minutes) for slot in series.slot_plan.all())
    differences = [*_differences(old, new), *_differences_of(series, psychiatrist, room)]
    if old_plan != wanted.plan:
        differences.append(difference("slots", _plan_text(old_plan), _plan_text(wanted.plan)))
    name = _name(series.site, wanted)
    if series.changed_by_hand and differences and not overwrite:
        report.add(KIND, name, Outcome.UNCHANGED)
        report.notes.append(_kept(name, differences))
        return []
    recurrence.update_event(series.event, new)
    series.psychiatrist, series.room, series.fixed_dates = psychiatrist, room, []
    series.changed_by_hand = False
    if differences:
        series.save()
    report.add(KIND, name, Outcome.UPDATED if differences else Outcome.UNCHANGED, tuple(differences))
    if old_plan == wanted.plan:
        return []
    series.slot_plan.all().delete()
    return _planned(series, wanted.plan)


def _differences_of(
    series: ConsultationSeries, psychiatrist: models.User, room: models.Room
) -> Iterator[str]:
    if series.psychiatrist != psychiatrist:
        yield difference("practitioner", series.psychiatrist.email, psychiatrist.email)
    if series.room != room:
        yield difference("room", series.room, room)


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


def _kept(name: str, differences: Collection[str]) -> str:
    return (
        f"Die Reihe «{name}» wurde im Programm geändert und bleibt, wie sie ist. In der Datei steht sie "
        f"anders: {'; '.join(differences)}. Mit «--overwrite-series» gilt die Datei."
    )


def _notes(rest: Mapping[tuple[int, int], list[ConsultationSeries]]) -> Iterator[str]:
    for series in (each for group in rest.values() for each in group):
        yield (
            f"Am Standort {series.site.slug} bleibt eine Reihe von {series.psychiatrist.email}, "
            "die nicht in der Datei steht. Zum Beenden in der Datei mit «ends_on» aufführen."
        )
