"""A facility's clients, their consent and what they answered."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from notifications import consent, selectors
from notifications.consent_texts import CURRENT_TEXT
from notifications.forms import ContactForm
from notifications.models import GivenHow, WithdrawnHow
from scheduling.clients import change_phone
from scheduling.selectors import appointments_booked_by_facility_of, clients_matching, clients_visible_to
from scheduling.views.common import sent, signed_in
from sites.access import client_facilities_for
from sites.phones import local_format


@require_safe
def clients(request: HttpRequest) -> HttpResponse:
    """The clients of my facilities by pseudonym, or those that fit what was typed."""
    user = signed_in(request)
    mine = clients_visible_to(user).select_related("facility")
    typed = request.GET.get("suche", "").strip()
    if typed:
        mine = clients_matching(mine, typed)
    page = Paginator(mine, 25).get_page(request.GET.get("seite"))
    return render(
        request,
        "notifications/clients.html",
        {"page": page, "typed": typed, "several_facilities": client_facilities_for(user).count() > 1},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def client(request: HttpRequest, pk: int) -> HttpResponse:
    """One client; by POST their phone number is changed."""
    user = signed_in(request)
    shown = get_object_or_404(clients_visible_to(user).select_related("facility"), pk=pk)
    phone = local_format(shown.phone) if shown.phone else ""
    form = ContactForm(sent(request), initial={"phone": phone})
    if request.method == "POST" and form.is_valid():
        change_phone(client=shown, phone=form.cleaned_data["phone"], by=user, now=timezone.now())
        messages.success(request, "Die Telefonnummer ist gespeichert.")
        return redirect("client", pk=pk)
    now = timezone.now()
    appointments = list(appointments_booked_by_facility_of(user).filter(client=shown))
    return render(
        request,
        "notifications/client.html",
        {
            "client": shown,
            "zone": shown.facility.zone,
            "form": form,
            "consent": consent.standing(shown),
            "consent_text": CURRENT_TEXT,
            "upcoming": [each for each in appointments if each.ends_at > now],
            "past": [each for each in reversed(appointments) if each.ends_at <= now],
            "replies": selectors.replies_of(shown),
        },
    )


@require_POST
def give_consent(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    shown = get_object_or_404(clients_visible_to(user), pk=pk)
    if not shown.phone:
        messages.error(request, "Für SMS wird eine Telefonnummer gebraucht. Bitte tragen Sie sie zuerst ein.")
        return redirect("client", pk=pk)
    consent.give(client=shown, how=GivenHow.SPOKEN, by=user, now=timezone.now())
    messages.success(request, "Die Einwilligung ist festgehalten.")
    return redirect("client", pk=pk)


@require_POST
def withdraw_consent(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    shown = get_object_or_404(clients_visible_to(user), pk=pk)
    consent.withdraw(client=shown, how=WithdrawnHow.SPOKEN, by=user, now=timezone.now())
    messages.success(request, "Die Einwilligung ist widerrufen. Es gehen keine SMS mehr hinaus.")
    return redirect("client", pk=pk)


@require_safe
def appointment_messages(request: HttpRequest, pk: int) -> HttpResponse:
    """What was told and will be told about an appointment; a fragment when htmx asks."""
    user = signed_in(request)
    appointment = get_object_or_404(appointments_booked_by_facility_of(user), pk=pk)
    return render(
        request,
        "notifications/appointment_messages.html",
        {
            "appointment": appointment,
            "zone": appointment.slot.site.zone,
            "told": selectors.messages_of(appointment),
        },
    )
