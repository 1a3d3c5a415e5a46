"""Who looks after a client is told of the appointments, also after handing over; who comes along as well."""

import datetime

import pytest
from django.core import mail
from icalendar import Calendar

from notifications import feeds, merging
from notifications.models import Message
from scheduling import booking, caseloads, companions
from scheduling.booking import AppointmentIsOver, AppointmentNotBooked
from scheduling.caseloads import CaseloadChanged, NobodyChosen, NotAColleague
from scheduling.clients import register_client
from scheduling.models import Appointment, Change, Client, Companion
from sites.models import Membership, Role, User
from tests.builders import NOW, make_client, make_user
from tests.notifications.scenes import Scene, make_scene, tell

pytestmark = pytest.mark.django_db
LATER = NOW + datetime.timedelta(hours=1)


@pytest.fixture
def scene() -> Scene:
    return make_scene(consents=False, phone="")


@pytest.fixture
def colleague(scene: Scene) -> User:
    return make_user(Role.SOCIAL_WORKER, facility=scene.hour.site.facility)


def hand_over(scene: Scene, to: User, *, former: User | None = None, now: datetime.datetime = LATER) -> None:
    caseloads.hand_over(
        clients=[scene.client], former=former or scene.worker, to=to, by=scene.worker, now=now
    )


def mails(user: User) -> list[tuple[str, str, int, str]]:
    """Method, status, SEQUENCE and subject of each mail to `user`."""
    found = []
    for each in mail.outbox:
        if each.to != [user.email]:
            continue
        (part,) = (part for part in each.message().walk() if part.get_content_type() == "text/calendar")
        calendar = Calendar.from_ical(part.get_payload(decode=True))  # type: ignore[arg-type]
        (event,) = calendar.walk("VEVENT")
        status, sequence = str(event["STATUS"]), int(str(event["SEQUENCE"]))
        found.append((str(calendar["METHOD"]), status, sequence, str(each.subject)))
    return found


def in_feed(user: User) -> list[str]:
    calendar = Calendar.from_ical(feeds.read(user=user, now=NOW).content)
    return [str(event["UID"]) for event in calendar.walk("VEVENT")]


WHEN = "Termin am 09.12.2026 um 13:00"
LEFT = f"Nicht mehr in Ihrem Kalender: {WHEN}"


# -- who looks after whom ----------------------------------------------------------------------------


def test_who_makes_a_file_looks_after_the_client(scene: Scene) -> None:
    assert scene.client.caseload_of == scene.worker
    made = register_client(facility=scene.client.facility, by=scene.psychiatrist, now=NOW)
    assert made.caseload_of is None


def test_who_looks_after_the_client_is_told_and_not_who_booked(scene: Scene, colleague: User) -> None:
    booking.book(slot=scene.slot(), client=scene.client, by=colleague, now=NOW)
    tell()
    assert (mails(scene.worker), mails(colleague)) == ([("REQUEST", "CONFIRMED", 0, WHEN)], [])
    assert (len(in_feed(scene.worker)), len(in_feed(colleague))) == (1, 0)


@pytest.mark.parametrize("why", ["nobody", "left", "closed"])
def test_who_booked_is_told_where_nobody_looks_after_the_client(
    scene: Scene, colleague: User, why: str
) -> None:
    if why == "nobody":
        Client.objects.update(caseload_of=None)
    elif why == "left":
        Membership.objects.filter(user=scene.worker).delete()
    else:
        User.objects.filter(pk=scene.worker.pk).update(is_active=False)
    booking.book(slot=scene.slot(), client=scene.client, by=colleague, now=NOW)
    tell()
    assert (mails(scene.worker), mails(colleague)) == ([], [("REQUEST", "CONFIRMED", 0, WHEN)])
    assert len(in_feed(colleague)) == 1


# -- handing over ------------------------------------------------------------------------------------


def test_the_entry_goes_from_one_calendar_to_the_other(scene: Scene, colleague: User) -> None:
    appointment = scene.book()
    tell()
    hand_over(scene, colleague)
    tell(LATER)
    assert mails(scene.worker) == [("REQUEST", "CONFIRMED", 0, WHEN), ("CANCEL", "CANCELLED", 1, LEFT)]
    assert mails(colleague) == [("REQUEST", "CONFIRMED", 1, WHEN)]
    assert mails(scene.psychiatrist)[-1] == ("REQUEST", "CONFIRMED", 0, WHEN)
    assert (in_feed(scene.worker), in_feed(colleague)) == ([], [str(appointment.uid)])
    change = Change.objects.get(kind="handed_over")
    assert (change.data, change.by) == ({"from": scene.worker.pk, "to": colleague.pk}, scene.worker)


def test_what_is_cancelled_later_tells_the_new_one_only(scene: Scene, colleague: User) -> None:
    appointment = scene.book()
    hand_over(scene, colleague)
    tell(LATER)
    scene.cancel(appointment, now=LATER)
    tell(LATER)
    assert mails(scene.worker) == []
    assert mails(colleague) == [
        ("REQUEST", "CONFIRMED", 1, WHEN),
        ("CANCEL", "CANCELLED", 2, f"Abgesagt: {WHEN}"),
    ]


def test_there_and_back_before_anybody_was_told_tells_once(scene: Scene, colleague: User) -> None:
    scene.book()
    hand_over(scene, colleague)
    hand_over(scene, scene.worker, former=colleague)
    tell(LATER)
    assert (mails(scene.worker), mails(colleague)) == ([("REQUEST", "CONFIRMED", 2, WHEN)], [])


def test_what_the_psychiatrist_was_to_be_told_is_not_overtaken(scene: Scene, colleague: User) -> None:
    scene.book()
    hand_over(scene, colleague)
    tell(LATER)
    assert mails(scene.psychiatrist) == [("REQUEST", "CONFIRMED", 0, WHEN)]


def test_past_and_cancelled_appointments_stay_as_they_are(scene: Scene, colleague: User) -> None:
    scene.cancel(scene.book())
    past = scene.book(1)
    before = Change.objects.count()
    hand_over(scene, colleague, now=past.starts_at)
    assert Change.objects.count() == before
    assert list(Appointment.objects.order_by("pk").values_list("sequence", flat=True)) == [1, 0]


def test_a_second_hand_over_sees_the_first(scene: Scene, colleague: User) -> None:
    hand_over(scene, colleague)
    third = make_user(Role.FACILITY_LEAD, facility=scene.hour.site.facility)
    with pytest.raises(CaseloadChanged):
        hand_over(scene, third)
    scene.client.refresh_from_db()
    assert scene.client.caseload_of == colleague


def test_only_to_a_colleague_of_the_same_facility(scene: Scene) -> None:
    left = make_user(Role.SOCIAL_WORKER, facility=scene.hour.site.facility)
    User.objects.filter(pk=left.pk).update(is_active=False)
    left.refresh_from_db()
    for stranger in (make_user(Role.SOCIAL_WORKER), scene.psychiatrist, left):
        with pytest.raises(NotAColleague):
            hand_over(scene, stranger)
    with pytest.raises(NobodyChosen):
        caseloads.hand_over(clients=[], former=scene.worker, to=scene.worker, by=scene.worker, now=NOW)


def test_whom_nobody_there_looks_after_can_be_taken_over(scene: Scene, colleague: User) -> None:
    scene.book()
    Membership.objects.filter(user=scene.worker).delete()
    caseloads.hand_over(clients=[scene.client], former=None, to=colleague, by=colleague, now=LATER)
    tell(LATER)
    assert len(mails(colleague)) == 1


def test_handing_over_many_costs_as_many_queries_as_one(
    scene: Scene, colleague: User, django_assert_num_queries: object
) -> None:
    clients = [scene.client, *(make_client(scene.client.facility, by=scene.worker) for _ in range(3))]
    for number, client in enumerate(clients):
        booking.book(slot=scene.slot(number), client=client, by=scene.worker, now=NOW)
    for some in (clients[:1], clients[1:]):
        with django_assert_num_queries(12):  # type: ignore[operator]
            caseloads.hand_over(clients=some, former=scene.worker, to=colleague, by=scene.worker, now=LATER)


def test_of_two_records_who_has_one_has_both_and_is_told(scene: Scene, colleague: User) -> None:
    Client.objects.update(caseload_of=None)
    other = make_client(scene.client.facility, by=colleague)
    scene.book()
    tell()
    merging.merge_clients(keep=scene.client, other=other, by=scene.worker, now=LATER)
    tell(LATER)
    assert [each[0] for each in mails(scene.worker)] == ["REQUEST", "CANCEL"]
    assert [each[0] for each in mails(colleague)] == ["REQUEST"]


# -- who comes along ---------------------------------------------------------------------------------


def test_a_companion_gets_the_entry_and_every_change(scene: Scene, colleague: User) -> None:
    appointment = scene.book()
    tell()
    companions.add(appointment=appointment, user=colleague, by=scene.worker, now=LATER)
    tell(LATER)
    appointment.refresh_from_db()
    scene.move(appointment, scene.slot(2), now=LATER)
    tell(LATER)
    assert mails(colleague) == [
        ("REQUEST", "CONFIRMED", 1, WHEN),
        ("REQUEST", "CONFIRMED", 2, "Neue Zeit: Termin am 09.12.2026 um 14:00"),
    ]
    assert [each[2] for each in mails(scene.worker)] == [0, 2]
    assert in_feed(colleague) == [str(appointment.uid)]


def test_who_does_not_come_along_any_more_has_the_entry_taken_away(scene: Scene, colleague: User) -> None:
    appointment = scene.book()
    companions.add(appointment=appointment, user=colleague, by=scene.worker, now=NOW)
    tell()
    companions.remove(appointment=appointment, user=colleague, by=scene.worker, now=LATER)
    tell(LATER)
    assert mails(colleague) == [("REQUEST", "CONFIRMED", 1, WHEN), ("CANCEL", "CANCELLED", 2, LEFT)]
    assert (in_feed(colleague), Companion.objects.count()) == ([], 0)


def test_in_and_out_again_before_anybody_was_told_tells_nothing(scene: Scene, colleague: User) -> None:
    appointment = scene.book()
    companions.add(appointment=appointment, user=colleague, by=scene.worker, now=NOW)
    companions.remove(appointment=appointment, user=colleague, by=scene.worker, now=NOW)
    tell()
    assert mails(colleague) == []
    assert not Message.objects.filter(recipient_user=colleague, state="planned").exists()


def test_who_stays_for_another_reason_keeps_the_entry(scene: Scene, colleague: User) -> None:
    """Handed over, and still coming along; coming along, and then in charge."""
    appointment = scene.book()
    companions.add(appointment=appointment, user=scene.worker, by=scene.worker, now=NOW)
    companions.add(appointment=appointment, user=colleague, by=scene.worker, now=NOW)
    tell()
    hand_over(scene, colleague)
    companions.remove(appointment=appointment, user=colleague, by=scene.worker, now=LATER)
    tell(LATER)
    assert "CANCEL" not in [each[0] for user in (scene.worker, colleague) for each in mails(user)]


def test_twice_is_once(scene: Scene, colleague: User) -> None:
    appointment = scene.book()
    for _ in range(2):
        companions.add(appointment=appointment, user=colleague, by=scene.worker, now=NOW)
    assert Change.objects.filter(kind="companion_added").count() == 1
    for _ in range(2):
        companions.remove(appointment=appointment, user=colleague, by=scene.worker, now=NOW)
    assert Change.objects.filter(kind="companion_removed").count() == 1


def test_only_colleagues_come_along_and_only_to_what_is_ahead(scene: Scene, colleague: User) -> None:
    appointment = scene.book()
    with pytest.raises(NotAColleague):
        companions.add(appointment=appointment, user=scene.psychiatrist, by=scene.worker, now=NOW)
    with pytest.raises(AppointmentIsOver):
        companions.add(appointment=appointment, user=colleague, by=scene.worker, now=appointment.starts_at)
    scene.cancel(appointment)
    with pytest.raises(AppointmentNotBooked):
        companions.add(appointment=appointment, user=colleague, by=scene.worker, now=NOW)
