"""The appointment card, to be printed."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from notifications.cards import card_of
from scheduling.languages import Language
from scheduling.models import AppointmentStatus
from scheduling.selectors import appointments_booked_by_facility_of
from scheduling.views.common import signed_in
from sites.looking import note_look
from sites.models import LookKind

# On a sheet of A4, to be cut.
CARDS_ON_A4 = 4


@require_safe
def appointment_card(request: HttpRequest, pk: int) -> HttpResponse:
    """One card of A6, or four on A4 (`?papier=a4`), in the client's language or in `?sprache=`."""
    user = signed_in(request)
    mine = appointments_booked_by_facility_of(user).exclude(status=AppointmentStatus.CANCELLED)
    shown = get_object_or_404(mine, pk=pk)
    asked = request.GET.get("sprache", "") or shown.client.language
    card = card_of(shown, language=asked)
    on_a4 = request.GET.get("papier") == "a4"
    note_look(LookKind.SHEET, [shown.client_id], named=False)
    return render(
        request,
        "notifications/card.html",
        {
            "appointment": shown,
            "card": card,
            "on_a4": on_a4,
            "copies": range(CARDS_ON_A4 if on_a4 else 1),
            "languages": Language.choices,
        },
    )
