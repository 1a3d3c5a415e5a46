"""Psychiatrists are told once that drafts wait, and once that the next month is still unpublished."""

import datetime

import pytest
from django.core import mail
from django.db import IntegrityError

from notifications.models import Message, MonthNotice
from notifications.month_notices import plan_month_notices
from notifications.sweeping import sweep
from scheduling import publishing
from scheduling.models import ConsultationHour
from scheduling.months import Month
from sites.models import Role, Site, User
from tests.builders import NOW, make_draft_hour, make_series, make_site, make_user

pytestmark = pytest.mark.django_db

# A site asks 42 days before a month, and reminds 14 days before.
LONG_BEFORE = datetime.datetime(2026, 10, 19, 11, tzinfo=datetime.UTC)
ASKED = datetime.datetime(2026, 10, 20, 11, tzinfo=datetime.UTC)
REMINDED = datetime.datetime(2026, 11, 17, 11, tzinfo=datetime.UTC)


@pytest.fixture
def site() -> Site:
    return make_site()


@pytest.fixture
def psychiatrist(site: Site) -> User:
    return make_user(Role.PSYCHIATRIST, clinic=site.clinic)


@pytest.fixture
def draft(site: Site, psychiatrist: User) -> ConsultationHour:
    return make_draft_hour(site, psychiatrist=psychiatrist, now=LONG_BEFORE)


def told() -> list[tuple[str, str]]:
    return list(Message.objects.order_by("pk").values_list("kind", "state"))


def test_told_once_when_drafts_wait_and_once_before_the_month_begins(
    draft: ConsultationHour, psychiatrist: User
) -> None:
    seen = []
    for at in (LONG_BEFORE, ASKED, ASKED, ASKED + datetime.timedelta(days=9), REMINDED, REMINDED, NOW):
        sweep(now=at)
        seen.append([kind for kind, _ in told()])
    assert seen == [
        [],
        ["drafts_wait"],
        ["drafts_wait"],
        ["drafts_wait"],
        ["drafts_wait", "unpublished"],
        ["drafts_wait", "unpublished"],
        ["drafts_wait", "unpublished"],
    ]
    assert {state for _, state in told()} == {"sent"}
    assert [(each.subject, each.to) for each in mail.outbox] == [
        ("Entwürfe warten", [psychiatrist.email]),
        ("Noch nicht veröffentlicht", [psychiatrist.email]),
    ]


def test_the_mail_says_where_which_month_and_how_many_and_nothing_else(
    draft: ConsultationHour, site: Site, psychiatrist: User
) -> None:
    make_draft_hour(site, day=datetime.date(2026, 12, 16), psychiatrist=psychiatrist, now=LONG_BEFORE)
    other = make_site(clinic=site.clinic)
    make_draft_hour(other, day=datetime.date(2026, 12, 10), psychiatrist=psychiatrist, now=LONG_BEFORE)
    sweep(now=ASKED)
    (sent,) = mail.outbox
    assert sent.body.splitlines() == [
        "Entwürfe warten darauf, dass Sie sie prüfen und veröffentlichen.",
        "",
        *[
            f"{each.facility.neutral_name}, Dezember 2026: {count}"
            for each, count in sorted(
                ((site, "2 Entwürfe"), (other, "1 Entwurf")), key=lambda pair: pair[0].name
            )
        ],
        "",
        "Prüfen und veröffentlichen, nach der Anmeldung:",
        "http://127.0.0.1:8000/entwuerfe/",
        "",
        "Diese Nachricht wurde automatisch verschickt.",
    ]
    assert [part.get_content_type() for part in sent.message().walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]


def test_nobody_is_told_of_a_month_that_was_published_meanwhile(draft: ConsultationHour) -> None:
    plan_month_notices(now=ASKED)
    publishing.publish_hour(hour=draft, by=draft.psychiatrist, now=ASKED)
    sweep(now=ASKED)
    sweep(now=REMINDED)
    assert told() == [("drafts_wait", "dropped")]
    assert mail.outbox == []


def test_who_hears_late_gets_one_mail_and_not_two(draft: ConsultationHour) -> None:
    sweep(now=REMINDED)
    sweep(now=NOW)
    assert told() == [("unpublished", "sent")]
    assert list(MonthNotice.objects.order_by("kind").values_list("kind", flat=True)) == [
        "drafts_wait",
        "unpublished",
    ]


def test_each_psychiatrist_is_told_of_their_own_and_nobody_who_left(
    draft: ConsultationHour, site: Site
) -> None:
    other, gone = (make_user(Role.PSYCHIATRIST, clinic=site.clinic) for _ in range(2))
    make_draft_hour(site, day=datetime.date(2026, 12, 10), psychiatrist=other, now=LONG_BEFORE)
    make_draft_hour(site, day=datetime.date(2026, 12, 11), psychiatrist=gone, now=LONG_BEFORE)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    sweep(now=ASKED)
    assert sorted(each.to[0] for each in mail.outbox) == sorted([draft.psychiatrist.email, other.email])


def test_a_month_is_told_of_as_early_as_its_site_wants(draft: ConsultationHour, site: Site) -> None:
    site.publish_days_ahead, site.remind_days_ahead = 20, 3
    site.save()
    sweep(now=REMINDED - datetime.timedelta(days=7))
    assert told() == []
    sweep(now=REMINDED)
    assert told() == [("drafts_wait", "sent")]
    sweep(now=datetime.datetime(2026, 11, 28, 11, tzinfo=datetime.UTC))
    assert [kind for kind, _ in told()] == ["drafts_wait", "unpublished"]


def test_the_database_lets_nobody_be_told_twice_of_a_month(draft: ConsultationHour) -> None:
    sweep(now=ASKED)
    told_once = MonthNotice.objects.get()
    told_once.pk = None
    with pytest.raises(IntegrityError, match="told_of_a_month_once"):
        told_once.save()


def test_the_database_takes_no_notice_that_is_about_something_else(draft: ConsultationHour) -> None:
    sweep(now=ASKED)
    with pytest.raises(IntegrityError, match="month_notice_is_about_a_month"):
        MonthNotice.objects.update(kind="reminder")


@pytest.fixture
def by_hand(site: Site, psychiatrist: User) -> Site:
    """A site that nothing is proposed at by itself, with a series that gives 9 December."""
    site.months_ahead = 0
    site.save()
    make_series(site, psychiatrist=psychiatrist)
    return site


def test_where_nothing_is_proposed_by_itself_the_reminder_still_comes(
    by_hand: Site, psychiatrist: User
) -> None:
    for at in (ASKED, REMINDED - datetime.timedelta(days=1), REMINDED, REMINDED, NOW):
        sweep(now=at)
    assert told() == [("unpublished", "sent")]
    (sent,) = mail.outbox
    assert sent.to == [psychiatrist.email]
    assert sent.body.splitlines()[2:6] == [
        f"{by_hand.facility.neutral_name}, Dezember 2026: 1 Tag noch nicht vorgeschlagen",
        "",
        "Prüfen und veröffentlichen, nach der Anmeldung:",
        "http://127.0.0.1:8000/monate/?monat=2026-12",
    ]


def test_what_is_proposed_or_left_out_by_hand_is_no_day_without_a_draft(
    by_hand: Site, psychiatrist: User
) -> None:
    (draft,) = publishing.propose_month(sites=[by_hand], month=Month(2026, 12), by=psychiatrist, now=ASKED)
    plan_month_notices(now=REMINDED)
    publishing.skip(hour=draft, by=psychiatrist, now=REMINDED)
    sweep(now=REMINDED)
    assert told() == [("unpublished", "dropped")]


def test_nobody_is_reminded_of_a_month_without_a_day_of_a_series(by_hand: Site, site: Site) -> None:
    by_hand.until_date = datetime.date(2026, 12, 8)
    by_hand.save()
    make_site(clinic=site.clinic)
    sweep(now=REMINDED)
    assert told() == []


def test_who_left_is_not_reminded_of_days_without_a_draft(by_hand: Site, psychiatrist: User) -> None:
    psychiatrist.is_active = False
    psychiatrist.save()
    sweep(now=REMINDED)
    assert told() == []
