"""Making one record of two that are the same person."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from notifications import consent, outbox, planning
from notifications.models import Channel, Consent, Message, Reason, WithdrawnHow, WorkMark
from scheduling import caseloads, changelog, offering
from scheduling.models import Appointment, ChangeKind, Client, ClosedReason, FormerCode, WaitingEntry
from scheduling.selectors import live_appointments
from sites.models import User
from sites.refusals import Refusal

# Taken over one by one where the kept record knows nothing; what belongs to the number comes with it.
FILLED = ("name", "birth_date", "language", "note", "caseload_of_id")
OF_THE_PHONE = (
    *("phone", "phone_verified_at", "phone_verified_by_id", "phone_shared"),
    *("phone_suspended_at", "phone_suspended_by_id", "phone_suspended_reason"),
)


class NotTwoClients(Refusal):
    code = "not_two_clients"
    sentence = "Zusammenführen lassen sich nur zwei verschiedene Einträge derselben Einrichtung."


class AppointmentsOverlap(Refusal):
    code = "appointments_overlap"
    sentence = (
        "Beide haben zur selben Zeit einen Termin, also kann es nicht dieselbe Person sein, oder ein Termin "
        "ist zu viel. Bitte sagen Sie einen der beiden Termine ab und versuchen Sie es dann noch einmal."
    )


@transaction.atomic
def merge_clients(*, keep: Client, other: Client, by: User, now: datetime) -> Client:
    """Moves all that belongs to `other` to `keep`, fills what `keep` lacks, and removes `other`.

    The code of `other` stays taken and finds `keep`. Of two standing consents one remains; a withdrawal on
    either record ends a consent that is older. Raises NotTwoClients, AppointmentsOverlap.
    """
    pair = Client.objects.select_for_update(no_key=True).order_by("pk").in_bulk([keep.pk, other.pk])
    if (
        len(pair) != 2
        or keep.facility_id != other.facility_id
        or any(each.closed_at for each in pair.values())
    ):
        raise NotTwoClients
    keep, other = pair[keep.pk], pair[other.pk]
    coming = caseloads.coming([keep, other], now=now)
    told = caseloads.contacts(coming)
    _move_appointments(keep, other, by, now)
    _join_consents(keep, other, by, now)
    _join_waiting(keep, other, by, now)
    _join_work(keep, other)
    for relation in Client._meta.related_objects:
        relation.related_model._base_manager.filter(**{relation.field.name: other}).update(
            **{relation.field.name: keep}
        )
    _fill(keep, other)
    former_id = other.pk
    other.delete()
    FormerCode.objects.create(
        facility_id=keep.facility_id,
        code=other.code,
        client=keep,
        former_id=former_id,
        merged_at=now,
        merged_by=by,
    )
    keep.version += 1
    keep.changed_at, keep.changed_by = now, by
    keep.save()
    caseloads.record_contacts(coming, told, by=by, now=now)
    _replan(keep, now)
    return keep


def _move_appointments(keep: Client, other: Client, by: User, now: datetime) -> None:
    at_the_same_time = live_appointments().filter(
        client=keep, starts_at__lt=OuterRef("ends_at"), ends_at__gt=OuterRef("starts_at")
    )
    if live_appointments().filter(Exists(at_the_same_time), client=other).exists():
        raise AppointmentsOverlap
    moved = {"from_client": other.pk, "to_client": keep.pk}
    changes = [changelog.client_change(ChangeKind.CLIENT_MERGED, by=by, now=now, data=moved)]
    for appointment in Appointment.objects.filter(client=other).select_related("slot").order_by("pk"):
        change = changelog.appointment_change(
            ChangeKind.CLIENT_MERGED,
            appointment,
            appointment.slot,
            by=by,
            now=now,
            data=moved,
        )
        change.planned_at = now  # the appointment is as it was: nobody has to be told
        changes.append(change)
    changelog.record(changes)


def _join_consents(keep: Client, other: Client, by: User, now: datetime) -> None:
    """Ends the consents that would say more than this person did; the rest moves with everything else."""
    both = Consent.objects.filter(client__in=[keep, other])
    for standing in both.filter(withdrawn_at=None):
        alike = both.filter(channel=standing.channel, purpose=standing.purpose)
        refused_later = (
            alike.filter(withdrawn_at__gte=standing.given_at)
            .exclude(withdrawn_how=WithdrawnHow.MERGED)
            .exists()
        )
        comes_over = standing.client_id == other.pk
        twice = comes_over and alike.filter(client=keep, withdrawn_at=None).exists()
        # Consent was given with a number in mind; it is not stretched to another.
        other_number = comes_over and keep.phone not in ("", other.phone)
        if refused_later or twice or other_number:
            standing.withdrawn_at, standing.withdrawn_by = now, by
            standing.withdrawn_how = WithdrawnHow.MERGED.value
            standing.save()


def _join_waiting(keep: Client, other: Client, by: User, now: datetime) -> None:
    """Where both wait for the same, the longer wait counts."""
    waiting = WaitingEntry.objects.filter(closed_at=None)
    for mine in waiting.filter(client=keep):
        alike = waiting.filter(client=other, site=mine.site_id, appointment_type=mine.appointment_type)
        if theirs := alike.first():
            later = max(mine, theirs, key=lambda entry: entry.since_at)
            offering.end_of_entries(waiting.filter(pk=later.pk), by=by, now=now)
            offering.set_closed(later, ClosedReason.MERGED, by=by, now=now)


def _join_work(keep: Client, other: Client) -> None:
    """What was done about the same thing for both is noted once: as done if it was done for one of them."""
    for mine in WorkMark.objects.filter(client=keep):
        alike = WorkMark.objects.filter(
            client=other, kind=mine.kind, subject=mine.subject, instance=mine.instance
        )
        if theirs := alike.first():
            (mine if theirs.done_at and not mine.done_at else theirs).delete()


def _fill(keep: Client, other: Client) -> None:
    names = [name for name in FILLED if not getattr(keep, name)]
    if not keep.phone:
        names += OF_THE_PHONE
    if not keep.insurance:
        names += ["insurance", "insurance_quarter"]
    for name in names:
        setattr(keep, name, getattr(other, name))
    keep.needs_interpreter |= other.needs_interpreter
    keep.wants_companion |= other.wants_companion


def _replan(keep: Client, now: datetime) -> None:
    if consent.has_standing(keep):
        planning.plan_missing_reminders(client=keep, now=now)
    else:
        texts = Message.objects.filter(recipient_client=keep, channel=Channel.SMS)
        outbox.drop_planned(texts, Reason.NO_CONSENT)
