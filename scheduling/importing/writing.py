"""Bringing a checked network into the database: creates and updates, in one transaction; deletes nothing."""

from collections.abc import Collection, Iterator, Mapping
from typing import TypeVar

from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.db.models import Exists, Model, OuterRef

from scheduling.importing.network import Facility, Network, Organisation, Person, Site
from scheduling.importing.problems import NotImportable, Problem, quoted
from scheduling.importing.report import Progress, Report, ignore_progress
from scheduling.importing.series_writing import write_series
from scheduling.importing.syncing import Key, Values, sync
from scheduling.models import ConsultationHour
from sites import models

# Any number that no other advisory lock of this project has.
LOCK = 4_201_377

M = TypeVar("M", bound=Model)


@transaction.atomic
def write(
    network: Network,
    *,
    dry_run: bool = False,
    overwrite_series: bool = False,
    progress: Progress = ignore_progress,
) -> Report:
    """Creates or updates everything in `network`, series that were changed in the program only with
    `overwrite_series`; with `dry_run` takes it all back at the end.

    A second import waits for the first and then sees what that wrote. Raises NotImportable if what the file
    says contradicts what the database has.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    report = Report()
    providers = _organisations(models.Provider, "Träger", network.providers, report)
    clinics = _organisations(models.Clinic, "Kliniken", network.clinics, report)
    facilities = _facilities(network.facilities, providers, report)
    rooms = _rooms(network.facilities, facilities, report)
    people = _people(network.staff, report)
    _memberships(network.staff, people, clinics, facilities, report)
    sites = _sites(network.sites, clinics, facilities, report)
    write_series(network.sites, sites, people, rooms, report, progress, overwrite=overwrite_series)
    if dry_run:
        transaction.set_rollback(True)
    return report


def _organisations(
    model: type[M], kind: str, entries: Collection[Organisation], report: Report
) -> dict[Key, M]:
    return sync(model, kind, {(entry.slug,): entry.values for entry in entries}, report, key=("slug",))


def _facilities(
    entries: Collection[Facility], providers: Mapping[Key, models.Provider], report: Report
) -> dict[Key, models.Facility]:
    wanted = {(entry.slug,): {"provider": providers[(entry.provider,)], **entry.values} for entry in entries}
    return sync(models.Facility, "Einrichtungen", wanted, report, key=("slug",))


def _rooms(
    entries: Collection[Facility], facilities: Mapping[Key, models.Facility], report: Report
) -> dict[Key, models.Room]:
    wanted: dict[Key, Values] = {
        (facilities[(entry.slug,)], name): {} for entry in entries for name in entry.rooms
    }
    return sync(models.Room, "Räume", wanted, report, key=("facility", "name"))


def _people(entries: Collection[Person], report: Report) -> dict[Key, models.User]:
    """Who is new can't sign in before a password is set; who was switched off stays so."""
    wanted = {(entry.email,): {"display_name": entry.display_name} for entry in entries}
    return sync(
        models.User,
        "Personen",
        wanted,
        report,
        key=("email",),
        when_new=lambda: {"password": make_password(None)},
    )


def _memberships(
    entries: Collection[Person],
    people: Mapping[Key, models.User],
    clinics: Mapping[Key, models.Clinic],
    facilities: Mapping[Key, models.Facility],
    report: Report,
) -> None:
    """Adds each person's role; those that somebody has besides stay."""
    wanted: dict[Key, Values] = {}
    for entry in entries:
        clinic, facility = clinics.get((entry.clinic,)), facilities.get((entry.facility,))
        wanted[(people[(entry.email,)], entry.role, clinic, facility)] = {}
    sync(models.Membership, "Rollen", wanted, report, key=("user", "role", "clinic", "facility"))


def _sites(
    entries: Collection[Site],
    clinics: Mapping[Key, models.Clinic],
    facilities: Mapping[Key, models.Facility],
    report: Report,
) -> dict[Key, models.Site]:
    wanted = {
        (entry.slug,): {
            "clinic": clinics[(entry.clinic,)],
            "facility": facilities[(entry.facility,)],
            **entry.values,
        }
        for entry in entries
    }
    problems = [*_moved_sites(entries, wanted), *_pairs_taken(entries, wanted)]
    if problems:
        raise NotImportable(problems)
    return sync(models.Site, "Standorte", wanted, report, key=("slug",))


def _moved_sites(entries: Collection[Site], wanted: Mapping[Key, Values]) -> Iterator[Problem]:
    """A site is the unit of access: with hours and appointments it can't go to another clinic or facility."""
    in_use = {
        (site.slug,): site
        for site in models.Site.objects.filter(
            Exists(ConsultationHour.objects.filter(site=OuterRef("pk"))),
            slug__in=[entry.slug for entry in entries],
        )
    }
    for entry in entries:
        site, values = in_use.get((entry.slug,)), wanted[(entry.slug,)]
        if site and (site.clinic_id, site.facility_id) != (values["clinic"].pk, values["facility"].pk):
            text = (
                f"Standort {quoted(entry.slug)} hat schon Sprechstunden; Klinik und Einrichtung lassen sich "
                "nicht mehr ändern. Bitte beenden Sie ihn mit «until» und legen Sie einen neuen an."
            )
            yield Problem(entry.line, text)


def _pairs_taken(entries: Collection[Site], wanted: Mapping[Key, Values]) -> Iterator[Problem]:
    others = models.Site.objects.exclude(slug__in=[entry.slug for entry in entries])
    taken = {(site.clinic_id, site.facility_id): site.slug for site in others}
    for entry in entries:
        values = wanted[(entry.slug,)]
        slug = taken.get((values["clinic"].pk, values["facility"].pk))
        if slug:
            text = (
                f"Für diese Klinik in dieser Einrichtung gibt es schon den Standort {quoted(slug)}. "
                "Bitte verwenden Sie dessen Kürzel."
            )
            yield Problem(entry.line, text)
