"""An appointment is done: what next?"""

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
from scheduling.models import Appointment, AppointmentStatus, AppointmentType, Handover, NextStep, Slot
from scheduling.views.common import say_refusal, sent, signed_in
from sites.models import User
from sites.refusals import Refusal

DONE = {
    NextStep.NOTHING: "Für {client} ist nichts weiter vorgesehen.",
    NextStep.PIA: "Für {client} ist die Weiterbehandlung in der PIA vorgemerkt.",
    NextStep.WAITING: "{client} steht wieder auf der Warteliste.",
    NextStep.FOLLOW_UP: "Der Folgetermin für {client} ist gebucht.",
}


@require_http_methods(["GET", "HEAD", "POST"])
def what_next(request: HttpRequest, pk: int) -> HttpResponse:
    """The four ways on, each by one tap; the way into the PIA with a date. `schritt` says which."""
    user = signed_in(request)
    appointment = get_object_or_404(
        day_sheet.appointments_attended_by(user).select_related("slot__site__clinic"), pk=pk
    )
    day = reverse("day", kwargs={"day": appointment.slot.hour.local_date.isoformat()}) + f"#termin-{pk}"
    now = timezone.now()
    wants_pia = request.POST.get("schritt") == NextStep.PIA
    form = PiaForm(sent(request) if wants_pia else None)
    free = day_sheet.slots_for_follow_up(appointment, now=now)
    if request.method == "POST" and (not wants_pia or form.is_valid()):
        command = _command(request, appointment, form, user)
        if command is None or not _carry_out(request, command):
            return redirect("what_next", pk=pk)
        step = NextStep(request.POST["schritt"])
        messages.success(request, DONE[step].format(client=appointment.client))
        return redirect(day)
    return render(
        request,
        "scheduling/what_next.html",
        {
            "appointment": appointment,
            "zone": appointment.slot.site.zone,
            "is_open": appointment.status == AppointmentStatus.FULFILLED and not appointment.next_step,
            "can_undo": attending.can_undo(appointment, now=now),
            "free": free,
            "form": form,
            "day_url": day,
        },
    )


def _command(
    request: HttpRequest, appointment: Appointment, form: PiaForm, by: User
) -> Callable[[], Any] | None:
    """What was chosen; None for nothing that was offered."""
    now = timezone.now()
    common: dict[str, Any] = {"appointment": appointment, "by": by, "now": now}
    match request.POST.get("schritt"):
        case NextStep.NOTHING.value:
            return lambda: next_steps.end_here(**common)
        case NextStep.WAITING.value:
            follow_up = AppointmentType.FOLLOW_UP
            return lambda: next_steps.wait_again(**common, appointment_type=follow_up)
        case NextStep.PIA.value:
            line = form.cleaned_data["handover"]
            handover = Handover(line) if line else None
            date = form.cleaned_data["pia_date"]
            return lambda: next_steps.refer_to_pia(**common, pia_date=date, handover=handover)
        case NextStep.FOLLOW_UP.value:
            slots = Slot.objects.filter(site=appointment.slot.site_id)
            slot = slots.filter(pk=_number(request.POST.get("slot", ""))).first()
            return (lambda: next_steps.book_follow_up(**common, slot=slot)) if slot else None
    return None


def _carry_out(request: HttpRequest, command: Callable[[], Any]) -> bool:
    try:
        command()
    except Refusal as refusal:
        say_refusal(request, refusal)
        return False
    return True


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0
