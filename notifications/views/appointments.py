"""One appointment: looking, cancelling, moving, taking back."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from notifications import expecting, undoing
from scheduling import booking, hints, history, offers, selectors
from scheduling.forms import CancelForm, MoveForm
from scheduling.models import Appointment, CancelReason, MoveReason
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
    shown = get_object_or_404(visible.select_related("client__facility", "slot__site__clinic"), pk=pk)
    site = shown.slot.site
    may_book = Permission.BOOK in permissions_at(user, [site], held=user.held)[site.pk]
    can_change = may_book and offers.can_change(shown, now=now)
    _note_look(shown, name_shown=may_book or getattr(shown, "name_released", False))
    return render(
        request,
        "notifications/appointment.html",
        {
            "appointment": shown,
            "client": shown.client,
            "zone": site.zone,
            "may_book": may_book,
            "can_change": can_change,
            "hints": hints.for_client(shown.client, site.clinic, now=now) if can_change else [],
            "undoable": undoing.undoable(shown, now=now) if may_book else None,
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
        request,
        "notifications/cancel.html",
        {
            "appointment": shown,
            "zone": shown.slot.site.zone,
            "form": form,
            "forecast": expecting.of_cancelling(shown),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def move(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    shown = get_object_or_404(selectors.appointments_booked_by_facility_of(user), pk=pk)
    if not offers.can_change(shown, now=timezone.now()):
        return _nothing_to_change(request, shown)
    form = MoveForm(sent(request), appointment=shown, now=timezone.now())
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        reason = MoveReason(data["reason"])
        try:
            booking.move(appointment=shown, to_slot=data["slot"], by=user, now=timezone.now(), reason=reason)
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
        request,
        "notifications/move.html",
        {
            "appointment": shown,
            "zone": shown.slot.site.zone,
            "form": form,
            "forecast": expecting.of_moving(shown),
        },
    )


@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes back the change that the button named, if it is still the latest and nobody was told."""
    user = signed_in(request)
    shown = get_object_or_404(selectors.appointments_booked_by_facility_of(user), pk=pk)
    change = request.POST.get("aenderung", "")
    try:
        undone = undoing.undo(
            appointment=shown,
            change=int(change[:15]) if change.isdecimal() else 0,
            by=user,
            now=timezone.now(),
        )
    except Refusal as refusal:
        say_refusal(request, refusal)
    else:
        messages.success(request, f"Die {undoing.UNDONE_HOW[undone.kind]} ist zurückgenommen.")
    return redirect("appointment", pk=pk)


def _note_look(shown: Appointment, *, name_shown: bool = True) -> None:
    named = name_shown and bool(shown.client.name)
    note_look(LookKind.APPOINTMENT, [shown.client_id], named=named)


def _nothing_to_change(request: HttpRequest, shown: Appointment) -> HttpResponse:
    messages.warning(request, "Dieser Termin kann nicht mehr verschoben oder abgesagt werden.")
    return redirect("appointment", pk=shown.pk)
