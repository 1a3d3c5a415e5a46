"""A facility's clients, their consent and what they answered."""

import datetime
from typing import cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from notifications import consent, expecting, selectors
from notifications.consent_texts import consent_text
from notifications.forms import LANDLINE
from notifications.models import GivenHow, WithdrawnHow
from scheduling import hints, waiting
from scheduling.clients import doubles
from scheduling.languages import Language
from scheduling.offers import can_change
from scheduling.selectors import appointments_booked_by_facility_of, clients_matching, clients_visible_to
from scheduling.views.common import signed_in, today_at
from sites.access import Permission, client_facilities_for, places_of
from sites.looking import note_look
from sites.models import LookKind


@require_safe
def clients(request: HttpRequest) -> HttpResponse:
    """The clients of my facilities by pseudonym, or those that fit what was typed."""
    user = signed_in(request)
    mine = clients_visible_to(user).select_related("facility")
    typed = request.GET.get("suche", "").strip()
    if typed:
        mine = clients_matching(mine, typed)
    page = Paginator(mine, 25).get_page(request.GET.get("seite"))
    note_look(LookKind.LIST, [each.pk for each in page if each.name or each.phone], named=True)
    return render(
        request,
        "notifications/clients.html",
        {"page": page, "typed": typed, "several_facilities": client_facilities_for(user).count() > 1},
    )


@require_safe
def client(request: HttpRequest, pk: int) -> HttpResponse:
    """What the facility knows of one client: file, consents, releases, appointments, answers."""
    user = signed_in(request)
    visible = clients_visible_to(user).select_related("facility", "phone_suspended_by", "caseload_of")
    visible = visible.defer("phone_suspended_by__phone", "caseload_of__phone")
    shown = get_object_or_404(visible, pk=pk)
    now = timezone.now()
    theirs = appointments_booked_by_facility_of(user).filter(client=shown).select_related(None)
    appointments = list(theirs.only("appointment_type", "starts_at", "ends_at", "status"))
    given = list(shown.consents.select_related("recorded_by", "withdrawn_by").order_by("-given_at", "-pk"))
    for each in appointments:
        each.can_change = can_change(each, now=now)  # type: ignore[attr-defined]
    note_look(LookKind.FILE, [shown.pk], named=True)
    return render(
        request,
        "notifications/client.html",
        {
            "client": shown,
            "may_read_log": shown.facility_id in places_of(user.held, Permission.READ_LOG).facilities,
            "may_be_erased": shown.facility_id
            in places_of(user.held, Permission.ANSWER_FOR_CLIENTS).facilities,
            "zone": shown.facility.zone,
            "hints": hints.for_client(shown, None, now=now),
            "insurance_current": shown.insurance_proven_on(today_at(shown.facility)),
            "consent": next((each for each in given if each.withdrawn_at is None), None),
            "past_consents": [each for each in given if each.withdrawn_at is not None],
            "consent_text": consent_text(shown.language),
            "releases": selectors.releases_of(shown, now=now),
            "doubles": doubles(
                shown.facility.clients.exclude(pk=pk),
                name=shown.name,
                birth_date=cast(datetime.date | None, shown.birth_date),
                phone="" if shown.phone_shared else shown.phone,
            ),
            "former_codes": shown.former_codes.select_related("merged_by").defer("merged_by__phone"),
            "upcoming": [each for each in appointments if each.ends_at > now],
            "past": [each for each in reversed(appointments) if each.ends_at <= now],
            "replies": selectors.replies_of(shown),
            "waiting": waiting.open_of(shown),
        },
    )


@require_POST
def give_consent(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    shown = get_object_or_404(clients_visible_to(user), pk=pk)
    if not shown.phone:
        messages.error(request, "Für SMS wird eine Telefonnummer gebraucht. Bitte tragen Sie sie zuerst ein.")
        return redirect("client", pk=pk)
    if shown.has_landline:
        messages.error(request, LANDLINE)
        return redirect("client", pk=pk)
    how = GivenHow.WRITTEN if request.POST.get("wie") == "written" else GivenHow.SPOKEN
    consent.give(
        client=shown, how=how, language=shown.language or Language.DE.value, by=user, now=timezone.now()
    )
    messages.success(request, "Die Einwilligung ist festgehalten.")
    return redirect("client", pk=pk)


@require_POST
def withdraw_consent(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    shown = get_object_or_404(clients_visible_to(user), pk=pk)
    how = WithdrawnHow.WRITTEN if request.POST.get("wie") == "written" else WithdrawnHow.SPOKEN
    consent.withdraw(client=shown, how=how, by=user, now=timezone.now())
    messages.success(request, "Die Einwilligung ist widerrufen. Es gehen keine SMS mehr hinaus.")
    return redirect("client", pk=pk)


@require_safe
def appointment_messages(request: HttpRequest, pk: int) -> HttpResponse:
    """What was told and will be told about an appointment; a fragment when htmx asks."""
    user = signed_in(request)
    appointment = get_object_or_404(appointments_booked_by_facility_of(user), pk=pk)
    told = list(selectors.messages_of(appointment))
    now = timezone.now()
    is_unplanned = not told and can_change(appointment, now=now)
    note_look(LookKind.MESSAGES, [appointment.client_id], named=False)
    return render(
        request,
        "notifications/appointment_messages.html",
        {
            "appointment": appointment,
            "zone": appointment.slot.site.zone,
            "told": told,
            "forecast": expecting.after_booking(appointment, now=now) if is_unplanned else None,
        },
    )
