"""The facility's day and week at a glance, to look at and to print."""

import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from notifications import team_plan as plan
from scheduling.views.common import signed_in, today, today_at
from sites.looking import note_look
from sites.models import LookKind


@require_safe
def team_plan(request: HttpRequest) -> HttpResponse:
    """`?tag=2026-12-09` (today, if missing), `?ansicht=woche`; names only with `?namen=ja`, since the sheet
    lies on tables."""
    user = signed_in(request)
    facilities = plan.facilities_of(user)
    current = today_at(facilities[0]) if facilities else today()
    span = plan.Span.of(_day(request.GET.get("tag", ""), current), week=request.GET.get("ansicht") == "woche")
    with_names = request.GET.get("namen") == "ja"
    days = plan.read(user, span, with_names=with_names)
    if with_names:
        note_look(LookKind.WEEK, plan.clients_in(days), named=True)
    return render(
        request,
        "notifications/team_plan.html",
        {
            "span": span,
            "days": days,
            "today": current,
            "facilities": facilities,
            "several_facilities": len(facilities) > 1,
            "with_names": with_names,
            "before": span.plus(-1),
            "after": span.plus(1),
            "zone": facilities[0].zone if facilities else None,
            "now": timezone.now(),
        },
    )


def _day(typed: str, current: datetime.date) -> datetime.date:
    try:
        day = datetime.date.fromisoformat(typed)
    except ValueError:
        return current
    return day if 2000 <= day.year <= 2100 else current
