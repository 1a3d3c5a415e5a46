"""The overview: what comes next at each of my sites."""

import datetime

from sites.models import Role
from tests.builders import make_draft_hour, make_published_hour, make_site, make_user
from tests.pages.desks import Desk, Place, slot_of


def test_given_a_published_hour_then_its_day_time_and_free_slots_are_shown(place: Place) -> None:
    hour = place.hour()
    place.book(slot_of(hour))
    page = Desk(place.psychiatrist).get("/")
    assert page.title == "Termine · Übersicht"
    assert page.headings == [place.site.name]
    assert page.texts("kern-description-list-item") == [
        "Nächste Sprechstunde Mittwoch, 9. Dezember 2026 13:00–14:30 Uhr",
        "Zeitfenster 2 von 3 frei",
    ]
    assert page.links == {
        "Mittwoch, 9. Dezember 2026": f"/sprechstunden/{hour.pk}/",
        f"Monat {place.site.name}": f"/standorte/{place.site.slug}/",
        f"Tagesliste {place.site.name}": "/tag/2026-12-09/",
    }


def test_given_a_free_slot_then_whoever_books_is_led_to_the_earliest(place: Place) -> None:
    hour = place.hour()
    place.book(slot_of(hour))
    page = Desk(place.worker).get("/")
    assert page.texts("kern-description-list-item")[-1] == (
        "Nächstes freies Zeitfenster Mi. 09.12.2026, 13:30 Uhr Erstgespräch"
    )
    assert page.links[f"Buchen {place.site.name}"] == f"/zeitfenster/{slot_of(hour, 1).pk}/buchen/"


def test_given_every_slot_is_taken_then_nothing_can_be_booked(place: Place) -> None:
    hour = place.hour(slots=1)
    place.book(slot_of(hour))
    page = Desk(place.worker).get("/")
    assert page.texts("kern-description-list-item")[-1] == "Zeitfenster ausgebucht"
    assert f"Buchen {place.site.name}" not in page.links


def test_given_only_drafts_then_nothing_is_said_of_them(place: Place) -> None:
    place.draft()
    page = Desk(place.worker).get("/")
    assert page.texts("kern-card__body") == [
        f"Zurzeit ist keine Sprechstunde veröffentlicht. Monat {place.site.name}"
    ]


def test_given_two_hours_then_the_earlier_is_next(place: Place) -> None:
    place.hour(datetime.date(2026, 12, 16))
    earlier = place.hour(datetime.date(2026, 12, 2))
    links = Desk(place.admin).get("/").links
    assert links["Mittwoch, 2. Dezember 2026"] == f"/sprechstunden/{earlier.pk}/"


def test_given_no_site_then_the_page_says_whom_to_ask(db: None) -> None:
    page = Desk(make_user()).get("/")
    assert page.text == (
        "Übersicht Ihnen ist noch kein Standort zugeordnet Bitte wenden Sie sich an die Leitung Ihrer "
        "Einrichtung oder die Koordination Ihrer Klinik. Danach erscheinen hier die Sprechstunden."
    )


def test_it_costs_as_many_queries_for_five_sites_as_for_one(place: Place) -> None:
    place.hour()
    one = Desk(place.worker).queries_of("/")
    lead = make_user(Role.FACILITY_LEAD, facility=place.site.facility)
    for week in range(4):
        site = make_site(facility=place.site.facility)
        make_published_hour(site, day=datetime.date(2026, 12, 2 + week))
        make_draft_hour(site, day=datetime.date(2027, 1, 4 + week))
    assert (Desk(lead).queries_of("/"), one) == (7, 7)
