"""One consultation hour, and the day's list."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from scheduling import history, offers, pages, publishing, selectors
from scheduling.hour_reading import visible_hour
from scheduling.months import Month
from scheduling.views.common import say_refusal, signed_in
from sites.access import Permission, permissions_at
from sites.looking import note_look
from sites.models import LookKind
from sites.refusals import Refusal


@require_safe
def hour(request: HttpRequest, pk: int) -> HttpResponse:
    """An hour with its slots; appointments only for those who may see them."""
    user = signed_in(request)
    now = timezone.now()
    found = visible_hour(user, pk, now=now)
    if found is None:
        raise Http404
    permissions = permissions_at(user, [found.site], held=user.held)[found.site_id]
    shown = pages.hour_shown(found, permissions, now=now)
    may_plan = Permission.PLAN_HOURS in permissions
    note_look(LookKind.HOUR, shown.named_clients, named=True)
    return render(
        request,
        "scheduling/hour.html",
        {
            "shown": shown,
            "hour": found,
            "month": Month.containing(found.local_date),
            "offers": offers.for_hour(found, shown.collisions, now=now) if may_plan else None,
            "may_view_appointments": Permission.VIEW_APPOINTMENTS in permissions,
            "history": history.read(found.changes.select_related("by").order_by("-pk"), found.zone),
        },
    )


Command = Callable[..., Any]


def _act(request: HttpRequest, pk: int, command: Command, done: str, **how: Any) -> HttpResponse:
    """Runs `command` on an hour that the user plans, and says what came of it."""
    user = signed_in(request)
    shown = get_object_or_404(selectors.hours_planned_by(user), pk=pk)
    try:
        command(hour=shown, by=user, now=timezone.now(), **how)
    except Refusal as refusal:
        say_refusal(request, refusal)
    else:
        messages.success(request, done)
    return redirect("hour", pk=pk)


@require_POST
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(
        request,
        pk,
        publishing.publish_hour,
        "Die Sprechstunde ist veröffentlicht. Die Einrichtung kann jetzt buchen.",
        despite_collisions=request.POST.get("trotzdem") == "ja",
    )


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(
        request,
        pk,
        publishing.withdraw,
        "Die Veröffentlichung ist zurückgenommen. Die Sprechstunde ist wieder ein Entwurf.",
    )


@require_POST
def skip(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, publishing.skip, "Die Sprechstunde fällt an diesem Tag aus.")


@require_POST
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, publishing.restore, "Die Sprechstunde ist wieder ein Entwurf.")
