"""One consultation hour, and the day's list."""

import datetime
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from scheduling import history, offers, pages, publishing, selectors
from scheduling.months import Month
from scheduling.views.common import say_refusal, signed_in, today
from sites.access import Permission, permissions_at
from sites.looking import note_look
from sites.models import LookKind
from sites.refusals import Refusal


@require_safe
def hour(request: HttpRequest, pk: int) -> HttpResponse:
    """An hour with its slots; appointments only for those who may see them."""
    user = signed_in(request)
    now = timezone.now()
    found = get_object_or_404(selectors.with_slots(selectors.hours_visible_to(user), now=now), pk=pk)
    permissions = permissions_at(user, [found.site])[found.site_id]
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


@require_safe
def day(request: HttpRequest, day: str = "") -> HttpResponse:
    """The hours of a day at all my sites, slot by slot; today's without a date.

    `?datum=` is the date that somebody picked on the page; it leads to that day's own address.
    """
    if picked := _parse_date(request.GET.get("datum", "")):
        return redirect("day", day=picked.isoformat())
    shown = _parse_date(day) or today()
    hours = pages.hours_on(signed_in(request), shown, now=timezone.now())
    note_look(LookKind.DAY, [client for each in hours for client in each.named_clients], named=True)
    return render(
        request,
        "scheduling/day.html",
        {
            "day": shown,
            "hours": hours,
            "previous": shown - datetime.timedelta(days=1),
            "next": shown + datetime.timedelta(days=1),
            "is_today": shown == today(),
        },
    )


def _parse_date(text: str) -> datetime.date | None:
    try:
        parsed = datetime.date.fromisoformat(text)
    except ValueError:
        return None
    # Years that people plan in; the day before and after must exist too.
    return parsed if 2000 <= parsed.year <= 2100 else None
