"""Somebody is done: what next?"""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from scheduling import attending, day_sheet, next_steps
from scheduling.forms import PiaForm
from scheduling.models import (
    Appointment,
    AppointmentStatus,
    AppointmentType,
    Handover,
    NextStep,
    Slot,
    WalkIn,
)
from scheduling.views.common import say_refusal, sent, signed_in
from sites.access import Permission, permissions_at
from sites.models import User
from sites.refusals import Refusal

DONE = {
    NextStep.NOTHING: "Für {who} ist nichts weiter vorgesehen.",
    NextStep.PIA: "Für {who} ist die Weiterbehandlung in der PIA vorgemerkt.",
    NextStep.WAITING: "{who} steht wieder auf der Warteliste.",
    NextStep.FOLLOW_UP: "Der Folgetermin für {who} ist gebucht.",
}
UNDONE = {
    NextStep.NOTHING: "Zurückgenommen: Für {who} ist noch offen, wie es weitergeht.",
    NextStep.PIA: "Zurückgenommen: {who} ist nicht mehr für die PIA vorgemerkt.",
    NextStep.WAITING: "Zurückgenommen: Für {who} ist noch offen, wie es weitergeht.",
    NextStep.FOLLOW_UP: "Zurückgenommen: Der Folgetermin für {who} ist abgesagt.",
}
UNDO = "zurueck"

Entry = Appointment | WalkIn


@require_http_methods(["GET", "HEAD", "POST"])
def after_appointment(request: HttpRequest, pk: int) -> HttpResponse:
    appointments = day_sheet.appointments_attended_by(signed_in(request))
    return _what_next(request, get_object_or_404(appointments.select_related("slot__site__clinic"), pk=pk))


@require_http_methods(["GET", "HEAD", "POST"])
def after_walk_in(request: HttpRequest, pk: int) -> HttpResponse:
    walk_ins = day_sheet.walk_ins_attended_by(signed_in(request)).select_related("client")
    return _what_next(request, get_object_or_404(walk_ins, pk=pk))


def _what_next(request: HttpRequest, entry: Entry) -> HttpResponse:
    """The four ways on, each by one tap, the way into the PIA with a date; and back. `schritt` says which."""
    user, now = signed_in(request), timezone.now()
    wants_pia = request.POST.get("schritt") == NextStep.PIA
    form = PiaForm(sent(request) if wants_pia else None)
    if request.method == "POST" and (not wants_pia or form.is_valid()):
        chosen = _command(request, entry, form, user)
        if chosen is None or not _carry_out(request, *chosen):
            return redirect(day_sheet.next_page(entry), pk=entry.pk)
        return redirect(_day_url(entry))
    is_appointment = isinstance(entry, Appointment)
    site = next_steps.site_of(entry)
    return render(
        request,
        "scheduling/what_next.html",
        {
            "entry": entry,
            "who": _who(entry),
            "zone": site.zone,
            "is_open": entry.status == AppointmentStatus.FULFILLED and not entry.next_step,
            "can_name": not is_appointment and Permission.BOOK in permissions_at(user, [site])[site.pk],
            "can_undo": attending.can_undo(entry, now=now),
            "can_undo_step": next_steps.can_undo(entry, now=now),
            "mark_url_name": "mark_appointment" if is_appointment else "mark_walk_in",
            "next_url": day_sheet.next_page(entry),
            "free": next_steps.slots_for_follow_up(entry, now=now) if entry.client else [],
            "form": form,
            "day_url": _day_url(entry),
        },
    )


def _day_url(entry: Entry) -> str:
    day = attending.hour_of(entry).local_date
    return reverse("day", kwargs={"day": day.isoformat()}) + f"#{day_sheet.row_key(entry)}"


def _who(entry: Entry) -> str:
    return str(entry.client or entry)


def _command(
    request: HttpRequest, entry: Entry, form: PiaForm, by: User
) -> tuple[Callable[[], Any], str] | None:
    """What was chosen, and what is said when it is done; None for nothing that was offered."""
    common: dict[str, Any] = {"entry": entry, "by": by, "now": timezone.now()}
    chosen = request.POST.get("schritt", "")
    command: Callable[[], Any]
    if chosen == UNDO and (seen := request.POST.get("von", "")) in NextStep.values:
        command = lambda: next_steps.undo(**common, seen=NextStep(seen))  # noqa: E731
        return command, UNDONE[NextStep(seen)].format(who=_who(entry))
    match chosen:
        case NextStep.NOTHING.value:
            command = lambda: next_steps.end_here(**common)  # noqa: E731
        case NextStep.WAITING.value:
            follow_up = AppointmentType.FOLLOW_UP
            command = lambda: next_steps.wait_again(**common, appointment_type=follow_up)  # noqa: E731
        case NextStep.PIA.value:
            line = form.cleaned_data["handover"]
            handover = Handover(line) if line else None
            date = form.cleaned_data["pia_date"]
            command = lambda: next_steps.refer_to_pia(**common, pia_date=date, handover=handover)  # noqa: E731
        case NextStep.FOLLOW_UP.value:
            slots = Slot.objects.filter(site=next_steps.site_of(entry))
            slot = slots.filter(pk=_number(request.POST.get("slot", ""))).first()
            if slot is None:
                return None
            command = lambda: next_steps.book_follow_up(**common, slot=slot)  # noqa: E731
        case _:
            return None
    return command, DONE[NextStep(chosen)].format(who=_who(entry))


def _carry_out(request: HttpRequest, command: Callable[[], Any], done: str) -> bool:
    try:
        command()
    except Refusal as refusal:
        say_refusal(request, refusal)
        return False
    messages.success(request, done)
    return True


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0
