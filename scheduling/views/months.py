"""A site's months: looking, proposing, publishing."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from scheduling import month_reading, pages, publishing
from scheduling.forms import MonthForm
from scheduling.months import Month
from scheduling.views.common import neighbour, requested_month, say_refusal, signed_in, today
from sites.access import Permission, permissions_at, site_or_404
from sites.models import Site
from sites.refusals import Refusal


@require_safe
def month(request: HttpRequest, site: str) -> HttpResponse:
    """One month of a site, as a list or as a grid."""
    user = signed_in(request)
    place = site_or_404(user, Permission.VIEW_HOURS, site)
    permissions = permissions_at(user, [place], held=user.held)[place.pk]
    shown = requested_month(request, place)
    now = timezone.now()
    entries = pages.month_at(place, shown, permissions, now=now)
    as_grid = request.GET.get("ansicht") == "raster"
    return render(
        request,
        "scheduling/month.html",
        {
            "site": place,
            "month": shown,
            "previous": neighbour(shown, -1),
            "next": neighbour(shown, 1),
            "today": today(place),
            "entries": entries,
            "as_grid": as_grid,
            "weeks": pages.weeks_of(shown, entries) if as_grid else [],
            "may_plan": Permission.PLAN_HOURS in permissions,
            "may_book": Permission.BOOK in permissions,
            "is_over": shown.bounds(place.zone)[1] <= now,
            "can_publish": any(entry.can_publish for entry in entries),
            "has_drafts": any(entry.is_draft_to_come for entry in entries),
        },
    )


@require_safe
def months(request: HttpRequest) -> HttpResponse:
    """One month at all my sites, or at those chosen with `?standort=`: the list, and the grid beside it."""
    user = signed_in(request)
    now = timezone.now()
    marks = month_reading.marks(user, now=now)
    wanted = request.GET.getlist("standort")
    chosen = [mark for mark in marks if mark.site.slug in wanted] or marks
    shown = requested_month(request, chosen[0].site if chosen else None)
    entries = month_reading.month_of_sites(chosen, shown, now=now)
    return render(
        request,
        "scheduling/months.html",
        {
            "marks": marks,
            "chosen": chosen,
            "month": shown,
            "previous": neighbour(shown, -1),
            "next": neighbour(shown, 1),
            "today": today(chosen[0].site if chosen else None),
            "entries": entries,
            "weeks": pages.weeks_of(shown, entries),
            "waiting": sum(mark.waiting for mark in marks),
        },
    )


@require_safe
def propose_preview(request: HttpRequest, site: str) -> HttpResponse:
    """What proposing the month would draft, before anything is written."""
    place = site_or_404(signed_in(request), Permission.PLAN_HOURS, site)
    shown = requested_month(request, place)
    try:
        planned = publishing.plan_month(sites=[place], month=shown, now=timezone.now())
    except Refusal as refusal:
        say_refusal(request, refusal)
        return _to_month(place, shown)
    return render(
        request,
        "scheduling/propose.html",
        {
            "site": place,
            "month": shown,
            "previous": neighbour(shown, -1),
            "next": neighbour(shown, 1),
            "planned": pages.planned(planned),
        },
    )


@require_POST
def propose(request: HttpRequest, site: str) -> HttpResponse:
    user = signed_in(request)
    place = site_or_404(user, Permission.PLAN_HOURS, site)
    form = MonthForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(form.errors["month"][0]))
        return redirect("month", site=place.slug)
    chosen = form.cleaned_data["month"]
    try:
        hours = publishing.propose_month(sites=[place], month=chosen, by=user, now=timezone.now())
    except Refusal as refusal:
        say_refusal(request, refusal)
        return _to_month(place, chosen)
    if hours:
        messages.success(request, _drafted(len(hours)))
    else:
        messages.info(request, "Für diesen Monat gibt es nichts Neues vorzuschlagen.")
    return _to_month(place, chosen)


@require_POST
def publish(request: HttpRequest, site: str) -> HttpResponse:
    user = signed_in(request)
    place = site_or_404(user, Permission.PLAN_HOURS, site)
    form = MonthForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(form.errors["month"][0]))
        return redirect("month", site=place.slug)
    chosen = form.cleaned_data["month"]
    try:
        result = publishing.publish_month(sites=[place], month=chosen, by=user, now=timezone.now())
    except Refusal as refusal:
        say_refusal(request, refusal)
        return _to_month(place, chosen)
    if result.hours:
        messages.success(request, _published(len(result.hours)))
    if result.held_back:
        messages.warning(request, _held_back(len(result.held_back)))
    if not result.hours and not result.held_back:
        messages.info(request, "In diesem Monat gibt es keinen Entwurf zu veröffentlichen.")
    return _to_month(place, chosen)


def _to_month(site: Site, shown: Month) -> HttpResponseRedirect:
    address = reverse("month", kwargs={"site": site.slug})
    return HttpResponseRedirect(f"{address}?{urlencode({'monat': str(shown)})}")


def _drafted(count: int) -> str:
    if count == 1:
        return (
            "Eine Sprechstunde ist als Entwurf angelegt. Bitte prüfen Sie sie und veröffentlichen Sie dann."
        )
    return (
        f"{count} Sprechstunden sind als Entwurf angelegt. Bitte prüfen Sie sie und veröffentlichen Sie dann."
    )


def _published(count: int) -> str:
    if count == 1:
        return "Eine Sprechstunde ist veröffentlicht. Die Einrichtung kann jetzt buchen."
    return f"{count} Sprechstunden sind veröffentlicht. Die Einrichtung kann jetzt buchen."


def _held_back(count: int) -> str:
    if count == 1:
        return "Eine Sprechstunde bleibt Entwurf, weil etwas dagegen spricht. Bitte entscheiden Sie dort."
    return f"{count} Sprechstunden bleiben Entwurf, weil etwas dagegen spricht. Bitte entscheiden Sie dort."
