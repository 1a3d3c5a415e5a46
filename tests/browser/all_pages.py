"""Every page of every role, with one of everything on it and long names throughout."""

from notifications import feeds, replies
from notifications.planning import plan_changes
from scheduling import attending, waiting
from scheduling.attending import Attendance
from scheduling.models import AppointmentType
from sites.models import Facility, Site, User
from tests.builders import NOW, make_published_hour, make_series
from tests.pages.desks import Place, make_place, slot_of
from tests.scheduling.attendance import appointment_in, walk_in_in

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
    today = make_published_hour(place.site, day=NOW.date(), psychiatrist=place.psychiatrist, room=place.room)
    states = [Attendance.DONE, Attendance.NOT_COME, Attendance.LEFT, Attendance.IN_ROOM]
    seen = [appointment_in(today, state, number=number, upto="14:00") for number, state in enumerate(states)]
    place.book(slot_of(today, 4), client)
    walk_in_in(today, client=client, clock="12:00")
    attending.run_late(hour=today, minutes=15, by=place.psychiatrist, now=NOW)
    waiting.add(
        client=client, site=place.site, appointment_type=AppointmentType.FIRST, by=place.worker, now=NOW
    )
    attended = [f"/sprechstunden/{today.pk}/{page}/" for page in ("tagesblatt", "ohne-termin")]
    attended += [f"/termine/{seen[0].pk}/weiter/", f"/termine/{seen[1].pk}/weiter/"]
    planners = [f"/sprechstunden/{draft.pk}/", f"/sprechstunden/{unclear.pk}/"]
    planners += [f"{site}vorschau/?monat=2026-12", f"{site}vorschau/?monat=2027-05"]
    both = [f"/termine/{appointment.pk}/", "/profil/kalender/", *attended]
    bookers = [f"/termine/{appointment.pk}/{page}/" for page in ("absagen", "verschieben", "nachrichten")]
    bookers += [f"/zeitfenster/{slot_of(hour, number).pk}/buchen/" for number in (0, 1)]
    bookers += ["/klientinnen/", "/klientinnen/?suche=x", f"/klientinnen/{client.pk}/"]
    bookers += [
        f"/klientinnen/{client.pk}/{page}/" for page in ("bearbeiten", "entbindung", "einwilligung/druck")
    ]
    return {
        "psychiatrist": everybody + planners + both,
        "coordinator": everybody + planners + both,
        "worker": everybody + both + bookers,
        "lead": everybody + both + bookers,
        "admin": everybody,
    }
