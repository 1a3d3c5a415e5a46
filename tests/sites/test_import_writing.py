"""What an import writes: everything once, later what changed, and never what the file leaves out."""

import dataclasses
import datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scheduling import planning, publishing, recurrence
from scheduling.models import ConsultationHour, ConsultationSeries
from sites.models import Facility, Membership, Role, Room, Site, User
from tests.builders import DECEMBER, NOW, make_site, make_user
from tests.sites.network_files import FILE, TEXT, database, edited

pytestmark = pytest.mark.django_db


@pytest.fixture
def network(tmp_path: Path) -> Path:
    """A copy of the real file, to be changed."""
    path = tmp_path / "network.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return path


def run(path: Path, **options: object) -> list[str]:
    """The lines that the command prints."""
    out = StringIO()
    call_command("import_network", path, stdout=out, **options)
    return out.getvalue().splitlines()


def change(path: Path, *edits: tuple[str, str]) -> list[str]:
    """Imports the real file with `edits`; returns the printed lines on what changed."""
    path.write_text(edited(*edits), encoding="utf-8")
    return [line for line in run(path, verbosity=2) if line.startswith(("geändert", "neu"))]


def series_of(slug: str) -> list[ConsultationSeries]:
    return list(ConsultationSeries.objects.filter(site__slug=slug).order_by("pk"))


def test_the_real_file_is_written_whole() -> None:
    assert run(FILE) == [
        "Träger                  1 neu    0 geändert    0 unverändert",
        "Kliniken                2 neu    0 geändert    0 unverändert",
        "Einrichtungen           2 neu    0 geändert    0 unverändert",
        "Räume                   3 neu    0 geändert    0 unverändert",
        "Personen                6 neu    0 geändert    0 unverändert",
        "Rollen                  6 neu    0 geändert    0 unverändert",
        "Standorte               2 neu    0 geändert    0 unverändert",
        "Sprechstundenreihen     2 neu    0 geändert    0 unverändert",
        "Eingelesen: 24 neu, 0 geändert.",
    ]
    mitte = Facility.objects.get(slug="vista-mitte")
    assert (mitte.provider.name, mitte.neutral_name, mitte.district, mitte.callback_phone) == (
        "vista gGmbH",
        "Büro Mitte",
        "Mitte",
        "+493023125100",
    )
    assert (mitte.state, mitte.time_zone, mitte.kind) == ("BE", "Europe/Berlin", "counselling")
    site = Site.objects.get(slug="pia-flex-neukoelln")
    assert (site.clinic.slug, site.facility.slug, site.insurance_policy, str(site.since_date)) == (
        "vivantes-neukoelln",
        "vista-neukoelln",
        "required",
        "2024-01-01",
    )
    [series] = series_of("pia-flex-neukoelln")
    assert str(recurrence.read(series.event, site.zone)) == "letzter Donnerstag im Monat, 09:30–12:30"
    assert (series.psychiatrist.email, series.room.name) == (
        "psychiatrie.neukoelln@example.org",
        "Beratungsraum 2",
    )
    assert [(slot.appointment_type, slot.minutes) for slot in series.slot_plan.all()] == [
        ("first", 60),
        ("follow_up", 30),
        ("follow_up", 30),
        ("follow_up", 30),
        ("open", 30),
    ]
    assert set(Membership.objects.values_list("user__email", "role", "clinic__slug", "facility__slug")) == {
        ("psychiatrie.mitte@example.org", "psychiatrist", "st-hedwig", None),
        ("psychiatrie.neukoelln@example.org", "psychiatrist", "vivantes-neukoelln", None),
        ("koordination.mitte@example.org", "clinic_coordinator", "st-hedwig", None),
        ("sozialarbeit.mitte@example.org", "social_worker", None, "vista-mitte"),
        ("sozialarbeit.neukoelln@example.org", "social_worker", None, "vista-neukoelln"),
        ("leitung.mitte@example.org", "facility_lead", None, "vista-mitte"),
    }


def test_a_second_import_changes_nothing_and_says_so() -> None:
    run(FILE)
    before = database()
    assert run(FILE)[-1] == "Nichts zu ändern: alle 24 Einträge sind schon so in der Datenbank."
    assert database() == before


def test_a_dry_run_says_what_it_would_do_and_writes_nothing(network: Path) -> None:
    before = database()
    lines = run(FILE, dry_run=True)
    assert lines[0] == "neu      Träger: vista"
    assert lines[-1] == "Probelauf, nichts wurde geschrieben: 24 neu, 0 geändert."
    assert database() == before
    run(FILE)
    before = database()
    network.write_text(edited(("name: vista gGmbH", "name: vista"), ('to: "16:30"', 'to: "17:00"')))
    assert [line for line in run(network, dry_run=True) if line.startswith("geändert")] == [
        "geändert Träger: vista: name «vista gGmbH» → «vista»",
        "geändert Sprechstundenreihen: pia-flex-mitte, psychiatrie.mitte@example.org: rule "
        "«zweiter Mittwoch im Monat, 13:00–16:30» → «zweiter Mittwoch im Monat, 13:00–17:00»",
    ]
    assert database() == before


def test_new_people_have_no_password_that_fits() -> None:
    run(FILE)
    assert [user.has_usable_password() for user in User.objects.all()] == [False] * 6


def test_known_people_keep_password_and_state_and_get_the_name(network: Path) -> None:
    user = make_user(email="leitung.mitte@example.org", password="their own")
    User.objects.filter(pk=user.pk).update(is_active=False)
    run(network)
    user.refresh_from_db()
    assert (user.display_name, user.is_active, user.check_password("their own")) == (
        "Leitung Büro Mitte",
        False,
        True,
    )


def test_a_changed_role_is_added_and_the_old_one_stays(network: Path) -> None:
    run(network)
    assert change(network, ("role: facility_lead", "role: social_worker")) == [
        "neu      Rollen: Leitung Büro Mitte, social_worker, vista Drogen- und Suchtberatung Mitte"
    ]
    roles = Membership.objects.filter(user__email="leitung.mitte@example.org").values_list("role", flat=True)
    assert set(roles) == {Role.FACILITY_LEAD, Role.SOCIAL_WORKER}


def test_what_the_file_leaves_out_stays(network: Path) -> None:
    run(network)
    site = make_site()
    Room.objects.create(facility=Facility.objects.get(slug="vista-mitte"), name="Küche")
    Facility.objects.update(kind="shelter")
    Site.objects.update(until_date="2030-12-31")
    before = database()
    run(network)
    assert database() == before
    assert Site.objects.filter(pk=site.pk).exists()


def test_an_end_is_set_kept_and_taken_away(network: Path) -> None:
    run(network)
    since = "since: 2022-01-01"
    assert change(network, (since, f"{since}\n    until: 2030-06-30")) == [
        "geändert Standorte: pia-flex-mitte: until nichts → 2030-06-30"
    ]
    assert change(network) == []
    assert change(network, (since, f"{since}\n    until: null")) == [
        "geändert Standorte: pia-flex-mitte: until 2030-06-30 → nichts"
    ]
    starts = "starts_on: 2026-12-01"
    name = "geändert Sprechstundenreihen: pia-flex-mitte, psychiatrie.mitte@example.org:"
    assert change(network, (starts, f"{starts}\n        ends_on: 2027-06-30")) == [
        f"{name} ends_on nichts → 2027-06-30"
    ]
    assert change(network) == []
    assert change(network, (starts, f"{starts}\n        ends_on:")) == [f"{name} ends_on 2027-06-30 → nichts"]


def test_a_series_changes_in_place(network: Path) -> None:
    run(network)
    [before] = series_of("pia-flex-neukoelln")
    room = ("        room: Beratungsraum 2", "        room: Beratungsraum 1")
    [line] = change(
        network, room, ("minutes: 60}\n          - {type: follow_up, minutes: 30}", "minutes: 60}")
    )
    assert line == (
        "geändert Sprechstundenreihen: pia-flex-neukoelln, psychiatrie.neukoelln@example.org: "
        "room «Beratungsraum 2» → «Beratungsraum 1»; slots "
        "«60 Erstgespräch, 30 Folgegespräch, 30 Folgegespräch, 30 Folgegespräch, 30 Offene Sprechstunde» → "
        "«60 Erstgespräch, 30 Folgegespräch, 30 Folgegespräch, 30 Offene Sprechstunde»"
    )
    [after] = series_of("pia-flex-neukoelln")
    assert (after.pk, after.event_id, after.room.name) == (before.pk, before.event_id, "Beratungsraum 1")
    assert [slot.minutes for slot in after.slot_plan.all()] == [60, 30, 30, 30]


def test_the_nth_series_of_a_person_at_a_site_is_the_nth_in_the_database(network: Path) -> None:
    second = """      - practitioner: psychiatrie.mitte@example.org
        room: Beratungsraum 1
        starts_on: 2027-01-01
        rule: {frequency: weekly, weekday: MO, interval: 2}
        from: "09:00"
        to: "10:00"
        slots: []
"""
    run(network)
    [first] = series_of("pia-flex-mitte")
    end = "          - {type: open, minutes: 60}\n"
    assert change(network, (end, end + second)) == [
        "neu      Sprechstundenreihen: pia-flex-mitte, psychiatrie.mitte@example.org"
    ]
    changed = second.replace('to: "10:00"', 'to: "11:00"')
    assert change(network, (end, end + changed)) == [
        "geändert Sprechstundenreihen: pia-flex-mitte, psychiatrie.mitte@example.org: rule "
        "«Montag, alle 2 Wochen, 09:00–10:00» → «Montag, alle 2 Wochen, 09:00–11:00»"
    ]
    assert series_of("pia-flex-mitte")[0].pk == first.pk
    assert len(series_of("pia-flex-mitte")) == 2
    network.write_text(TEXT, encoding="utf-8")
    assert [line for line in run(network) if line.startswith("Hinweis")] == [
        "Hinweis: Am Standort pia-flex-mitte bleibt eine Reihe von psychiatrie.mitte@example.org, "
        "die nicht in der Datei steht. Zum Beenden in der Datei mit «ends_on» aufführen."
    ]


LATER = ('from: "13:00"\n        to: "16:30"', 'from: "13:30"\n        to: "17:00"')
KEPT = (
    "Hinweis: Die Reihe «pia-flex-mitte, psychiatrie.mitte@example.org» wurde im Programm geändert und "
    "bleibt, wie sie ist. In der Datei steht sie anders: {}. Mit «--overwrite-series» gilt die Datei."
)


def hold_until_five(series: ConsultationSeries) -> None:
    """Somebody changes it in the program."""
    plan = planning.plan_of(series)
    longer = dataclasses.replace(plan.recurrence, to_time=datetime.time(17))
    plan = dataclasses.replace(plan, recurrence=longer)
    planning.change_series(series=series, plan=plan, by=series.psychiatrist, now=NOW)


def hints(lines: list[str]) -> list[str]:
    return [line for line in lines if line.startswith("Hinweis")]


def test_what_was_changed_in_the_program_stays_and_is_reported(network: Path) -> None:
    run(network)
    hold_until_five(series_of("pia-flex-mitte")[0])
    before = database()
    assert hints(run(network)) == [
        KEPT.format(
            "rule «zweiter Mittwoch im Monat, 13:00–17:00» → «zweiter Mittwoch im Monat, 13:00–16:30»"
        )
    ]
    network.write_text(edited(("minutes: 25}\n          - {type: follow_up, minutes: 25}", "minutes: 25}")))
    assert "slots «" in hints(run(network))[0]
    assert database() == before


def test_the_file_is_taken_if_somebody_says_so_and_from_then_on(network: Path) -> None:
    run(network)
    [series] = series_of("pia-flex-mitte")
    hold_until_five(series)
    [line] = [each for each in run(network, overwrite_series=True, verbosity=2) if "Mittwoch" in each]
    assert line.startswith("geändert Sprechstundenreihen: pia-flex-mitte")
    assert hints(run(network)) == []
    assert len(change(network, LATER)) == 1
    assert planning.plan_of(series_of("pia-flex-mitte")[0]).recurrence.from_time == datetime.time(13, 30)


def test_changed_in_the_program_to_what_the_file_says_is_nothing_to_report(network: Path) -> None:
    run(network)
    hold_until_five(series_of("pia-flex-mitte")[0])
    assert change(network, ('to: "16:30"', 'to: "17:00"')) == []
    assert hints(run(network)) == []


def test_a_series_given_to_a_colleague_in_the_program_is_not_made_again(network: Path) -> None:
    run(network)
    [series] = series_of("pia-flex-mitte")
    colleague = make_user(Role.PSYCHIATRIST, clinic=series.site.clinic)
    plan = dataclasses.replace(planning.plan_of(series), psychiatrist=colleague)
    planning.change_series(series=series, plan=plan, by=colleague, now=NOW)
    change = f"practitioner «{colleague.email}» → «psychiatrie.mitte@example.org»"
    assert hints(run(network)) == [KEPT.format(change)]
    run(network, overwrite_series=True)
    [series] = series_of("pia-flex-mitte")
    assert series.psychiatrist.email == "psychiatrie.mitte@example.org"


def test_a_series_made_in_the_program_is_nothing_to_the_file(network: Path) -> None:
    run(network)
    [imported] = series_of("pia-flex-mitte")
    plan = dataclasses.replace(
        planning.plan_of(imported),
        recurrence=dataclasses.replace(planning.plan_of(imported).recurrence, weekday="MO"),
    )
    planning.create_series(site=imported.site, plan=plan, by=imported.psychiatrist, now=NOW)
    before = database()
    assert hints(run(network)) == []
    assert database() == before


def test_days_already_proposed_keep_their_time(network: Path) -> None:
    run(network)
    site = Site.objects.get(slug="pia-flex-mitte")
    by = make_user()
    [hour] = publishing.propose_month(sites=[site], month=DECEMBER, by=by, now=NOW)
    change(network, ('from: "13:00"', 'from: "12:00"'))
    assert publishing.propose_month(sites=[site], month=DECEMBER, by=by, now=NOW) == []
    assert ConsultationHour.objects.get().starts_at == hour.starts_at


def test_a_new_time_zone_keeps_the_time_on_the_wall(network: Path) -> None:
    run(network)
    change(network, ("Europe/Berlin", "Europe/Lisbon"))
    [series] = ConsultationSeries.objects.select_related("site__facility").filter(site__slug="pia-flex-mitte")
    rule = recurrence.read(series.event, series.site.zone)
    assert (rule.zone.key, str(rule)) == ("Europe/Lisbon", "zweiter Mittwoch im Monat, 13:00–16:30")


def refusal_of(path: Path) -> list[str]:
    before = database()
    with pytest.raises(CommandError) as refusal:
        run(path)
    assert database() == before
    return str(refusal.value).splitlines()


def test_a_site_with_hours_stays_with_its_clinic(network: Path) -> None:
    run(network)
    site = Site.objects.get(slug="pia-flex-mitte")
    moved = edited(
        ("    clinic: st-hedwig", "    clinic: vivantes-neukoelln"),
        ("practitioner: psychiatrie.mitte@", "practitioner: psychiatrie.neukoelln@"),
    )
    network.write_text(moved, encoding="utf-8")
    publishing.propose_month(sites=[site], month=DECEMBER, by=make_user(), now=NOW)
    assert refusal_of(network) == [
        "ein Problem, nichts wurde geschrieben.",
        "Zeile 37: Standort «pia-flex-mitte» hat schon Sprechstunden; Klinik und Einrichtung lassen sich "
        "nicht mehr ändern. Bitte beenden Sie ihn mit «until» und legen Sie einen neuen an.",
    ]


def test_a_site_without_hours_may_change_its_clinic(network: Path) -> None:
    run(network)
    change(
        network,
        ("    clinic: st-hedwig", "    clinic: vivantes-neukoelln"),
        ("practitioner: psychiatrie.mitte@", "practitioner: psychiatrie.neukoelln@"),
    )
    assert Site.objects.get(slug="pia-flex-mitte").clinic.slug == "vivantes-neukoelln"


def test_a_second_site_for_a_clinic_in_a_facility_is_refused(network: Path) -> None:
    run(network)
    network.write_text(edited(("slug: pia-flex-mitte", "slug: pia-mitte")), encoding="utf-8")
    assert refusal_of(network) == [
        "ein Problem, nichts wurde geschrieben.",
        "Zeile 37: Für diese Klinik in dieser Einrichtung gibt es schon den Standort «pia-flex-mitte». "
        "Bitte verwenden Sie dessen Kürzel.",
    ]


def test_what_only_the_database_can_see_is_one_line_too(network: Path) -> None:
    """Two sites that swap their slugs: each place is taken while the other has not left it."""
    run(network)
    swapped = TEXT.replace("slug: pia-flex-mitte", "slug: x").replace(
        "slug: pia-flex-neukoelln", "slug: pia-flex-mitte"
    )
    network.write_text(swapped.replace("slug: x", "slug: pia-flex-neukoelln"), encoding="utf-8")
    assert refusal_of(network) == [
        "Die Datenbank lässt diese Änderung nicht zu (site_once_per_clinic_and_facility). "
        "Nichts wurde geschrieben."
    ]


def queries(path: Path) -> int:
    with CaptureQueriesContext(connection) as captured:
        run(path)
    return len(captured)


def test_looking_costs_the_same_for_one_more_site(network: Path) -> None:
    run(network)
    before = queries(network)
    clinic = "  - {slug: charite, name: Charité, legal_regime: DSGVO}\nfacilities:\n"
    site = (
        "  - {slug: third, name: X, clinic: charite, facility: vista-mitte,\n"
        "     since: 2024-01-01, insurance_policy: clarify, series: []}\nstaff:\n"
    )
    change(network, ("facilities:\n", clinic), ("staff:\n", site))
    assert queries(network) == before
