"""Two records of one person become one: all that hangs on them moves, and no consent grows by it."""

import datetime

import pytest
from django.db import connection

from notifications import consent, merging, planning, replies
from notifications.models import Message, Reply, WorkMark
from notifications.worklist import marking
from notifications.worklist.items import Item
from scheduling import booking, releases, waiting, walk_ins
from scheduling.clients import register_client
from scheduling.models import (
    Appointment,
    AppointmentType,
    Change,
    Client,
    FormerCode,
    ReleaseScope,
    WaitingEntry,
)
from scheduling.selectors import clients_matching
from tests.builders import NOW, make_client, make_facility, make_published_hour, make_site
from tests.notifications.scenes import E164, PHONE, Scene, make_scene, tell

pytestmark = pytest.mark.django_db
LATER = NOW + datetime.timedelta(hours=1)
DAY = datetime.timedelta(days=1)


def second_record(scene: Scene, *, phone: str = "", name: str = "") -> Client:
    return make_client(scene.client.facility, by=scene.worker, phone=phone, name=name)


def merge(scene: Scene, other: Client) -> Client:
    return merging.merge_clients(keep=scene.client, other=other, by=scene.worker, now=LATER)


def test_appointments_messages_and_answers_move_and_a_change_says_so() -> None:
    scene = make_scene(consents=False)
    other = second_record(scene, phone="0171 3920099")
    consent.give(client=other, by=scene.worker, now=NOW)
    appointment = booking.book(slot=scene.slot(1), client=other, by=scene.worker, now=NOW)
    tell()
    replies.receive(sid="SM1", address="+491713920099", body="Ja", now=NOW)
    gone = other.pk
    kept = merge(scene, other)
    assert Appointment.objects.get().client == kept
    assert {each.recipient_client for each in Message.objects.filter(channel="sms")} == {kept}
    assert Reply.objects.get().client == kept
    changes = Change.objects.filter(kind="client_merged")
    assert [(each.appointment, each.hour) for each in changes] == [
        (None, None),
        (appointment, appointment.slot.hour),
    ]
    for change in changes:
        assert (change.by, change.at, change.planned_at) == (scene.worker, LATER, LATER)
        assert change.data == {"from_client": gone, "to_client": kept.pk}
    assert not Client.objects.filter(pk=gone).exists()


def test_what_is_known_stays_and_what_is_missing_is_filled() -> None:
    scene = make_scene(name="Alex Muster", phone="")
    other = second_record(scene, phone=PHONE, name="Alex M.")
    kept = merge(scene, other)
    assert (kept.name, kept.phone, kept.version) == ("Alex Muster", E164, 1)


def test_the_former_code_finds_the_kept_record_and_is_not_given_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scene = make_scene()
    other = second_record(scene)
    kept = merge(scene, other)
    assert list(clients_matching(Client.objects.all(), other.code)) == [kept]
    assert FormerCode.objects.get().merged_by == scene.worker
    codes = iter([other.code, "KRT-469"])
    monkeypatch.setattr("scheduling.clients.new_code", lambda: next(codes))
    assert register_client(facility=kept.facility, by=scene.worker, now=NOW).code == "KRT-469"


def test_overlapping_appointments_are_refused_and_nothing_changes() -> None:
    """Two clinics hold their hours in one facility at the same time."""
    scene = make_scene()
    scene.book(0)
    other = second_record(scene)
    elsewhere = make_published_hour(make_site(facility=scene.client.facility)).slots.order_by("starts_at")[0]
    booking.book(slot=elsewhere, client=other, by=scene.worker, now=NOW)
    with pytest.raises(merging.AppointmentsOverlap) as refused:
        merge(scene, other)
    assert "Bitte sagen Sie einen der beiden Termine ab" in str(refused.value)
    assert (Appointment.objects.filter(client=other).count(), FormerCode.objects.count()) == (1, 0)
    assert Change.objects.filter(kind="client_merged").count() == 0


def test_given_no_appointments_then_a_change_says_so_as_well() -> None:
    scene = make_scene()
    other = second_record(scene)
    gone = other.pk
    kept = merge(scene, other)
    change = Change.objects.get(kind="client_merged")
    assert (change.by, change.at, change.planned_at, change.hour, change.appointment) == (
        scene.worker,
        LATER,
        LATER,
        None,
        None,
    )
    assert change.data == {"from_client": gone, "to_client": kept.pk}
    assert planning.plan_changes(now=LATER) == 0


def test_nothing_points_to_the_record_that_is_gone() -> None:
    """Whatever table points to clients, now or later: one that this test leaves empty fails it."""
    scene = make_scene(consents=False)
    other = second_record(scene, phone="0171 3920099", name="Alex")
    third = second_record(scene)
    merging.merge_clients(keep=other, other=third, by=scene.worker, now=NOW)
    consent.give(client=other, by=scene.worker, now=NOW)
    booking.book(slot=scene.slot(1), client=other, by=scene.worker, now=NOW)
    planning.plan_changes(now=NOW)
    replies.receive(sid="SM1", address="+491713920099", body="Ja", now=NOW)
    releases.give_release(
        client=other,
        clinic=scene.hour.site.clinic,
        scope=ReleaseScope.NAME,
        ends_date=NOW.date() + datetime.timedelta(days=90),
        by=scene.worker,
        now=NOW,
    )
    by, hour = scene.worker, scene.hour
    walk_ins.take_in(hour=hour, number=1, client=other, by=by, now=hour.starts_at)
    follow_up = AppointmentType.FOLLOW_UP
    waiting.add(client=other, site=hour.site, appointment_type=follow_up, by=by, now=NOW)
    marking.finish(item=number_of(other), by=by, now=NOW)
    gone = other.pk
    before = rows_that_point_to(gone)
    assert {table for table, count in before.items() if count == 0} == set()
    kept = merge(scene, other)
    assert set(rows_that_point_to(gone).values()) == {0}
    after = rows_that_point_to(kept.pk)
    assert all(after[table] >= count for table, count in before.items())


def number_of(client: Client) -> Item:
    """What is to be done about the client's file, the same for both records."""
    return Item(kind="mend_number", client_id=client.pk, subject=0, instance="1", due_at=NOW, what="")


def test_what_was_done_for_one_of_two_records_is_done() -> None:
    scene = make_scene(consents=False)
    other = second_record(scene)
    marking.claim(item=number_of(scene.client), by=scene.worker, now=NOW)
    marking.finish(item=number_of(other), by=scene.worker, now=NOW)
    kept = merge(scene, other)
    mark = WorkMark.objects.get()
    assert (mark.client, mark.done_at) == (kept, NOW)


def test_of_two_waits_for_the_same_the_longer_one_counts() -> None:
    scene = make_scene(consents=False)
    other = second_record(scene)
    longer, shorter = (
        waiting.add(
            client=client,
            site=scene.hour.site,
            appointment_type=AppointmentType.FIRST,
            by=scene.worker,
            now=since,
        )
        for client, since in ((other, NOW), (scene.client, NOW + DAY))
    )
    merging.merge_clients(keep=scene.client, other=other, by=scene.worker, now=NOW + 2 * DAY)
    entries = WaitingEntry.objects.filter(client=scene.client)
    assert list(entries.values_list("pk", "closed_at")) == [(longer.pk, None), (shorter.pk, NOW + 2 * DAY)]


def rows_that_point_to(client: int) -> dict[str, int]:
    """How many rows of each table do, asked of the database's own list of foreign keys."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, attname FROM pg_constraint "
            "JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1] "
            "WHERE contype = 'f' AND confrelid = 'scheduling_client'::regclass"
        )
        found = {}
        for table, column in cursor.fetchall():
            cursor.execute(f'SELECT count(*) FROM {table} WHERE "{column}" = %s', [client])  # noqa: S608
            [found[f"{table}.{column}"]] = cursor.fetchone()
    return found


def test_a_withdrawal_on_the_other_record_ends_an_older_consent() -> None:
    scene = make_scene()
    other = second_record(scene, phone=PHONE)
    consent.give(client=other, by=scene.worker, now=NOW)
    consent.withdraw(client=other, by=scene.worker, now=LATER)
    assert consent.has_standing(merge(scene, other)) is False


def test_of_two_standing_consents_one_remains() -> None:
    scene = make_scene()
    other = second_record(scene, phone=PHONE)
    consent.give(client=other, by=scene.worker, now=NOW)
    kept = merge(scene, other)
    assert sorted(kept.consents.values_list("withdrawn_how", flat=True)) == ["", "merged"]


def test_consent_is_not_stretched_to_another_number() -> None:
    scene = make_scene(consents=False)
    other = second_record(scene, phone="0171 3920099")
    consent.give(client=other, by=scene.worker, now=NOW)
    assert consent.has_standing(merge(scene, other)) is False


def test_a_client_of_another_facility_or_itself_is_refused() -> None:
    scene = make_scene()
    for other in (scene.client, make_client(make_facility())):
        with pytest.raises(merging.NotTwoClients):
            merge(scene, other)
