"""Hours and appointments change in any order, told now and then: in the end everybody knows what holds."""

import datetime
import random
from collections import defaultdict
from collections.abc import Callable

import pytest
from django.core.mail import EmailMultiAlternatives

from notifications import consent, undoing
from notifications.models import Message, NoticeState, PersonalNotice
from scheduling import booking, cancelling, rehousing, substituting
from scheduling.models import Appointment, CancelReason, ConsultationHour, HourCancelReason, Slot
from sites.models import Role, User
from sites.refusals import Refusal
from tests.builders import NOW, make_client, make_published_hour, make_user
from tests.notifications.scenes import minutes, tell
from tests.notifications.stub_twilio import StubTwilio
from tests.notifications.test_calendar_mail import calendar_of

pytestmark = pytest.mark.django_db

STEPS = 14
DAYS = [datetime.date(2026, 12, day) for day in (9, 16, 17, 18)]


class Story:
    """A clinic with three psychiatrists, two hours, and four clients, two of whom get SMS."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - nothing secret
        first = make_published_hour(slots=4)
        site = first.site
        colleagues = [make_user(Role.PSYCHIATRIST, clinic=site.clinic) for _ in range(2)]
        make_published_hour(site, day=datetime.date(2026, 12, 10), slots=4, psychiatrist=colleagues[0])
        self.people = [first.psychiatrist, *colleagues]
        self.worker = make_user(Role.SOCIAL_WORKER, facility=site.facility)
        self.clients = [
            make_client(site.facility, by=self.worker, phone=f"0171 392001{number}") for number in range(4)
        ]
        for client in self.clients[:2]:
            consent.give(client=client, by=self.worker, now=NOW)

    def hour(self) -> ConsultationHour:
        hours = ConsultationHour.objects.filter(status="published").select_related("room")
        return self.random.choice(list(hours.order_by("pk")))

    def book(self, now: datetime.datetime) -> object:
        slot = self.random.choice(
            list(Slot.objects.filter(state="free", hour__status="published").order_by("pk"))
        )
        client = self.random.choice(self.clients)
        return booking.book(slot=slot, client=client, by=self.worker, now=now)

    def cancel(self, now: datetime.datetime) -> object:
        live = list(Appointment.objects.filter(status="booked").order_by("pk"))
        return booking.cancel(
            appointment=self.random.choice(live), reason=CancelReason.CLIENT, by=self.worker, now=now
        )

    def undo(self, now: datetime.datetime) -> object:
        appointment = self.random.choice(list(Appointment.objects.order_by("pk")))
        latest = appointment.changes.order_by("-pk")[0]
        return undoing.undo(appointment=appointment, change=latest.pk, by=self.worker, now=now)

    def cancel_hour(self, now: datetime.datetime) -> object:
        return cancelling.cancel_hour(
            hour=self.hour(),
            reason=HourCancelReason.PERSON,
            replacement_date=self.random.choice([None, *DAYS]),
            by=self.people[0],
            now=now,
        )

    def move_hour(self, now: datetime.datetime) -> object:
        hour = self.hour()
        return rehousing.move_hour(
            hour=hour,
            day=self.random.choice(DAYS),
            from_time=datetime.time(self.random.choice([9, 13])),
            room=hour.room,
            by=self.people[0],
            now=now,
        )

    def substitute(self, now: datetime.datetime) -> object:
        taker = self.random.choice(self.people)
        return substituting.substitute(hour=self.hour(), psychiatrist=taker, by=self.people[0], now=now)

    def act(self, now: datetime.datetime) -> None:
        acts: list[Callable[[datetime.datetime], object]] = [self.book] * 4
        acts += [
            self.cancel,
            self.undo,
            self.undo,
            self.cancel_hour,
            self.move_hour,
            self.move_hour,
            self.substitute,
            self.substitute,
        ]
        try:
            self.random.choice(acts)(now)
        except (Refusal, IndexError):
            return  # nothing there to act on, or refused: nothing happened


def in_calendars(
    mailoutbox: list[EmailMultiAlternatives],
) -> dict[tuple[str, str], tuple[str, datetime.datetime]]:
    """By address and UID: the method and start of the last entry; each must have a higher SEQUENCE, or take
    away what somebody got in the same revision."""
    found: dict[tuple[str, str], tuple[str, datetime.datetime]] = {}
    highest: dict[tuple[str, str], int] = defaultdict(lambda: -1)
    for mail in mailoutbox:
        calendar, event = calendar_of(mail)
        key = (mail.to[0], str(event["UID"]))
        assert int(str(event["SEQUENCE"])) > highest[key], "told twice, or in the wrong order"
        highest[key] = int(str(event["SEQUENCE"]))
        found[key] = (str(calendar["METHOD"]), event.decoded("DTSTART"))
    return found


def expected_in_calendars(story: Story) -> dict[tuple[str, str], datetime.datetime]:
    """Who must have which appointment in the calendar, and when."""
    expected = {}
    for each in Appointment.objects.filter(status="booked").select_related("slot__hour__psychiatrist"):
        for user in (each.slot.hour.psychiatrist, each.booked_by):
            expected[user.email, str(each.uid)] = each.starts_at
    return expected


def last_sms(client_id: int, appointment: Appointment) -> tuple[str, datetime.datetime] | None:
    sent = Message.objects.filter(
        recipient_client=client_id, appointment=appointment, state="sent", channel="sms"
    ).order_by("pk")
    last = sent.last()
    return (last.kind, last.appointment_starts_at) if last else None


@pytest.mark.parametrize("seed", range(6))
def test_in_the_end_everybody_knows_what_holds(
    seed: int, twilio: StubTwilio, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    story = Story(seed)
    User.objects.update(short_notice_email=False)
    now = NOW
    for _ in range(STEPS):
        now += minutes(1)
        story.act(now)
        if story.random.random() < 0.4:
            tell(now)
    tell(now)

    singles = {str(uid) for uid in Appointment.objects.values_list("uid", flat=True)}
    has = {
        key: start
        for key, (method, start) in in_calendars(mailoutbox).items()
        if method == "REQUEST" and key[1] in singles
    }
    assert has == expected_in_calendars(story)

    consenting = {client.pk for client in story.clients[:2]}
    for each in Appointment.objects.all():
        if each.client_id in consenting:
            known = last_sms(each.client_id, each)
            if each.status == "booked":
                assert known is not None
                assert (known[0] in ("confirmation", "moved"), known[1]) == (True, each.starts_at)
            else:
                # Who was never told by SMS needs to be told of nothing, save when the whole hour went.
                assert known is None or known[0] == "cancelled"
    for notice in PersonalNotice.objects.filter(state=NoticeState.OPEN).select_related(
        "change", "appointment"
    ):
        assert notice.appointment.client_id not in consenting
        newest = notice.appointment.changes.exclude(kind="substituted").latest("pk")
        assert notice.change == newest
    untold = Appointment.objects.exclude(client__in=consenting)
    for each in untold:
        newest = each.changes.exclude(kind="substituted").latest("pk")
        if "hour_change" in newest.data:
            assert PersonalNotice.objects.filter(change=newest, state=NoticeState.OPEN).count() == 1
