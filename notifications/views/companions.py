"""Who accompanies a client to an appointment."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from scheduling import companions as coming_along
from scheduling import offers
from scheduling.caseloads import NotAColleague
from scheduling.models import Companion
from scheduling.selectors import appointments_booked_by_facility_of
from scheduling.views.common import say_refusal, signed_in
from sites.access import team_of
from sites.looking import note_look
from sites.models import LookKind
from sites.refusals import Refusal


@require_http_methods(["GET", "HEAD", "POST"])
def companions(request: HttpRequest, pk: int) -> HttpResponse:
    """Who comes along, and by POST somebody more (`dazu`) or less (`weg`); a fragment when htmx asks."""
    user = signed_in(request)
    visible = appointments_booked_by_facility_of(user).select_related("client__facility")
    appointment = get_object_or_404(visible, pk=pk)
    now = timezone.now()
    if request.method == "POST":
        command = coming_along.remove if "weg" in request.POST else coming_along.add
        key = request.POST.get("weg") or request.POST.get("dazu") or ""
        team = team_of([appointment.client.facility])
        if command is coming_along.remove:
            named = next((each.user for each in _of(pk) if str(each.user_id) == key), None)
        else:
            named = next((each for each in team if str(each.pk) == key), None)
        try:
            if named is None:
                raise NotAColleague
            command(appointment=appointment, user=named, by=user, now=now)
        except Refusal as refusal:
            say_refusal(request, refusal)
        return redirect("appointment", pk=pk)
    note_look(LookKind.APPOINTMENT, [appointment.client_id], named=False)
    can_change = offers.can_change(appointment, now=now)
    return render(
        request,
        "notifications/companions.html",
        {
            "appointment": appointment,
            "companions": _of(pk),
            "possible": list(coming_along.possible(appointment)) if can_change else [],
            "can_change": can_change,
        },
    )


def _of(pk: int) -> list[Companion]:
    return list(Companion.objects.filter(appointment=pk).select_related("user"))
