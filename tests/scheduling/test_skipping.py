"""Leaving a day of a series out, and taking it up again."""

import pytest

from scheduling import publishing
from scheduling.models import Change, ConsultationHour, HourStatus
from scheduling.publishing import HourIsOver, HourNotDraft, HourNotSkipped
from sites.models import User
from tests.builders import NOW, make_draft_hour, make_published_hour, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def by() -> User:
    return make_user()


def test_a_draft_becomes_a_cancelled_exception_of_its_series(by: User) -> None:
    hour = make_draft_hour()
    publishing.skip(hour=hour, by=by, now=NOW)
    stored = ConsultationHour.objects.select_related("occurrence").get(pk=hour.pk)
    assert (stored.status, stored.cancelled_at, stored.cancelled_by) == (HourStatus.CANCELLED, NOW, by)
    assert stored.occurrence is not None
    assert stored.occurrence.cancelled is True
    change = Change.objects.get(kind="hour_skipped")
    assert (change.hour, change.by, change.at) == (hour, by, NOW)


def test_only_a_draft_is_skipped(by: User) -> None:
    published = make_published_hour()
    skipped = publishing.skip(hour=make_draft_hour(), by=by, now=NOW)
    for hour in (published, skipped):
        with pytest.raises(HourNotDraft) as refused:
            publishing.skip(hour=hour, by=by, now=NOW)
        assert refused.value.code == "hour_not_draft"


def test_a_skipped_hour_is_restored_as_a_draft_with_its_slots(by: User) -> None:
    hour = make_draft_hour(slots=4)
    publishing.skip(hour=hour, by=by, now=NOW)
    publishing.restore(hour=hour, by=by, now=NOW)
    stored = ConsultationHour.objects.select_related("occurrence").get(pk=hour.pk)
    assert (stored.status, stored.cancelled_at, stored.cancelled_by) == (HourStatus.DRAFT, None, None)
    assert stored.occurrence is not None
    assert stored.occurrence.cancelled is False
    assert stored.slots.count() == 4
    change = Change.objects.get(kind="hour_restored")
    assert (change.hour, change.by, change.at) == (hour, by, NOW)


def test_a_restored_hour_can_be_published(by: User) -> None:
    hour = make_draft_hour()
    publishing.skip(hour=hour, by=by, now=NOW)
    publishing.restore(hour=hour, by=by, now=NOW)
    assert publishing.publish_hour(hour=hour, by=by, now=NOW).status == HourStatus.PUBLISHED


def test_only_a_skipped_hour_is_restored(by: User) -> None:
    for hour in (make_draft_hour(), make_published_hour()):
        with pytest.raises(HourNotSkipped) as refused:
            publishing.restore(hour=hour, by=by, now=NOW)
        assert refused.value.code == "hour_not_skipped"


def test_a_published_hour_that_was_cancelled_is_not_restored(by: User) -> None:
    hour = make_published_hour()
    ConsultationHour.objects.filter(pk=hour.pk).update(status="cancelled", cancelled_at=NOW, cancelled_by=by)
    with pytest.raises(HourNotSkipped):
        publishing.restore(hour=hour, by=by, now=NOW)


def test_an_hour_whose_time_has_come_is_not_restored(by: User) -> None:
    hour = make_draft_hour()
    publishing.skip(hour=hour, by=by, now=NOW)
    with pytest.raises(HourIsOver) as refused:
        publishing.restore(hour=hour, by=by, now=hour.starts_at)
    assert refused.value.code == "hour_is_over"
