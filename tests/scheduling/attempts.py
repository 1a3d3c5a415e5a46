"""Ways to make false what must never be false: the constraint in the way, what is tried, and the raw SQL."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass

from scheduling import booking
from scheduling.models import Appointment, CancelReason, Change, ConsultationHour, Slot
from sites.models import Absence, FacilityClosure
from tests.builders import NOW, make_client, make_draft_hour, make_published_hour
from tests.scheduling.sql import copy_row, delete_row, rows, update_row

APPOINTMENT = "scheduling_appointment"
ABSENCE = "pia_sites_absence"
CHANGE = "scheduling_change"
CLIENT = "scheduling_client"
CLOSURE = "pia_sites_facilityclosure"
HOUR = "scheduling_consultationhour"
PLANNED = "scheduling_plannedslot"
SITE = "pia_sites_site"
SLOT = "scheduling_slot"

MINUTE = datetime.timedelta(minutes=1)
HALF_HOUR = 30 * MINUTE
DAY = datetime.timedelta(days=1)


@dataclass
class World:
    """A published hour of six half hours, one booked, one cancelled; a draft elsewhere at the same time."""

    hour: ConsultationHour
    slots: list[Slot]
    booked: Appointment
    cancelled: Appointment
    other_client: int
    draft: ConsultationHour
    change: Change
    closure: FacilityClosure
    absence: Absence


def build_world() -> World:
    hour = make_published_hour()
    slots = list(hour.slots.all())
    facility = hour.site.facility
    client, other = make_client(facility), make_client(facility)
    booked = booking.book(slot=slots[0], client=client, by=client.created_by, now=NOW)
    cancelled = booking.book(slot=slots[1], client=other, by=client.created_by, now=NOW)
    cancelled = booking.cancel(
        appointment=cancelled, reason=CancelReason.CLIENT, by=client.created_by, now=NOW
    )
    day = hour.local_date
    return World(
        hour=hour,
        slots=slots,
        booked=booked,
        cancelled=cancelled,
        other_client=other.pk,
        draft=make_draft_hour(),
        change=Change.objects.get(appointment=booked),
        closure=FacilityClosure.objects.create(facility=facility, first_date=day, last_date=day),
        absence=Absence.objects.create(user=hour.psychiatrist, first_date=day, last_date=day),
    )


Attempt = Callable[[World], object]

UNPUBLISHED = {"status": "draft", "published_at": None, "published_by_id": None}

MERGED = {
    "kind": "client_merged",
    "hour_id": None,
    "site_id": None,
    "appointment_id": None,
    "planned_at": NOW,
}

# constraint, what is tried, how
ATTEMPTS: list[tuple[str, str, Attempt]] = [
    (
        "site_plans_in_order",
        "a site that reminds earlier than it asks",
        lambda w: update_row(SITE, w.hour.site_id, publish_days_ahead=7, remind_days_ahead=8),
    ),
    (
        "slot_held_has_until",
        "a slot that is held without end",
        lambda w: update_row(SLOT, w.slots[2].pk, state="held"),
    ),
    (
        "slot_held_has_until",
        "a free slot that somebody holds",
        lambda w: update_row(SLOT, w.slots[2].pk, held_by_id=w.booked.booked_by_id),
    ),
    (
        "slot_carries_one_appointment",
        "second appointment in a slot",
        lambda w: copy_row(APPOINTMENT, w.booked.pk, client_id=w.other_client),
    ),
    (
        "slot_carries_one_appointment",
        "cancelled appointment revived in a slot that was booked again",
        lambda w: update_row(
            APPOINTMENT,
            copy_row(
                APPOINTMENT,
                w.cancelled.pk,
                slot_id=w.slots[0].pk,
                starts_at=w.slots[3].starts_at,
                ends_at=w.slots[3].ends_at,
            ),
            status="booked",
            cancelled_at=None,
            cancelled_by_id=None,
            cancel_reason="",
        ),
    ),
    (
        "slot_carries_one_appointment",
        "appointment moved into a booked slot",
        lambda w: update_row(
            APPOINTMENT,
            copy_row(APPOINTMENT, w.booked.pk, slot_id=w.slots[2].pk, client_id=w.other_client),
            slot_id=w.slots[0].pk,
        ),
    ),
    (
        "client_has_one_appointment_at_a_time",
        "overlapping appointment in another slot",
        lambda w: copy_row(
            APPOINTMENT,
            w.booked.pk,
            slot_id=w.slots[2].pk,
            starts_at=w.booked.ends_at - MINUTE,
            ends_at=w.booked.ends_at + MINUTE,
        ),
    ),
    (
        "client_has_one_appointment_at_a_time",
        "appointment stretched over the next one",
        lambda w: update_row(
            APPOINTMENT,
            copy_row(
                APPOINTMENT,
                w.booked.pk,
                slot_id=w.slots[2].pk,
                starts_at=w.slots[2].starts_at,
                ends_at=w.slots[2].ends_at,
            ),
            starts_at=w.booked.starts_at,
        ),
    ),
    (
        "client_has_one_appointment_at_a_time",
        "appointment given to a client who has one then",
        lambda w: update_row(
            APPOINTMENT,
            copy_row(APPOINTMENT, w.booked.pk, slot_id=w.slots[2].pk, client_id=w.other_client),
            client_id=w.booked.client_id,
        ),
    ),
    (
        "psychiatrist_in_one_place",
        "second hour of a psychiatrist in another room",
        lambda w: copy_hour(w, room_id=w.draft.room_id),
    ),
    (
        "psychiatrist_in_one_place",
        "hour of a psychiatrist that overlaps by a minute",
        lambda w: copy_hour(
            w, room_id=w.draft.room_id, starts_at=w.hour.ends_at - MINUTE, ends_at=w.hour.ends_at + HALF_HOUR
        ),
    ),
    (
        "psychiatrist_in_one_place",
        "draft of a psychiatrist published at a time that is taken",
        lambda w: update_row(
            HOUR,
            copy_hour(w, room_id=w.draft.room_id, **UNPUBLISHED),
            status="published",
            published_at=NOW,
            published_by_id=w.hour.psychiatrist_id,
        ),
    ),
    (
        "psychiatrist_in_one_place",
        "hour handed to a psychiatrist who is elsewhere",
        lambda w: update_row(
            HOUR,
            copy_hour(w, room_id=w.draft.room_id, psychiatrist_id=w.draft.psychiatrist_id),
            psychiatrist_id=w.hour.psychiatrist_id,
        ),
    ),
    (
        "psychiatrist_in_one_place",
        "hour against one that was held",
        lambda w: (update_row(HOUR, w.hour.pk, status="held"), copy_hour(w, room_id=w.draft.room_id)),
    ),
    (
        "room_holds_one_hour",
        "second hour in a room",
        lambda w: copy_hour(w, psychiatrist_id=w.draft.psychiatrist_id),
    ),
    (
        "room_holds_one_hour",
        "hour moved into a room that is taken",
        lambda w: update_row(
            HOUR,
            copy_hour(w, psychiatrist_id=w.draft.psychiatrist_id, room_id=w.draft.room_id),
            room_id=w.hour.room_id,
        ),
    ),
    (
        "room_holds_one_hour",
        "hour moved to a time at which the room is taken",
        lambda w: update_row(
            HOUR,
            copy_hour(
                w,
                psychiatrist_id=w.draft.psychiatrist_id,
                starts_at=w.hour.ends_at,
                ends_at=w.hour.ends_at + HALF_HOUR,
            ),
            starts_at=w.hour.ends_at - MINUTE,
        ),
    ),
    (
        "slots_of_hour_apart",
        "second slot at a time",
        lambda w: copy_row(SLOT, w.slots[0].pk, state="blocked"),
    ),
    (
        "slots_of_hour_apart",
        "slot stretched over the next",
        lambda w: update_row(SLOT, w.slots[0].pk, ends_at=w.slots[0].ends_at + MINUTE),
    ),
    (
        "slot_within_hour",
        "slot before its hour",
        lambda w: copy_row(
            SLOT, w.slots[0].pk, starts_at=w.hour.starts_at - HALF_HOUR, ends_at=w.hour.starts_at
        ),
    ),
    (
        "slot_within_hour",
        "slot that ends after its hour",
        lambda w: update_row(SLOT, w.slots[5].pk, ends_at=w.hour.ends_at + MINUTE),
    ),
    (
        "slot_within_hour",
        "slot at another site than its hour",
        lambda w: update_row(SLOT, w.slots[0].pk, site_id=w.draft.site_id),
    ),
    (
        "slot_within_hour",
        "slot given to an hour of another site",
        lambda w: update_row(
            SLOT, w.slots[0].pk, hour_id=copy_hour(w, site_id=w.draft.site_id, **UNPUBLISHED)
        ),
    ),
    (
        "hour_contains_slots",
        "hour that begins after its first slot",
        lambda w: update_row(HOUR, w.hour.pk, starts_at=w.hour.starts_at + MINUTE),
    ),
    (
        "hour_contains_slots",
        "hour that ends before its last slot",
        lambda w: update_row(HOUR, w.hour.pk, ends_at=w.hour.ends_at - MINUTE),
    ),
    (
        "hour_contains_slots",
        "hour moved to another day without its slots",
        lambda w: update_row(
            HOUR,
            w.hour.pk,
            starts_at=w.hour.starts_at + 7 * DAY,
            ends_at=w.hour.ends_at + 7 * DAY,
        ),
    ),
    (
        "hour_contains_slots",
        "hour given to another site without its slots",
        lambda w: update_row(HOUR, w.hour.pk, site_id=w.draft.site_id),
    ),
    (
        "hour_ends_after_start",
        "hour without length",
        lambda w: update_row(HOUR, w.hour.pk, ends_at=w.hour.starts_at),
    ),
    ("hour_ends_after_start", "hour turned round", lambda w: copy_hour(w, ends_at=w.hour.starts_at - MINUTE)),
    (
        "slot_ends_after_start",
        "slot without length",
        lambda w: update_row(SLOT, w.slots[2].pk, ends_at=w.slots[2].starts_at),
    ),
    (
        "slot_ends_after_start",
        "slot turned round",
        lambda w: copy_row(SLOT, w.slots[2].pk, ends_at=w.slots[2].starts_at - MINUTE),
    ),
    (
        "appointment_ends_after_start",
        "appointment without length",
        lambda w: update_row(APPOINTMENT, w.booked.pk, ends_at=w.booked.starts_at),
    ),
    (
        "appointment_ends_after_start",
        "appointment turned round",
        lambda w: copy_row(APPOINTMENT, w.cancelled.pk, ends_at=w.cancelled.starts_at - MINUTE),
    ),
    (
        "closure_ends_after_start",
        "closure turned round",
        lambda w: update_row(
            CLOSURE,
            w.closure.pk,
            last_date=w.closure.first_date - DAY,
        ),
    ),
    (
        "absence_ends_after_start",
        "absence turned round",
        lambda w: update_row(ABSENCE, w.absence.pk, last_date=w.absence.first_date - DAY),
    ),
    (
        "site_until_after_since",
        "site that ends before it begins",
        lambda w: update_row(SITE, w.hour.site_id, until_date=w.hour.site.since_date - DAY),
    ),
    (
        "hour_published_has_at",
        "published without when and by whom",
        lambda w: update_row(HOUR, w.draft.pk, status="published"),
    ),
    (
        "hour_published_has_at",
        "held without ever being published",
        lambda w: update_row(HOUR, w.draft.pk, status="held"),
    ),
    (
        "hour_published_at_has_by",
        "published by nobody",
        lambda w: update_row(HOUR, w.hour.pk, published_by_id=None),
    ),
    (
        "hour_published_at_has_by",
        "published by somebody at no time",
        lambda w: update_row(HOUR, w.draft.pk, published_by_id=w.hour.psychiatrist_id),
    ),
    (
        "hour_cancelled_at_has_by",
        "cancelled by nobody",
        lambda w: update_row(HOUR, w.hour.pk, status="cancelled", cancelled_at=NOW),
    ),
    (
        "hour_cancelled_at_has_by",
        "cancelled by somebody at no time",
        lambda w: update_row(HOUR, w.draft.pk, cancelled_by_id=w.hour.psychiatrist_id),
    ),
    (
        "hour_cancelled_has_at",
        "cancelled without when and by whom",
        lambda w: update_row(HOUR, w.hour.pk, status="cancelled"),
    ),
    (
        "hour_cancelled_has_at",
        "not cancelled, but cancelled by somebody then",
        lambda w: update_row(HOUR, w.hour.pk, cancelled_at=NOW, cancelled_by_id=w.hour.psychiatrist_id),
    ),
    (
        "hour_once_per_rule_date",
        "day of a series taken up twice",
        lambda w: copy_row(HOUR, w.draft.pk, occurrence_id=copy_occurrence(w.draft)),
    ),
    (
        "scheduling_consultationhour_occurrence_id_key",
        "two hours of one occurrence",
        lambda w: copy_row(HOUR, w.draft.pk, rule_date=w.draft.local_date + 7 * DAY),
    ),
    (
        "hour_of_series_has_occurrence",
        "hour of a series without its day in the calendar",
        lambda w: update_row(HOUR, w.hour.pk, occurrence_id=None),
    ),
    (
        "hour_of_series_has_occurrence",
        "hour of a series without the day that the rule gives",
        lambda w: update_row(HOUR, w.hour.pk, rule_date=None),
    ),
    (
        "hour_of_series_has_occurrence",
        "day that a rule gives, without a series",
        lambda w: update_row(HOUR, w.hour.pk, series_id=None),
    ),
    (
        "scheduling_consultationhour_uid_key",
        "two hours with one UID",
        lambda w: update_row(HOUR, w.hour.pk, uid=w.draft.uid),
    ),
    (
        "scheduling_appointment_uid_key",
        "two appointments with one UID",
        lambda w: update_row(APPOINTMENT, w.booked.pk, uid=w.cancelled.uid),
    ),
    (
        "appointment_cancelled_has_at_and_by",
        "cancelled without when and by whom",
        lambda w: update_row(APPOINTMENT, w.booked.pk, status="cancelled"),
    ),
    (
        "appointment_cancelled_has_at_and_by",
        "cancelled by nobody",
        lambda w: update_row(APPOINTMENT, w.cancelled.pk, cancelled_by_id=None),
    ),
    (
        "appointment_cancelled_has_at_and_by",
        "cancelled at no time",
        lambda w: update_row(APPOINTMENT, w.cancelled.pk, cancelled_at=None),
    ),
    (
        "appointment_cancelled_has_at_and_by",
        "booked, but cancelled by somebody then",
        lambda w: update_row(
            APPOINTMENT, w.booked.pk, cancelled_at=NOW, cancelled_by_id=w.booked.booked_by_id
        ),
    ),
    (
        "appointment_cancelled_has_at_and_by",
        "booked, but with a reason to cancel",
        lambda w: update_row(APPOINTMENT, w.booked.pk, cancel_reason="client"),
    ),
    (
        "client_code_in_facility",
        "two clients of a facility with one code",
        lambda w: copy_row(CLIENT, w.other_client),
    ),
    (
        "planned_slot_position_once",
        "two slots at one place of the plan",
        lambda w: update_row(PLANNED, planned_slot(w, 1), position=0),
    ),
    (
        "planned_slot_length_sensible",
        "planned slot without length",
        lambda w: update_row(PLANNED, planned_slot(w, 1), minutes=0),
    ),
    (
        "planned_slot_length_sensible",
        "planned slot of more than a day's work",
        lambda w: update_row(PLANNED, planned_slot(w, 1), minutes=481),
    ),
    ("change_append_only", "change of another kind", lambda w: update_row(CHANGE, w.change.pk, kind="moved")),
    (
        "change_append_only",
        "change at another time",
        lambda w: update_row(CHANGE, w.change.pk, at=NOW + MINUTE),
    ),
    (
        "change_append_only",
        "change by somebody else, hidden in the planner's update",
        lambda w: update_row(CHANGE, w.change.pk, planned_at=NOW, by_id=w.hour.psychiatrist_id),
    ),
    (
        "change_append_only",
        "change planned twice",
        lambda w: (
            update_row(CHANGE, w.change.pk, planned_at=NOW),
            update_row(CHANGE, w.change.pk, planned_at=NOW + MINUTE),
        ),
    ),
    (
        "change_append_only",
        "planned change set back",
        lambda w: (
            update_row(CHANGE, w.change.pk, planned_at=NOW),
            update_row(CHANGE, w.change.pk, planned_at=None),
        ),
    ),
    ("change_append_only", "change deleted", lambda w: delete_row(CHANGE, w.change.pk)),
    (
        "change_of_an_hour_or_a_client",
        "booking at no hour",
        lambda w: copy_row(CHANGE, w.change.pk, hour_id=None, site_id=None, planned_at=NOW),
    ),
    (
        "change_of_an_hour_or_a_client",
        "merged records at a site without an hour",
        lambda w: copy_row(CHANGE, w.change.pk, **{**MERGED, "site_id": w.hour.site_id}),
    ),
    (
        "change_of_an_hour_or_a_client",
        "merged records of an appointment without an hour",
        lambda w: copy_row(CHANGE, w.change.pk, **{**MERGED, "appointment_id": w.booked.pk}),
    ),
    (
        "change_to_be_told_has_an_hour",
        "merged records to be told of",
        lambda w: copy_row(CHANGE, w.change.pk, **{**MERGED, "planned_at": None}),
    ),
]


def copy_hour(world: World, **changes: object) -> int:
    """A copy of the published hour, as one that belongs to no series."""
    free = {"series_id": None, "occurrence_id": None, "rule_date": None}
    return copy_row(HOUR, world.hour.pk, **{**free, **changes})


def copy_occurrence(hour: ConsultationHour) -> int:
    assert hour.occurrence_id is not None
    return copy_row("schedule_occurrence", hour.occurrence_id)


def planned_slot(world: World, position: int) -> int:
    found = rows(
        "SELECT id FROM scheduling_plannedslot WHERE series_id = %s AND position = %s",
        [world.hour.series_id, position],
    )
    return int(found[0][0])
