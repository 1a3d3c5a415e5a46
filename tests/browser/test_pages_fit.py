"""No page of any role is wider than a phone's or a desk's screen, however long the names are."""

from collections.abc import Callable

from notifications import feeds, replies
from notifications.planning import plan_changes
from sites.models import Facility, Site, User
from tests.browser.people import Person
from tests.builders import NOW, make_series
from tests.pages.desks import Place, make_place, slot_of

WIDTHS = (390, 1280)
ROLES = ("psychiatrist", "coordinator", "worker", "lead", "admin")


def long_place() -> Place:
    """A place with one of everything, all of it with long names."""
    place = make_place()
    Site.objects.update(name="PIA Flex Charlottenburg-Wilmersdorf und Tempelhof-Schöneberg")
    Facility.objects.update(
        name="Drogenberatungsstelle Charlottenburg-Wilmersdorf, Außenstelle Schmargendorf"
    )
    User.objects.update(display_name="Dr. Maximiliane-Charlotte Musterfrau-Beispielhausen")
    place.site.refresh_from_db()
    return place


def addresses(place: Place) -> dict[str, list[str]]:
    """Every page, by the roles that see it."""
    hour, draft, unclear = place.hour(), place.draft(), place.draft(NOW.date().replace(month=12, day=24))
    client = place.client(
        name="Alexandra-Wilhelmine Mustermann-Beispielhausen", phone="0171 3920012", consents=True
    )
    appointment = place.book(slot_of(hour), client)
    plan_changes(now=NOW)
    replies.receive(sid="SM1", address="+491713920012", body="Jaaaaaaaaa" * 20, now=NOW)
    for user in (place.psychiatrist, place.worker):
        feeds.create_feed(user=user, by=user, now=NOW)
    make_series(place.site, psychiatrist=place.psychiatrist, room=place.room, weekday="TH")
    site = f"/standorte/{place.site.slug}/"
    everybody = [
        "/",
        f"{site}?monat=2026-12",
        f"{site}?monat=2026-12&ansicht=raster",
        f"{site}?monat=2027-05",
    ]
    everybody += [f"/sprechstunden/{hour.pk}/", "/tag/", "/tag/2026-12-09/"]
    planners = [f"/sprechstunden/{draft.pk}/", f"/sprechstunden/{unclear.pk}/"]
    planners += [f"{site}vorschau/?monat=2026-12", f"{site}vorschau/?monat=2027-05"]
    both = [f"/termine/{appointment.pk}/", "/profil/kalender/"]
    bookers = [f"/termine/{appointment.pk}/{page}/" for page in ("absagen", "verschieben", "nachrichten")]
    bookers += [f"/zeitfenster/{slot_of(hour, number).pk}/buchen/" for number in (0, 1)]
    bookers += ["/klientinnen/", "/klientinnen/?suche=x", f"/klientinnen/{client.pk}/"]
    return {
        "psychiatrist": everybody + planners + both,
        "coordinator": everybody + planners + both,
        "worker": everybody + both + bookers,
        "lead": everybody + both + bookers,
        "admin": everybody,
    }


def overflow(person: Person) -> list[int]:
    """By how many pixels the page is wider than each of the two screens."""
    found = []
    for width in WIDTHS:
        person.page.set_viewport_size({"width": width, "height": 900})
        found.append(max(0, person.overflow))
    return found


def test_no_page_is_wider_than_a_screen(enter: Callable[..., Person]) -> None:
    place = long_place()
    pages = addresses(place)
    measured = {}
    for role in ROLES:
        person = enter(getattr(place, role))
        for address in pages[role]:
            person.opens(address)
            measured[role, address] = overflow(person)
    assert measured == {(role, address): [0, 0] for role in ROLES for address in pages[role]}


def test_signing_in_is_no_wider_than_a_screen(enter: Callable[..., Person]) -> None:
    person = enter()
    person.opens("/anmelden/")
    empty = overflow(person)
    person.press("Anmelden")
    assert (empty, overflow(person)) == ([0, 0], [0, 0])


def test_a_page_that_is_too_wide_is_noticed(enter: Callable[..., Person]) -> None:
    person = enter()
    person.opens("/anmelden/")
    person.page.evaluate("document.querySelector('h1').style.width = '600px'")
    assert [pixels > 0 for pixels in overflow(person)] == [True, False]
