"""A whole hour changes: everyone who must know is told once, as it reaches them, and nobody else."""

import datetime
from collections import Counter

import pytest
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from notifications import consent
from notifications.delivery import deliver_due
from notifications.models import Message, PersonalNotice
from notifications.planning import plan_changes
from scheduling import booking, cancelling, rehousing, substituting
from scheduling.models import Appointment, ConsultationHour, HourCancelReason
from sites.models import Role, User
from tests.builders import NOW, make_client, make_room, make_user
from tests.notifications.scenes import Scene, make_scene, minutes, tell, told
from tests.notifications.stub_twilio import StubTwilio
from tests.notifications.test_calendar_mail import calendar_of, mails_to, parsed, parts

pytestmark = pytest.mark.django_db

Outbox = list[EmailMultiAlternatives]
OTHER_DAY = datetime.date(2026, 12, 16)
LATER = NOW + minutes(5)


@pytest.fixture
def scene(twilio: StubTwilio) -> Scene:
    return make_scene()


@pytest.fixture
def appointment(scene: Scene, mailoutbox: Outbox) -> Appointment:
    """Booked, and everybody was told."""
    appointment = scene.book()
    tell()
    mailoutbox.clear()
    return appointment


def cancel_hour(
    scene: Scene, day: datetime.date | None = None, *, now: datetime.datetime = LATER
) -> ConsultationHour:
    done = cancelling.cancel_hour(
        hour=scene.hour, reason=HourCancelReason.PERSON, replacement_date=day, by=scene.psychiatrist, now=now
    )
    return done.replacement or done.hour


def substitute(scene: Scene, *, now: datetime.datetime = LATER) -> User:
    colleague = make_user(Role.PSYCHIATRIST, clinic=scene.hour.site.clinic)
    substituting.substitute(hour=scene.hour, psychiatrist=colleague, by=scene.psychiatrist, now=now)
    return colleague


def move_hour(scene: Scene, day: datetime.date = OTHER_DAY, *, now: datetime.datetime = LATER) -> None:
    rehousing.move_hour(
        hour=scene.hour,
        day=day,
        from_time=datetime.time(13),
        room=scene.hour.room,
        by=scene.psychiatrist,
        now=now,
    )


def texts(twilio: StubTwilio) -> list[str]:
    return [each["Body"] for each in twilio.posted]


def calendars(mailoutbox: Outbox, user: User) -> list[tuple[str, str, int]]:
    """Method, UID and SEQUENCE of each entry that `user` got."""
    found = []
    for mail in mails_to(mailoutbox, user.email):
        calendar, event = calendar_of(mail)
        found.append((str(calendar["METHOD"]), str(event["UID"]), int(str(event["SEQUENCE"]))))
    return found


# -- clients ------------------------------------------------------------------------------------------


def test_who_consents_gets_one_sms(scene: Scene, appointment: Appointment, twilio: StubTwilio) -> None:
    cancel_hour(scene)
    tell(LATER)
    tell(LATER)
    assert told() == [("confirmation", "sent"), ("reminder", "dropped"), ("cancelled", "sent")]
    assert texts(twilio)[-1].startswith("Ihr Termin Mi 09.12. 13:00 fällt aus.")
    assert PersonalNotice.objects.count() == 0


def test_with_a_replacement_the_sms_says_the_new_time_and_the_reminder_follows(
    scene: Scene, appointment: Appointment, twilio: StubTwilio
) -> None:
    cancel_hour(scene, OTHER_DAY)
    tell(LATER)
    assert told() == [
        ("confirmation", "sent"),
        ("reminder", "dropped"),
        ("moved", "sent"),
        ("reminder", "planned"),
    ]
    assert texts(twilio)[-1].startswith("Neue Zeit für Ihren Termin: Mi 16.12. 13:00.")
    reminder = Message.objects.get(kind="reminder", state="planned")
    assert reminder.appointment_starts_at == Appointment.objects.get().starts_at


@pytest.mark.parametrize(
    ("phone", "consents", "reason"),
    [("0171 3920012", False, "no_consent"), ("", False, "no_address"), ("030 23125101", True, "landline")],
)
def test_whom_no_sms_reaches_somebody_has_to_tell(
    twilio: StubTwilio, phone: str, consents: bool, reason: str
) -> None:
    scene = make_scene(phone=phone, consents=consents)
    scene.book()
    tell()
    cancel_hour(scene)
    for _ in range(2):
        tell(LATER)
    notice = PersonalNotice.objects.get()
    assert (notice.appointment, notice.reason, notice.state) == (Appointment.objects.get(), reason, "open")
    assert notice.change.kind == "cancelled"
    assert texts(twilio) == []


def test_an_sms_that_comes_to_nothing_becomes_a_personal_notice(
    scene: Scene, appointment: Appointment, twilio: StubTwilio
) -> None:
    cancel_hour(scene)
    plan_changes(now=LATER)
    assert PersonalNotice.objects.count() == 0
    consent.withdraw(client=scene.client, by=scene.worker, now=LATER)
    assert PersonalNotice.objects.get().reason == "no_consent"
    deliver_due(now=LATER)
    assert PersonalNotice.objects.count() == 1


def test_an_sms_that_twilio_refuses_becomes_a_personal_notice(
    scene: Scene, appointment: Appointment, settings: Settings
) -> None:
    cancel_hour(scene)
    settings.TWILIO = None
    tell(LATER)
    assert PersonalNotice.objects.get().reason == "sms_off"


def test_a_single_cancelling_is_nobodys_task(scene: Scene, appointment: Appointment) -> None:
    consent.withdraw(client=scene.client, by=scene.worker, now=NOW)
    scene.cancel(appointment, now=LATER)
    tell(LATER)
    assert PersonalNotice.objects.count() == 0


def test_a_later_change_overtakes_what_waited_to_be_said(twilio: StubTwilio) -> None:
    scene = make_scene(consents=False)
    scene.book()
    replacement = cancel_hour(scene, OTHER_DAY)
    plan_changes(now=LATER)
    cancelling.cancel_hour(
        hour=replacement, reason=HourCancelReason.ROOM, by=scene.psychiatrist, now=LATER + minutes(1)
    )
    plan_changes(now=LATER + minutes(1))
    states = PersonalNotice.objects.order_by("pk").values_list("change__kind", "state")
    assert list(states) == [("moved", "superseded"), ("cancelled", "open")]


def test_both_at_once_leave_one_to_say(twilio: StubTwilio) -> None:
    scene = make_scene(consents=False)
    scene.book()
    replacement = cancel_hour(scene, OTHER_DAY)
    cancelling.cancel_hour(hour=replacement, reason=HourCancelReason.ROOM, by=scene.psychiatrist, now=LATER)
    plan_changes(now=LATER)
    assert PersonalNotice.objects.get().change.kind == "cancelled"


def test_a_cancelled_hour_is_told_even_if_the_confirmation_never_left(
    scene: Scene, twilio: StubTwilio
) -> None:
    """They booked in person, so they would come."""
    scene.book()
    cancel_hour(scene)
    tell(LATER)
    assert told() == [("confirmation", "dropped"), ("cancelled", "sent")]


# -- moving and handing over --------------------------------------------------------------------------


def test_a_moved_hour_tells_its_clients_and_calendars(
    scene: Scene, appointment: Appointment, twilio: StubTwilio, mailoutbox: Outbox
) -> None:
    move_hour(scene)
    tell(LATER)
    assert texts(twilio)[-1].startswith("Neue Zeit für Ihren Termin: Mi 16.12. 13:00.")
    assert sorted(calendars(mailoutbox, scene.psychiatrist)) == sorted(
        [("REQUEST", str(scene.hour.uid), 1), ("REQUEST", str(appointment.uid), 1)]
    )
    assert calendars(mailoutbox, scene.worker) == [("REQUEST", str(appointment.uid), 1)]


def test_another_room_is_told_to_the_psychiatrist_only(
    scene: Scene, appointment: Appointment, twilio: StubTwilio, mailoutbox: Outbox
) -> None:
    sent = len(texts(twilio))
    rehousing.move_hour(
        hour=scene.hour,
        day=scene.hour.local_date,
        from_time=datetime.time(13),
        room=make_room(scene.hour.site.facility),
        by=scene.psychiatrist,
        now=LATER,
    )
    tell(LATER)
    assert (len(texts(twilio)), PersonalNotice.objects.count()) == (sent, 0)
    assert calendars(mailoutbox, scene.psychiatrist) == [("REQUEST", str(scene.hour.uid), 1)]
    assert calendars(mailoutbox, scene.worker) == []


def test_a_substitution_cancels_for_one_and_invites_the_other(
    scene: Scene, appointment: Appointment, twilio: StubTwilio, mailoutbox: Outbox
) -> None:
    sent = len(texts(twilio))
    colleague = substitute(scene)
    tell(LATER)
    hour, single = str(scene.hour.uid), str(appointment.uid)
    assert sorted(calendars(mailoutbox, scene.psychiatrist)) == sorted(
        [("CANCEL", hour, 1), ("CANCEL", single, 1)]
    )
    assert sorted(calendars(mailoutbox, colleague)) == sorted([("REQUEST", hour, 1), ("REQUEST", single, 1)])
    assert calendars(mailoutbox, scene.worker) == [("REQUEST", single, 1)]
    assert (len(texts(twilio)), PersonalNotice.objects.count()) == (sent, 0)


def test_a_substitution_leaves_the_clients_confirmation_to_be_sent(scene: Scene, twilio: StubTwilio) -> None:
    scene.book()
    substitute(scene)
    tell(LATER)
    assert told() == [("confirmation", "sent"), ("reminder", "planned")]


def test_a_substitution_leaves_the_reminder_as_it_is(scene: Scene, appointment: Appointment) -> None:
    before = list(Message.objects.filter(kind="reminder").values_list("pk", "state", "due_at"))
    substitute(scene)
    tell(LATER)
    assert list(Message.objects.filter(kind="reminder").values_list("pk", "state", "due_at")) == before


def test_whoever_gave_it_away_is_told_also_if_it_moves_on_before_anybody_was(
    scene: Scene, appointment: Appointment, mailoutbox: Outbox
) -> None:
    """The hour knows only who holds it now; the change log knows who held it when this was booked."""
    giver, taker = scene.psychiatrist, substitute(scene)
    move_hour(scene, now=LATER)
    cancel_hour(scene, now=LATER)
    tell(LATER)
    single = str(appointment.uid)
    assert ("CANCEL", single, 1) in calendars(mailoutbox, giver)
    assert [each for each in calendars(mailoutbox, taker) if each[1] == single] == []


def test_handed_back_before_anybody_was_told_nothing_is_cancelled(
    scene: Scene, appointment: Appointment, mailoutbox: Outbox
) -> None:
    giver, taker = scene.psychiatrist, substitute(scene)
    substituting.substitute(hour=scene.hour, psychiatrist=giver, by=giver, now=LATER)
    tell(LATER)
    methods = {method for method, *_ in calendars(mailoutbox, giver)}
    assert methods == {"REQUEST"}
    assert [each for each in calendars(mailoutbox, taker) if each[1] == str(appointment.uid)] == []


def test_a_cancelled_hour_leaves_every_calendar(
    scene: Scene, appointment: Appointment, mailoutbox: Outbox
) -> None:
    replacement = cancel_hour(scene, OTHER_DAY)
    tell(LATER)
    assert sorted(calendars(mailoutbox, scene.psychiatrist)) == sorted(
        [
            ("CANCEL", str(scene.hour.uid), 1),
            ("REQUEST", str(replacement.uid), 0),
            ("REQUEST", str(appointment.uid), 1),
        ]
    )


# -- at short notice ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hours", "channels"), [(24, []), (23, ["email", "sms"])], ids=["a day ahead", "less"]
)
def test_less_than_a_day_ahead_the_facility_is_told_at_once(
    scene: Scene, twilio: StubTwilio, mailoutbox: Outbox, hours: int, channels: list[str]
) -> None:
    User.objects.filter(pk=scene.worker.pk).update(short_notice_sms=True, phone="+491713920034")
    now = scene.hour.starts_at - datetime.timedelta(hours=hours)
    cancel_hour(scene, now=now)
    tell(now)
    mine = Message.objects.filter(kind="short_notice", recipient_user=scene.worker)
    assert sorted(mine.values_list("channel", flat=True)) == channels
    assert set(mine.values_list("state", flat=True)) <= {"sent"}
    if channels:
        assert texts(twilio) == [
            "Kurzfristige Änderung: Termine Mi 09.12. 13:00. Bitte sehen Sie nach, wer noch Bescheid braucht."
        ]
        (mail,) = mails_to(mailoutbox, scene.worker.email)
        assert mail.subject == "Kurzfristig geändert: Termine am 09.12.2026 um 13:00"
        assert parts(parsed(mail)) == ["multipart/alternative", "text/plain", "text/html"]
        assert "/aufgaben/" in str(mail.body)


def test_it_is_everybodys_own_wish_and_asked_again_when_it_leaves(
    scene: Scene, twilio: StubTwilio, mailoutbox: Outbox
) -> None:
    quiet = make_user(Role.FACILITY_LEAD, facility=scene.hour.site.facility)
    User.objects.filter(pk=quiet.pk).update(short_notice_email=False)
    now = scene.hour.starts_at - datetime.timedelta(hours=2)
    cancel_hour(scene, now=now)
    plan_changes(now=now)
    User.objects.filter(pk=scene.worker.pk).update(short_notice_email=False)
    deliver_due(now=now)
    found = Message.objects.filter(kind="short_notice").values_list("recipient_user", "state", "reason")
    assert list(found.filter(recipient_user__in=[quiet, scene.worker])) == [
        (scene.worker.pk, "dropped", "not_wanted")
    ]
    assert mails_to(mailoutbox, scene.worker.email) == []


def test_staff_elsewhere_are_not_told(scene: Scene) -> None:
    stranger = make_user(Role.SOCIAL_WORKER)
    now = scene.hour.starts_at - datetime.timedelta(hours=2)
    cancel_hour(scene, now=now)
    tell(now)
    assert not Message.objects.filter(recipient_user=stranger).exists()


def test_planning_costs_as_many_queries_for_many_appointments_as_for_few(
    scene: Scene,
) -> None:
    costs = []
    for count in (1, 5):
        each = make_scene(consents=False)
        for number in range(count):
            client = make_client(each.hour.site.facility)
            booking.book(slot=each.slot(number), client=client, by=each.worker, now=NOW)
        plan_changes(now=NOW)
        cancel_hour(each, OTHER_DAY)
        with CaptureQueriesContext(connection) as captured:
            plan_changes(now=LATER)
        costs.append(len(captured))
    assert costs[0] == costs[1]


def test_a_round_trip_of_many_changes_tells_each_state_once(scene: Scene, twilio: StubTwilio) -> None:
    appointment = scene.book()
    for number, day in enumerate([OTHER_DAY, scene.hour.local_date, OTHER_DAY], start=1):
        move_hour(scene, day, now=LATER + minutes(number))
    tell(LATER + minutes(9))
    assert Counter(told()) == Counter(
        {
            ("confirmation", "dropped"): 1,
            ("moved", "dropped"): 2,
            ("moved", "sent"): 1,
            ("reminder", "planned"): 1,
        }
    )
    appointment.refresh_from_db()
    assert appointment.sequence == 3
