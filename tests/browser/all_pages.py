"""Every page of every role, with one of everything on it and long names throughout."""

import dataclasses
import datetime
from itertools import pairwise

from notifications import feeds, replies
from notifications.planning import plan_changes
from notifications.worklist import marking, reading
from scheduling import attending, companions, planning, waiting
from scheduling.attending import Attendance
from scheduling.models import AppointmentType, ConsultationHour, Offer
from scheduling.offering import make_offers
from sites.models import Facility, Site, User
from tests.builders import NOW, make_published_hour, make_room, make_series
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


def planning_pages(place: Place, draft: ConsultationHour) -> list[str]:
    """What planners see, with a published hour that its series has other by now."""
    changed = place.hour(NOW.date().replace(month=12, day=16))
    assert changed.series is not None
    plan = planning.plan_of(changed.series)
    later = dataclasses.replace(plan.recurrence, to_time=datetime.time(16))
    plan = dataclasses.replace(plan, recurrence=later)
    planning.change_series(series=changed.series, plan=plan, by=place.psychiatrist, now=NOW)
    make_room(place.site.facility)
    site, series = f"/standorte/{place.site.slug}/", f"/reihen/{changed.series_id}/"
    hours = [f"/sprechstunden/{draft.pk}/aendern/", f"/sprechstunden/{changed.pk}/zeitfenster/"]
    differences = [f"{series}abweichungen/", f"{series}abweichungen/uebernehmen/"]
    pages = [f"{site}planung/", f"{site}reihen/", f"{site}reihen/neu/", series, *differences]
    return ["/entwuerfe/", f"/entwuerfe/?monat=2026-12&standort={place.site.slug}", *pages, *hours]


def waiting_pages(place: Place) -> list[str]:
    """Somebody with an offer, and somebody whom it passed over, both with every wish."""
    for name in ("Alexandra-Wilhelmine Mustermann-Beispielhausen", "Bo Beispiel"):
        waiting.add(
            client=place.client(name=name),
            site=place.site,
            appointment_type=AppointmentType.FIRST,
            by=place.worker,
            now=NOW,
            wishes=waiting.Wishes(
                earliest_date=NOW.date(),
                latest_date=NOW.date().replace(month=12, day=31),
                day_parts=tuple(waiting.DayPart),
                requested_date=NOW.date().replace(month=10),
                discharge_date=NOW.date().replace(month=12, day=1),
                medication_until_date=NOW.date().replace(month=12, day=1),
            ),
        )
    make_offers(now=NOW)
    offer = Offer.objects.order_by("pk")[0]
    entry = f"/warteliste/{offer.entry_id}/"
    return ["/warteliste/", "/warteliste/neu/", entry, f"{entry}aendern/", f"/angebote/{offer.pk}/"]


def things_to_do(place: Place) -> None:
    """For the worklist: something late, something taken, and somebody who was not reached."""
    soon = place.hour(NOW.date().replace(day=24))
    for number in range(3):
        name = "Alexandra-Wilhelmine Mustermann-Beispielhausen"
        appointment = place.book(slot_of(soon, number), place.client(name=name, phone="0171 3920034"))
        companions.add(appointment=appointment, user=place.lead, by=place.worker, now=NOW)
    late, taken, _ = (
        each.item for each in reading.entries(place.worker, now=NOW) if each.item.kind == "remind"
    )
    marking.note_not_reached(item=late, seen=0, by=place.lead, now=NOW)
    marking.claim(item=taken, by=place.worker, now=NOW)


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
        "/monate/?monat=2026-12",
    ]
    everybody += [f"/sprechstunden/{hour.pk}/", "/tag/", "/tag/2026-12-09/", "/tag/2026-12-10/"]
    today = make_published_hour(place.site, day=NOW.date(), psychiatrist=place.psychiatrist, room=place.room)
    states = [Attendance.DONE, Attendance.NOT_COME, Attendance.LEFT, Attendance.IN_ROOM]
    seen = [appointment_in(today, state, number=number, upto="14:00") for number, state in enumerate(states)]
    place.book(slot_of(today, 4), client)
    came = walk_in_in(today, client=client, clock="12:00")
    named = walk_in_in(today, number=2, client=place.client(), clock="11:40")
    anonymous = walk_in_in(today, number=3, clock="11:50")
    for walk_in in (named, anonymous):
        for state, to in pairwise((Attendance.ARRIVED, Attendance.IN_ROOM, Attendance.DONE)):
            attending.mark(entry=walk_in, seen=state, to=to, by=place.psychiatrist, now=NOW)
    attending.run_late(hour=today, minutes=15, by=place.psychiatrist, now=NOW)
    offers = waiting_pages(place)
    attended = [f"/sprechstunden/{today.pk}/{page}/" for page in ("tagesblatt", "ohne-termin")]
    attended += [f"/sprechstunden/{today.pk}/wartende/", f"/ohne-termin/{came.pk}/zettel/"]
    attended += [f"/termine/{seen[0].pk}/weiter/", f"/termine/{seen[1].pk}/weiter/"]
    attended += [f"/ohne-termin/{each.pk}/weiter/" for each in (named, anonymous)]
    planners = [f"/sprechstunden/{draft.pk}/", f"/sprechstunden/{unclear.pk}/"]
    planners += [f"{site}vorschau/?monat=2026-12", f"{site}vorschau/?monat=2027-05"]
    planners += planning_pages(place, draft)
    planners += [
        f"/sprechstunden/{hour.pk}/{what}/" for what in ("absagen", "verlegen", "vertretung", "dauer")
    ]
    both = [f"/termine/{appointment.pk}/", "/profil/kalender/", "/konto/kurzfristig/", *attended]
    bookers = [f"/termine/{appointment.pk}/{page}/" for page in ("absagen", "verschieben", "nachrichten")]
    bookers += [f"/termine/{appointment.pk}/begleitung/", f"/klientinnen/{client.pk}/zustaendig/"]
    bookers += ["/woche/?tag=2026-12-09&namen=ja", "/woche/?tag=2026-12-09&ansicht=woche"]
    things_to_do(place)
    bookers += [f"/zeitfenster/{slot_of(hour, number).pk}/buchen/" for number in (0, 1)]
    bookers += [f"/ohne-termin/{anonymous.pk}/wer/"]
    bookers += [f"/zeitfenster/{slot_of(hour, 1).pk}/buchen/?kuerzel={client}"]
    bookers += [f"/termine/{appointment.pk}/karte/", f"/termine/{appointment.pk}/karte/?papier=a4&sprache=ar"]
    bookers += [
        "/aufgaben/",
        "/klientinnen/meine/",
        "/klientinnen/meine/?person=niemand",
        "/klientinnen/",
        "/klientinnen/?suche=x",
        f"/klientinnen/{client.pk}/",
    ]
    bookers += [
        f"/klientinnen/{client.pk}/{page}/" for page in ("bearbeiten", "entbindung", "einwilligung/druck")
    ]
    answers_for = [f"/klientinnen/{client.pk}/{page}/" for page in ("protokoll", "auskunft", "loeschen")]
    answers_for += ["/klientinnen/ablauf/", f"/standorte/{place.site.slug}/angebote/"]
    bookers += offers
    log = ["/protokoll/", "/protokoll/?kuerzel=zu-lang-fuer-ein-kuerzel"]
    return {
        "psychiatrist": everybody + planners + both,
        "coordinator": everybody + planners + both + log,
        "worker": everybody + both + bookers,
        "lead": everybody + both + bookers + log + answers_for,
        "admin": everybody + log,
    }
