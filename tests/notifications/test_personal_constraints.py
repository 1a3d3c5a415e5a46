"""What must never be false of a personal notice, and of a wish to be told, is held by the database."""

import pytest
from django.db import IntegrityError, connection, transaction

from notifications.models import PersonalNotice
from notifications.planning import plan_changes
from scheduling.cancelling import cancel_hour
from scheduling.models import HourCancelReason
from tests.builders import NOW
from tests.notifications.scenes import make_scene

pytestmark = pytest.mark.django_db

BROKEN = [
    (
        "notifications_personalnotice_change_id",
        "INSERT INTO notifications_personalnotice (change_id, appointment_id, reason, state) "
        "SELECT change_id, appointment_id, reason, state FROM notifications_personalnotice",
    ),
    ("user_short_notice_sms_has_phone", "UPDATE pia_sites_user SET short_notice_sms = true"),
    (
        "scheduling_consultationhour_replaces_id",
        "UPDATE scheduling_consultationhour SET replaces_id ="
        " (SELECT min(id) FROM scheduling_consultationhour)",
    ),
]


@pytest.fixture
def notice() -> PersonalNotice:
    """Of an hour that is cancelled; another one stands beside it."""
    make_scene()
    scene = make_scene(consents=False)
    scene.book()
    cancel_hour(hour=scene.hour, reason=HourCancelReason.PERSON, by=scene.psychiatrist, now=NOW)
    plan_changes(now=NOW)
    return PersonalNotice.objects.get()


@pytest.mark.parametrize(("constraint", "sql"), BROKEN)
def test_the_database_refuses(constraint: str, sql: str, notice: PersonalNotice) -> None:
    with (
        pytest.raises(IntegrityError, match=constraint),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)
