"""To be reminded in person: whom no SMS reaches, or whose SMS came to nothing."""

from datetime import timedelta

from django.conf import settings

from notifications.models import MessageState, Reason
from notifications.models.messages import PROBLEMS
from notifications.timing import reminder_due_at
from notifications.worklist import REMIND
from notifications.worklist.ahead import Coming, coming
from notifications.worklist.items import Item, Scope, Source

# Early enough to have another try, and over a weekend.
AHEAD = timedelta(days=3)


def items(scope: Scope) -> list[Item]:
    """One for each appointment of the next days that its client has not confirmed."""
    made = []
    for each, zone in coming(scope):
        if each.is_confirmed or each.starts_at > scope.now + AHEAD:
            continue
        why = _no_sms(each) or _came_to_nothing(each)
        due_at = reminder_due_at(each.starts_at, zone, each.booked_at)
        if due_at is None and each.sms_state in (*PROBLEMS, MessageState.PLANNED):
            due_at = each.booked_at  # booked a moment before: the SMS was all that there was
        if why and due_at:
            made.append(
                Item(
                    kind=REMIND,
                    client_id=each.client_id,
                    subject=each.pk,
                    instance=each.starts_at.isoformat(),
                    due_at=due_at,
                    what="An den Termin erinnern",
                    why=why,
                    appointment_id=each.pk,
                    starts_at=each.starts_at,
                )
            )
    return made


def _no_sms(each: Coming) -> str:
    """Why no SMS will be sent."""
    if not each.phone_index:
        return "keine Telefonnummer"
    if not each.consents:
        return "keine Einwilligung in SMS"
    if each.suspended_at:
        return "Nummer ruht"
    return "SMS ist nicht eingerichtet" if settings.TWILIO is None else ""


def _came_to_nothing(each: Coming) -> str:
    """What became of the last SMS, if the client can't be counted on to know by it."""
    if each.sms_state == MessageState.UNCERTAIN:
        return "ungewiss, ob die SMS angekommen ist"
    if each.sms_state == MessageState.PLANNED:
        return "die SMS ist überfällig und nicht verschickt"
    if each.sms_state == MessageState.FAILED and each.sms_reason:
        return f"SMS fehlgeschlagen: {Reason(each.sms_reason).label}"
    if each.sms_state == MessageState.DROPPED and each.sms_reason == Reason.LANDLINE:
        return str(Reason.LANDLINE.label)
    return ""


SOURCE = Source(kind=REMIND, label="Persönlich erinnern", items=items, done="Erinnert")
