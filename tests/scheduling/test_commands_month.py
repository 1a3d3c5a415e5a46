"""manage.py propose_month and publish_month: their table, their refusals, and that a dry run is one."""

import datetime
from collections.abc import Iterator
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command

from scheduling.models import Change, ConsultationHour, ConsultationSeries, HourStatus
from sites.models import FacilityClosure, Site, User
from tests.builders import NOW, make_series, make_site
from tests.sites.network_files import FILE, database

pytestmark = pytest.mark.django_db

BOTH = ["pia-flex-mitte", "pia-flex-neukoelln"]
HEAD = (
    "Tag            Zeit         Standort           Psychiater:in                   Raum             "
    "Zeitfenster  Hinweis"
)
MITTE = "Mi 09.12.2026  13:00–16:30  PIA Flex Mitte     Ärztlicher Dienst PIA Mitte     Beratungsraum 1  4"
NEUKOELLN = (
    "Do 31.12.2026  09:30–12:30  PIA Flex Neukölln  Ärztlicher Dienst PIA Neukölln  Beratungsraum 2  4"
    "            "
)


@pytest.fixture(autouse=True)
def _network() -> None:
    call_command("import_network", FILE, stdout=StringIO())


@pytest.fixture(autouse=True)
def _present() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def run(command: str, *args: str) -> list[str]:
    out = StringIO()
    call_command(command, *args, stdout=out)
    return out.getvalue().splitlines()


def sites(*slugs: str) -> list[str]:
    return [part for slug in slugs for part in ("--site", slug)]


def december(command: str, *args: str) -> list[str]:
    return run(command, *sites(*BOTH), "--month", "2026-12", *args)


def test_a_proposed_month_is_a_table_of_its_days() -> None:
    assert december("propose_month") == [
        HEAD,
        MITTE,
        NEUKOELLN + "Silvester: bitte prüfen",
        "2 Sprechstunden für 2026-12 vorgeschlagen.",
    ]
    assert [hour.status for hour in ConsultationHour.objects.all()] == [HourStatus.DRAFT] * 2


def test_proposing_again_says_that_nothing_is_left() -> None:
    december("propose_month")
    before = database()
    assert december("propose_month") == [
        "Für 2026-12 ist nichts vorzuschlagen: keine Tage mehr, oder alle sind schon vorgeschlagen."
    ]
    assert database() == before


def test_a_dry_proposal_shows_the_same_table_and_writes_nothing() -> None:
    before = database()
    dry = december("propose_month", "--dry-run")
    assert database() == before
    real = december("propose_month")
    assert dry[:-1] == real[:-1]
    assert dry[-1] == "Probelauf, nichts wurde geschrieben. 2 Sprechstunden für 2026-12 würden vorgeschlagen."


def test_publishing_says_what_is_out_and_what_is_held_back() -> None:
    december("propose_month")
    assert december("publish_month") == [
        HEAD,
        MITTE + "            veröffentlicht",
        NEUKOELLN + "bleibt Entwurf: Silvester: bitte prüfen",
        "1 Sprechstunde für 2026-12 veröffentlicht, 1 zurückgehalten. "
        "Bitte entscheiden Sie dort: auslassen oder trotzdem veröffentlichen.",
    ]
    assert list(ConsultationHour.objects.values_list("status", flat=True)) == [
        HourStatus.PUBLISHED,
        HourStatus.DRAFT,
    ]


def test_a_dry_publication_shows_what_would_happen_and_writes_nothing() -> None:
    december("propose_month")
    before = database()
    assert december("publish_month", "--dry-run") == [
        HEAD,
        MITTE + "            wird veröffentlicht",
        NEUKOELLN + "bleibt Entwurf: Silvester: bitte prüfen",
        "Probelauf, nichts wurde geschrieben. 1 Sprechstunde für 2026-12 würde veröffentlicht, "
        "1 zurückgehalten. Bitte entscheiden Sie dort: auslassen oder trotzdem veröffentlichen.",
    ]
    assert database() == before


def test_a_closure_is_named() -> None:
    day = datetime.date(2026, 12, 9)
    facility = Site.objects.get(slug="pia-flex-mitte").facility
    FacilityClosure.objects.create(facility=facility, first_date=day, last_date=day, reason="Umbau")
    lines = run("propose_month", "--site", "pia-flex-mitte", "--month", "2026-12")
    assert lines[1].endswith("4            Einrichtung geschlossen: Umbau")


def test_publishing_without_drafts_says_how_to_get_some() -> None:
    assert december("publish_month") == [
        "Für 2026-12 gibt es keine Entwürfe. Vorschlagen: manage.py propose_month."
    ]


def test_only_the_named_sites_are_proposed_and_each_once() -> None:
    lines = run("propose_month", *sites("pia-flex-mitte", "pia-flex-mitte"), "--month", "2026-12")
    assert lines[-1] == "1 Sprechstunde für 2026-12 vorgeschlagen."


def test_all_sites() -> None:
    make_series(make_site())
    assert run("propose_month", "--all-sites", "--month", "2026-12")[-1] == (
        "3 Sprechstunden für 2026-12 vorgeschlagen."
    )


def test_the_command_line_is_on_record_as_the_one_who_did_it() -> None:
    december("propose_month")
    december("publish_month")
    assert set(Change.objects.values_list("by__email", flat=True)) == {"cli@system.invalid"}


@pytest.mark.parametrize("command", ["propose_month", "publish_month"])
@pytest.mark.parametrize(
    ("args", "answer"),
    [
        pytest.param(
            ["--month", "2026-12"],
            "Bitte nennen Sie entweder --site KÜRZEL (auch mehrfach) oder --all-sites.",
            id="no site",
        ),
        pytest.param(
            ["--site", "pia-flex-mitte", "--all-sites", "--month", "2026-12"],
            "Bitte nennen Sie entweder --site KÜRZEL (auch mehrfach) oder --all-sites.",
            id="both",
        ),
        pytest.param(
            ["--site", "mitte", "--site", "pia-flex-mitte", "--month", "2026-12"],
            "Standort mitte gibt es nicht. Vorhanden sind: pia-flex-mitte, pia-flex-neukoelln.",
            id="unknown site",
        ),
        pytest.param(
            ["--all-sites"], "Die Angabe --month muss wie 2026-12 aussehen, sie fehlt.", id="no month"
        ),
        pytest.param(
            ["--all-sites", "--month", "2026-13"],
            "Die Angabe --month muss wie 2026-12 aussehen, nicht «2026-13».",
            id="no such month",
        ),
        pytest.param(
            ["--all-sites", "--month", "2026-10"],
            "2026-10: Dieser Monat ist vorbei. Bitte wählen Sie den laufenden oder einen späteren Monat.",
            id="past month",
        ),
    ],
)
@pytest.mark.parametrize("dry", [[], ["--dry-run"]], ids=["real", "dry"])
def test_refusals_are_one_line(command: str, args: list[str], answer: str, dry: list[str]) -> None:
    with pytest.raises(CommandError) as refusal:
        run(command, *args, *dry)
    assert (str(refusal.value), refusal.value.returncode) == (answer, 1)
    assert ConsultationHour.objects.count() == 0


@pytest.mark.parametrize("command", ["propose_month", "publish_month"])
def test_without_any_site_the_next_step_is_named(command: str) -> None:
    ConsultationSeries.objects.all().delete()
    Site.objects.all().delete()
    with pytest.raises(CommandError) as refusal:
        run(command, "--all-sites", "--month", "2026-12")
    assert str(refusal.value) == (
        "Es gibt noch keinen Standort. Bitte lesen Sie zuerst eine Netzdatei ein: "
        "manage.py import_network DATEI"
    )


@pytest.mark.parametrize("command", ["propose_month", "publish_month"])
def test_a_dry_run_makes_no_account_either(command: str) -> None:
    december(command, "--dry-run")
    assert not User.objects.filter(is_system=True).exists()
