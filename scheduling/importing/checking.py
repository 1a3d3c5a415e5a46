"""Whether a network file makes sense: every problem with its line; without any, what the file says."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple, Protocol, TypeVar
from zoneinfo import ZoneInfo

from django.db.models import Model

from scheduling.importing.fields import Fields
from scheduling.importing.network import Facility, Network, Organisation, Person, Site
from scheduling.importing.parsing import Node
from scheduling.importing.problems import Problems, quoted
from scheduling.importing.series import check_series
from sites import models
from sites.models import CLINIC_ROLES, FACILITY_ROLES, FacilityKind, InsurancePolicy, LegalRegime, Role, State
from sites.models.organisations import LONGEST_RETENTION_DAYS

VERSION = 1
# Accounts of machines have their addresses there (sites.models.people.UserManager.system_actor).
SYSTEM_DOMAIN = "@system.invalid"


class Names(NamedTuple):
    """What the entries of the file may refer to.

    Names of entries with other problems are in here too: one slip makes one problem, not one for each
    reference to it.
    """

    districts: Collection[str]
    providers: Collection[str]
    clinics: Collection[str]
    facilities: Mapping[str, Facility]
    staff: Mapping[str, Person]


def check(root: Node, problems: Problems) -> Network:
    """What the file says. Only to be used if `problems` stays empty."""
    file = Fields(
        root,
        "Netzdatei",
        problems,
        required=[
            "version",
            "state",
            "time_zone",
            "districts",
            "providers",
            "clinics",
            "facilities",
            "sites",
            "staff",
        ],
    )
    file.number("version", VERSION, VERSION)
    state = file.choice("state", State.values)
    zone = file.zone("time_zone") or ZoneInfo("UTC")
    names = Names(file.names("districts", _limit(models.Facility, "district")), (), (), {}, {})

    providers = [_organisation(node, "Träger", models.Provider, problems) for node in file.items("providers")]
    clinics = [_organisation(node, "Klinik", models.Clinic, problems) for node in file.items("clinics")]
    names = names._replace(
        providers=_once(providers, "Träger", "slug", problems),
        clinics=_once(clinics, "Klinik", "slug", problems),
    )
    common = {"state": state, "time_zone": zone.key}
    facilities = [_facility(node, names, common, problems) for node in file.items("facilities")]
    names = names._replace(facilities=_once(facilities, "Einrichtung", "slug", problems))
    staff = [_person(node, names, problems) for node in file.items("staff")]
    names = names._replace(staff=_once(staff, "Person", "email", problems))
    sites = [_site(node, names, zone, problems) for node in file.items("sites")]
    _once(sites, "Standort", "slug", problems)
    _check_pairs(sites, problems)
    return Network(tuple(providers), tuple(clinics), tuple(facilities), tuple(sites), tuple(staff))


def _organisation(
    node: Node, what: str, model: type[models.Provider | models.Clinic], problems: Problems
) -> Organisation:
    fields = Fields(node, what, problems, required=["slug", "name", "legal_regime"])
    return Organisation(
        line=fields.line_of("slug"),
        slug=fields.slug("slug"),
        values={
            "name": fields.text("name", _limit(model, "name")),
            "legal_regime": fields.choice("legal_regime", LegalRegime.values),
        },
    )


def _facility(node: Node, names: Names, common: dict[str, Any], problems: Problems) -> Facility:
    fields = Fields(
        node,
        "Einrichtung",
        problems,
        required=["slug", "provider", "name", "neutral_name", "district", "callback_phone", "rooms"],
        optional=["kind"],
    )
    values = {
        **common,
        "name": fields.text("name", _limit(models.Facility, "name")),
        "neutral_name": fields.text("neutral_name", _limit(models.Facility, "neutral_name")),
        "district": fields.reference("district", "Bezirk", names.districts),
        "callback_phone": fields.phone("callback_phone"),
    }
    if fields.has("kind"):
        values["kind"] = fields.choice("kind", FacilityKind.values)
    return Facility(
        line=fields.line_of("slug"),
        slug=fields.slug("slug"),
        provider=fields.reference("provider", "Träger", names.providers),
        rooms=fields.names("rooms", _limit(models.Room, "name")),
        values=values,
    )


def _person(node: Node, names: Names, problems: Problems) -> Person:
    fields = Fields(
        node,
        "Person",
        problems,
        required=["email", "display_name", "role"],
        optional=["clinic", "facility"],
    )
    email = fields.email("email")
    if email.endswith(SYSTEM_DOMAIN):
        fields.problem_at("email", f"Adressen mit {SYSTEM_DOMAIN} gehören dem System.")
    role = fields.choice("role", Role.values)
    if role:
        _check_place(fields, role)
    return Person(
        line=fields.line_of("email"),
        email=email,
        display_name=fields.text("display_name", _limit(models.User, "display_name")),
        role=role,
        clinic=fields.reference("clinic", "Klinik", names.clinics),
        facility=fields.reference("facility", "Einrichtung", names.facilities),
    )


def _check_place(fields: Fields, role: str) -> None:
    """A role is held at a clinic, at a facility, or for the whole network."""
    places = {"clinic": role in CLINIC_ROLES, "facility": role in FACILITY_ROLES}
    for key, needed in places.items():
        if needed and not fields.has(key):
            fields.problem(fields.line, f"zur Rolle «{role}» gehört der Schlüssel «{key}»; er fehlt.")
        if fields.has(key) and not needed:
            fields.problem_at(key, f"passt nicht zur Rolle «{role}».")


def _site(node: Node, names: Names, zone: ZoneInfo, problems: Problems) -> Site:
    fields = Fields(
        node,
        "Standort",
        problems,
        required=["slug", "name", "clinic", "facility", "since", "insurance_policy", "series"],
        optional=["until", "retention_days"],
    )
    since, until = fields.date("since"), fields.optional_date("until")
    if since and until and until < since:
        fields.problem_at("until", f"{until} liegt vor «since» {since}.")
    values: dict[str, Any] = {
        "name": fields.text("name", _limit(models.Site, "name")),
        "since_date": since,
        "insurance_policy": fields.choice("insurance_policy", InsurancePolicy.values),
    }
    if fields.has("until"):
        values["until_date"] = until
    if fields.has("retention_days"):
        values["retention_days"] = fields.number("retention_days", 1, LONGEST_RETENTION_DAYS)
    clinic = fields.reference("clinic", "Klinik", names.clinics)
    facility = fields.reference("facility", "Einrichtung", names.facilities)
    rooms = names.facilities[facility].rooms if facility else None
    return Site(
        line=fields.line_of("slug"),
        slug=fields.slug("slug"),
        clinic=clinic,
        facility=facility,
        values=values,
        series=tuple(
            check_series(each, clinic=clinic, rooms=rooms, staff=names.staff, zone=zone, problems=problems)
            for each in fields.items("series")
        ),
    )


def _check_pairs(sites: Collection[Site], problems: Problems) -> None:
    """One site for each clinic and facility."""
    first: dict[tuple[str, str], Site] = {}
    for site in sites:
        if site.clinic and site.facility:
            known = first.setdefault((site.clinic, site.facility), site)
            if known is not site:
                text = "Standort: dieselbe Klinik in derselben Einrichtung wie der Standort in Zeile"
                problems.add(site.line, f"{text} {known.line}.")


class _Entry(Protocol):
    @property
    def line(self) -> int: ...


E = TypeVar("E", bound=_Entry)


def _once(entries: Collection[E], what: str, key: str, problems: Problems) -> dict[str, E]:
    """The entries by `key` ("slug"), which each may have only once."""
    found: dict[str, E] = {}
    for entry in entries:
        name = getattr(entry, key)
        if name and found.setdefault(name, entry) is not entry:
            problems.add(
                entry.line,
                f"{what}: «{key}» {quoted(name)} steht doppelt, zuerst in Zeile {found[name].line}.",
            )
    return found


def _limit(model: type[Model], field: str) -> int:
    """How many characters the database has room for."""
    found: Any = model._meta.get_field(field)
    return int(found.max_length)
