"""Booking a slot at the desk."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from notifications.consent_texts import CURRENT_TEXT
from notifications.forms import BookForm
from notifications.intake import book_new_client
from scheduling import booking, offers, publishing, selectors
from scheduling.models import Appointment, Client, Slot
from scheduling.views.common import sent, signed_in
from sites.looking import note_look
from sites.models import LookKind, User
from sites.refusals import Refusal

# Refusals after which this slot is lost to everybody; any other may go away with other input.
SLOT_IS_GONE = (
    booking.SlotTaken,
    booking.SlotIsOver,
    booking.SlotIsOpenTime,
    publishing.HourNotPublished,
)


@require_http_methods(["GET", "HEAD", "POST"])
def book(request: HttpRequest, pk: int) -> HttpResponse:
    """The form for one slot. What was typed stays when the slot is gone; the nearest free ones are offered.

    `?kuerzel=` fills in the pseudonym of a client who was picked from the suggestions. Whether somebody
    new is one of the facility's clients already is asked once.
    """
    user = signed_in(request)
    was_filled_in = request.method == "POST"
    slots = selectors.slots_once_bookable_by(user) if was_filled_in else selectors.slots_bookable_by(user)
    slot = get_object_or_404(slots, pk=pk)
    clients = selectors.clients_visible_to(user).filter(facility=slot.site.facility)
    form = BookForm(sent(request), clients=clients, picked=request.GET.get("kuerzel", ""))
    is_gone = not offers.can_book(slot.hour, slot, now=timezone.now())
    likely: list[Client] = form.doubles() if was_filled_in and form.is_valid() else []
    seen = " ".join(str(each.pk) for each in likely)
    if was_filled_in and form.is_valid() and (not likely or request.POST.get("gesehen") == seen):
        try:
            appointment = _book(form, slot, user)
        except booking.AlreadyBooked as refusal:
            # The button was pressed twice, and of two answers the browser shows the second.
            messages.success(request, _booked(form, refusal.appointment))
            return redirect("appointment", pk=refusal.appointment.pk)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
            is_gone = isinstance(refusal, SLOT_IS_GONE)
        else:
            messages.success(request, _booked(form, appointment))
            return redirect("appointment", pk=appointment.pk)
    return render(
        request,
        "notifications/book.html",
        {
            "slot": slot,
            "zone": slot.site.zone,
            "form": form,
            "is_gone": is_gone,
            "alternatives": selectors.nearest_free_slots(slot, now=timezone.now()) if is_gone else [],
            "consent_text": CURRENT_TEXT,
            "doubles": likely,
            "seen": seen,
        },
    )


def _booked(form: BookForm, appointment: Appointment) -> str:
    if form.cleaned_data["who"] == BookForm.KNOWN:
        return f"Der Termin für {appointment.client} ist gebucht."
    return (
        f"Der Termin ist gebucht. Das Kürzel der neuen Klient:in ist {appointment.client}, "
        "bitte geben Sie es weiter."
    )


def _book(form: BookForm, slot: Slot, by: User) -> Appointment:
    now = timezone.now()
    data = form.cleaned_data
    if data["who"] == BookForm.KNOWN:
        return booking.book(slot=slot, client=data["client"], by=by, now=now)
    return book_new_client(
        slot=slot,
        name=data["name"],
        phone=data["phone"],
        sms_consent=data["sms_consent"],
        by=by,
        now=now,
    )


@require_safe
def client_suggestions(request: HttpRequest, pk: int) -> HttpResponse:
    """A fragment: clients of the slot's facility who fit what was typed so far."""
    user = signed_in(request)
    slot = get_object_or_404(selectors.slots_bookable_by(user), pk=pk)
    clients = selectors.clients_visible_to(user).filter(facility=slot.site.facility)
    found = selectors.suggested_clients(clients, request.GET.get("code", ""))
    note_look(LookKind.SUGGESTIONS, [each.pk for each in found if each.name], named=True)
    return render(request, "notifications/client_suggestions.html", {"slot": slot, "clients": found})
