"""What must never be false of a message is held by the database: each is tried by raw SQL."""

import pytest
from django.db import IntegrityError, connection, transaction

from notifications.models import Message
from tests.notifications.scenes import make_scene, tell

pytestmark = pytest.mark.django_db

COLUMNS = [str(field.column) for field in Message._meta.concrete_fields if not field.primary_key]


def copy(kind: str, channel: str, /, **instead: str) -> str:
    """Inserts a second row like an existing one, with other expressions in some columns."""
    values = ", ".join(instead.get(column, column) for column in COLUMNS)
    return (
        f"INSERT INTO notifications_message ({', '.join(COLUMNS)}) SELECT {values} "  # noqa: S608
        f"FROM notifications_message WHERE kind = '{kind}' AND channel = '{channel}' LIMIT 1"
    )


def change(settings: str, kind: str = "confirmation") -> str:
    return f"UPDATE notifications_message SET {settings} WHERE kind = '{kind}' AND channel = 'sms'"  # noqa: S608


AN_HOUR = "(SELECT max(id) FROM scheduling_consultationhour)"

BROKEN = [
    ("client_is_told_a_change_once", copy("confirmation", "sms", provider_sid="''")),
    ("client_is_told_a_change_once", copy("confirmation", "sms", provider_sid="''", kind="'moved'")),
    ("user_is_told_a_change_once", copy("confirmation", "email")),
    ("one_reminder_per_stage_and_start", copy("reminder", "sms")),
    (
        "provider_sid_once",
        copy(
            "reminder", "sms", provider_sid="(SELECT max(provider_sid) FROM notifications_message)", stage="2"
        ),
    ),
    ("message_has_one_recipient", change("recipient_client_id = NULL")),
    ("message_has_one_recipient", change("recipient_user_id = (SELECT max(id) FROM pia_sites_user)")),
    ("message_is_about_one_thing", change("appointment_id = NULL")),
    ("message_is_about_one_thing", change(f"hour_id = {AN_HOUR}")),
    ("message_is_about_one_thing", change(f"appointment_id = NULL, hour_id = {AN_HOUR}")),
    ("message_reminds_or_tells_a_change", change("change_id = NULL")),
    ("message_reminds_or_tells_a_change", change("stage = 1")),
    ("message_reminds_or_tells_a_change", change("stage = NULL", kind="reminder")),
    ("message_handed_over_has_claimed_at", change("state = 'sending', claimed_at = NULL")),
    ("message_handed_over_has_claimed_at", change("state = 'uncertain', claimed_at = NULL")),
    ("message_sent_has_sent_at", change("sent_at = NULL")),
    ("message_sent_has_sent_at", change("state = 'delivered', sent_at = NULL")),
    ("message_ended_has_reason", change("state = 'failed', reason = ''")),
    ("message_ended_has_reason", change("state = 'dropped', reason = ''")),
]


@pytest.mark.parametrize(("constraint", "sql"), BROKEN)
def test_the_database_refuses(constraint: str, sql: str, twilio: object) -> None:
    make_scene().book()
    tell()
    with (
        pytest.raises(IntegrityError, match=constraint),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)


ALLOWED = [
    copy("confirmation", "sms", channel="'email'", provider_sid="''"),
    copy("reminder", "sms", state="'dropped'", reason="'superseded'"),
    copy("reminder", "sms", stage="3"),
    copy("reminder", "sms", appointment_starts_at="appointment_starts_at + interval '1 day'"),
]


@pytest.mark.parametrize("sql", ALLOWED)
def test_the_database_allows(sql: str, twilio: object) -> None:
    make_scene().book()
    tell()
    before = Message.objects.count()
    with connection.cursor() as cursor:
        cursor.execute(sql)

    assert Message.objects.count() == before + 1


def test_a_dropped_reminder_leaves_room_for_another(twilio: object) -> None:
    make_scene().book()
    tell()
    with connection.cursor() as cursor:
        cursor.execute(change("state = 'dropped', reason = 'superseded'", kind="reminder"))
        cursor.execute(copy("reminder", "sms", state="'planned'", reason="''"))

    assert Message.objects.filter(kind="reminder").count() == 2


def test_finding_what_is_due_reads_the_partial_index() -> None:
    """Its cost follows what is due, not what is stored."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT id FROM notifications_message WHERE state = 'planned' AND due_at <= now() "
            "ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED"
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert "message_due" in plan
    assert "Sort" not in plan
