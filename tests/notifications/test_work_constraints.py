"""What must never be false of what was done about the worklist is held by the database."""

import pytest
from django.db import IntegrityError, connection, transaction

from notifications.worklist import marking
from notifications.worklist.items import Item
from tests.builders import NOW
from tests.notifications.scenes import make_scene

pytestmark = pytest.mark.django_db

BROKEN = [
    (
        "one_mark_per_reason",
        "INSERT INTO notifications_workmark (client_id, kind, subject, instance, not_reached_count, version) "
        "SELECT client_id, kind, subject, instance, 0, 0 FROM notifications_workmark",
    ),
    ("work_claimed_at_has_by", "UPDATE notifications_workmark SET claimed_at = now()"),
    ("work_done_at_has_by", "UPDATE notifications_workmark SET done_at = NULL"),
    ("work_not_reached_at_has_by", "UPDATE notifications_workmark SET not_reached_by_id = done_by_id"),
    ("work_not_reached_is_counted", "UPDATE notifications_workmark SET not_reached_count = 1"),
    ("work_not_reached_is_counted", "UPDATE notifications_workmark SET back_at = now()"),
]


@pytest.mark.parametrize(("constraint", "sql"), BROKEN)
def test_the_database_refuses(constraint: str, sql: str) -> None:
    scene = make_scene()
    item = Item(kind="tell", client_id=scene.client.pk, subject=1, instance="1", due_at=NOW, what="")
    marking.finish(item=item, by=scene.worker, now=NOW)
    with (
        pytest.raises(IntegrityError, match=constraint),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)
