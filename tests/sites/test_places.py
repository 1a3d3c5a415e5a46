"""Clinics, facilities and sites: what the database refuses about places and their days."""

import datetime

import pytest
from django.core.exceptions import ValidationError

from sites.models import Absence, FacilityClosure, Room, Site
from tests.builders import make_clinic, make_facility, make_room, make_site, make_user
from tests.sites.raw_sql import refused_by

pytestmark = pytest.mark.django_db

FIRST, BEFORE = datetime.date(2026, 12, 9), datetime.date(2026, 12, 8)


def test_a_clinic_has_one_site_in_a_facility() -> None:
    site, other = make_site(), make_site()
    statement = "UPDATE pia_sites_site SET clinic_id = %s, facility_id = %s WHERE id = %s"
    values = (site.clinic_id, site.facility_id, other.pk)
    assert refused_by(statement, *values) == "site_once_per_clinic_and_facility"


def test_a_site_ends_on_its_first_day_at_the_earliest() -> None:
    site = make_site(since_date=FIRST)
    statement = "UPDATE pia_sites_site SET until_date = %s WHERE id = %s"
    assert refused_by(statement, BEFORE, site.pk) == "site_until_after_since"
    assert refused_by(statement, FIRST, site.pk) == ""
    assert refused_by(statement, None, site.pk) == ""


def test_a_room_has_a_name_of_its_own_in_a_facility() -> None:
    facility = make_facility()
    room, other = make_room(facility), make_room(facility)
    statement = "UPDATE pia_sites_room SET name = %s WHERE id = %s"
    assert refused_by(statement, room.name, other.pk) == "room_name_in_facility"
    elsewhere = make_room(make_facility())
    assert refused_by(statement, room.name, elsewhere.pk) == ""
    assert Room.objects.filter(name=room.name).count() == 2


def test_a_closure_does_not_end_before_it_begins() -> None:
    closure = FacilityClosure.objects.create(facility=make_facility(), first_date=FIRST, last_date=FIRST)
    statement = "UPDATE pia_sites_facilityclosure SET last_date = %s WHERE id = %s"
    assert refused_by(statement, BEFORE, closure.pk) == "closure_ends_after_start"


def test_an_absence_does_not_end_before_it_begins() -> None:
    absence = Absence.objects.create(user=make_user(), first_date=FIRST, last_date=FIRST)
    statement = "UPDATE pia_sites_absence SET last_date = %s WHERE id = %s"
    assert refused_by(statement, BEFORE, absence.pk) == "absence_ends_after_start"


def test_slugs_are_unique() -> None:
    site, other = make_site(), make_site()
    statement = "UPDATE pia_sites_site SET slug = %s WHERE id = %s"
    assert refused_by(statement, site.slug, other.pk).startswith("pia_sites_site_slug")


@pytest.mark.parametrize(
    ("field", "value"),
    [("time_zone", "Europa/Berlin"), ("callback_phone", "030 23125100"), ("state", "XX"), ("kind", "bar")],
)
def test_a_form_refuses_an_impossible_facility(field: str, value: str) -> None:
    facility = make_facility()
    facility.full_clean()
    setattr(facility, field, value)
    with pytest.raises(ValidationError) as refusal:
        facility.full_clean()
    assert list(refusal.value.message_dict) == [field]


def test_a_site_keeps_its_facilitys_clock() -> None:
    site = make_site(clinic=make_clinic(), time_zone="Europe/Lisbon")
    assert Site.objects.get(pk=site.pk).zone.key == "Europe/Lisbon"
