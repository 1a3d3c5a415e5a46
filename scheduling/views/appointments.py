"""One appointment: looking, cancelling, moving."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from scheduling import booking, history, offers, selectors
from scheduling.forms import CancelForm, MoveForm
from scheduling.models import Appointment, CancelReason
from scheduling.views.common import say_refusal, sent, signed_in
from sites.access import Permission, permissions_at
from sites.looking import note_look
from sites.models import LookKind
from sites.refusals import Refusal


@require_safe
def appointment(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    now = timezone.now()
    visible = selectors.with_release(selectors.appointments_visible_to(user), now=now)
    shown = get_object_or_404(visible, pk=pk)
    site = shown.slot.site
    may_book = Permission.BOOK in permissions_at(user, [site])[site.pk]
    _note_look(shown, name_shown=may_book or getattr(shown, "name_released", False))
    return render(
        request,
        "scheduling/appointment.html",
        {
            "appointment": shown,
            "zone": site.zone,
            "may_book": may_book,
            "can_change": may_book and offers.can_change(shown, now=now),
            "history": history.read(shown.changes.select_related("by").order_by("-pk"), site.zone),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    shown = get_object_or_404(selectors.appointments_booked_by_facility_of(user), pk=pk)
    if not offers.can_change(shown, now=timezone.now()):
        return _nothing_to_change(request, shown)
    form = CancelForm(sent(request))
    if request.method == "POST" and form.is_valid():
        reason = CancelReason(form.cleaned_data["reason"])
        try:
            booking.cancel(appointment=shown, reason=reason, by=user, now=timezone.now())
        except Refusal as refusal:
            say_refusal(request, refusal)
        else:
            messages.success(request, "Der Termin ist abgesagt. Das Zeitfenster ist wieder frei.")
        return redirect("appointment", pk=pk)
    _note_look(shown)
    return render(
        request, "scheduling/cancel.html", {"appointment": shown, "zone": shown.slot.site.zone, "form": form}
    )


@require_http_methods(["GET", "HEAD", "POST"])
def move(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    shown = get_object_or_404(selectors.appointments_booked_by_facility_of(user), pk=pk)
    if not offers.can_change(shown, now=timezone.now()):
        return _nothing_to_change(request, shown)
    form = MoveForm(sent(request), appointment=shown, now=timezone.now())
    if request.method == "POST" and form.is_valid():
        try:
            booking.move(appointment=shown, to_slot=form.cleaned_data["slot"], by=user, now=timezone.now())
        except booking.SlotTaken as refusal:
            form.add_error("slot", str(refusal))
        except Refusal as refusal:
            say_refusal(request, refusal)
            return redirect("appointment", pk=pk)
        else:
            messages.success(request, "Der Termin ist verschoben.")
            return redirect("appointment", pk=pk)
    _note_look(shown)
    return render(
        request, "scheduling/move.html", {"appointment": shown, "zone": shown.slot.site.zone, "form": form}
    )


def _note_look(shown: Appointment, *, name_shown: bool = True) -> None:
    named = name_shown and bool(shown.client.name)
    note_look(LookKind.APPOINTMENT, [shown.client_id], named=named)


def _nothing_to_change(request: HttpRequest, shown: Appointment) -> HttpResponse:
    messages.warning(request, "Dieser Termin kann nicht mehr verschoben oder abgesagt werden.")
    return redirect("appointment", pk=shown.pk)
