"""Drafts that wait: answering with one click, changing one, dividing an hour anew, publishing."""

import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from scheduling import drafts as answers
from scheduling import publishing, rearranging, reviewing, selectors
from scheduling.models import ConsultationHour, HourStatus
from scheduling.months import Month
from scheduling.planning_forms import DraftForm, HourLineForm, LineFormSet, line_forms, more_line_forms
from scheduling.seen import ChangedMeanwhile
from scheduling.views.common import neighbour, say_refusal, sent, signed_in
from sites.access import Permission, sites_of
from sites.models import Room, Site, User
from sites.refusals import Refusal


@require_safe
def drafts(request: HttpRequest) -> HttpResponse:
    """All drafts at the sites that I plan; `?standort=` and `?monat=` narrow them."""
    user = signed_in(request)
    planned = sites_of(user.held, Permission.PLAN_HOURS)
    sites = list(Site.objects.filter(planned).select_related("facility"))
    site = next((each for each in sites if each.slug == request.GET.get("standort")), None)
    month = _month(request.GET.get("monat", ""))
    review = reviewing.drafts_waiting([site] if site else sites, now=timezone.now(), month=month)
    return render(
        request,
        "scheduling/drafts.html",
        {
            "sites": sites,
            "site": site,
            "month": month,
            "previous": neighbour(month, -1) if month else None,
            "next": neighbour(month, 1) if month else None,
            "review": review,
            "several_sites": len(sites) > 1,
        },
    )


@require_POST
def answer_draft(request: HttpRequest, pk: int) -> HttpResponse:
    """One click on a draft: skip, earlier, later, another room, publish."""
    user = signed_in(request)
    hour = get_object_or_404(selectors.hours_planned_by(user), pk=pk)
    try:
        messages.success(request, _answer(request, hour, user))
    except Refusal as refusal:
        say_refusal(request, refusal)
    return _back(request)


def _answer(request: HttpRequest, hour: ConsultationHour, user: User) -> str:
    """Does what was clicked and says what came of it. Raises Refusal."""
    now = timezone.now()
    match request.POST.get("antwort"):
        case "auslassen":
            publishing.skip(hour=hour, by=user, now=now)
            return f"{_named(hour)} fällt aus."
        case "frueher":
            return _shifted(request, hour, -1)
        case "spaeter":
            return _shifted(request, hour, 1)
        case "raum":
            room = get_object_or_404(Room, pk=_key(request.POST.get("raum", "")))
            answers.change_draft(hour=hour, room=room, by=user, now=now)
            return f"{_named(hour)} ist jetzt in «{room}»."
        case "trotzdem":
            publishing.publish_hour(hour=hour, by=user, now=now, despite_collisions=True)
        case "veroeffentlichen":
            publishing.publish_hour(hour=hour, by=user, now=now)
        case _:
            raise Http404
    return f"{_named(hour)} ist veröffentlicht. Die Einrichtung kann jetzt buchen."


@require_POST
def publish_drafts(request: HttpRequest) -> HttpResponse:
    """Publishes the drafts that the page showed as clear, as far as they still are."""
    user = signed_in(request)
    keys = [_key(each) for each in request.POST.getlist("hour")[:1000]]
    hours = list(selectors.hours_planned_by(user).filter(pk__in=keys))
    result = publishing.publish_drafts(hours=hours, by=user, now=timezone.now())
    count = len(result.hours)
    if count:
        what = "Eine Sprechstunde ist" if count == 1 else f"{count} Sprechstunden sind"
        messages.success(request, f"{what} veröffentlicht. Die Einrichtung kann jetzt buchen.")
    if result.held_back:
        messages.warning(
            request,
            "Gegen manche Entwürfe spricht inzwischen etwas: Sie sind nicht veröffentlicht. "
            "Bitte entscheiden Sie dort.",
        )
    if not count and not result.held_back:
        messages.info(request, "Es gibt keinen Entwurf mehr zu veröffentlichen.")
    return _back(request)


@require_http_methods(["GET", "HEAD", "POST"])
def change_draft(request: HttpRequest, pk: int) -> HttpResponse:
    """Another day, time, room or psychiatrist for a draft."""
    user = signed_in(request)
    hour = get_object_or_404(_editable(user), pk=pk)
    if hour.status != HourStatus.DRAFT:
        say_refusal(request, publishing.HourNotDraft())
        return redirect("hour", pk=pk)
    form = DraftForm(sent(request), hour=hour)
    state = request.POST.get("gesehen", "")
    if request.method == "POST" and form.is_valid():
        try:
            changed = answers.change_draft(
                hour=hour,
                by=user,
                now=timezone.now(),
                shown=request.POST.get("gesehen"),
                **form.cleaned_data,
            )
        except ChangedMeanwhile as refusal:
            form.add_error(None, str(refusal))
            state = ""
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            day = date_format(changed.local_date, "l, j. F Y")
            messages.success(request, f"Der Entwurf ist geändert, er steht jetzt am {day}.")
            return _to_drafts(changed.site)
    shown = reviewing.draft_shown(hour, now=timezone.now())
    return render(
        request,
        "scheduling/change_draft.html",
        {"hour": hour, "shown": shown, "form": form, "seen": state or answers.state_of(hour)},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def rearrange(request: HttpRequest, pk: int) -> HttpResponse:
    """How one hour is divided: types, lengths, pauses, blocked slots."""
    user = signed_in(request)
    hour = get_object_or_404(_editable(user), pk=pk)
    try:
        rearranging.refuse_fixed(hour, now=timezone.now())
    except Refusal as refusal:
        say_refusal(request, refusal)
        return redirect("hour", pk=pk)
    lines = _lines(request, hour)
    errors: list[str] = []
    state = request.POST.get("gesehen", "")
    if request.method == "POST" and lines.is_bound and lines.is_valid():
        try:
            rearranging.rearrange(
                hour=hour,
                lines=lines.lines,
                by=user,
                now=timezone.now(),
                shown=request.POST.get("gesehen"),
            )
        except ChangedMeanwhile as refusal:
            errors, state = [str(refusal)], ""
        except Refusal as refusal:
            errors = [str(refusal)]
        else:
            messages.success(request, "Die Zeitfenster sind geändert.")
            return redirect("hour", pk=pk)
    return render(
        request,
        "scheduling/rearrange.html",
        {
            "hour": hour,
            "lines": lines,
            "lines_wrong": lines.is_bound and not lines.is_valid(),
            "errors": errors,
            "seen": state or rearranging.state_of(hour),
            "minutes": int((hour.ends_at - hour.starts_at).total_seconds()) // 60,
            "taken": hour.slots.filter(state__in=rearranging.TAKEN).order_by("starts_at"),
        },
    )


def _editable(user: User) -> Any:
    return selectors.hours_planned_by(user).select_related("site__facility", "psychiatrist", "room")


def _lines(request: HttpRequest, hour: ConsultationHour) -> LineFormSet:
    if request.method != "POST":
        return line_forms(HourLineForm, lines=rearranging.current_lines(hour))
    if "mehr" in request.POST:
        return more_line_forms(HourLineForm, request.POST)
    return line_forms(HourLineForm, data=request.POST)


def _back(request: HttpRequest) -> HttpResponseRedirect:
    """To the list as it was narrowed."""
    narrowed = {name: request.POST.get(name, "") for name in ("standort", "monat")}
    # No address may get longer than a browser follows.
    kept = {name: value for name, value in narrowed.items() if 0 < len(value) <= 100}
    return HttpResponseRedirect(reverse("drafts") + (f"?{urlencode(kept)}" if kept else ""))


def _to_drafts(site: Site) -> HttpResponseRedirect:
    return HttpResponseRedirect(f"{reverse('drafts')}?{urlencode({'standort': site.slug})}")


def _month(text: str) -> Month | None:
    try:
        return Month.parse(text)
    except ValueError:
        return None


def _key(text: str) -> int:
    """The key that was sent; one that nothing has, for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0


def _named(hour: ConsultationHour) -> str:
    day = date_format(hour.local_date, "l, j. F Y")
    return f"Die Sprechstunde am {day}"


def _shifted(request: HttpRequest, hour: ConsultationHour, weeks: int) -> str:
    """`tag` is the day from which the page offered to move."""
    shown = _day(request.POST.get("tag", "")) or hour.local_date
    moved = answers.shift(hour=hour, weeks=weeks, by=signed_in(request), now=timezone.now(), from_date=shown)
    before, after = (date_format(day, "l, j. F Y") for day in (shown, moved.local_date))
    return f"Die Sprechstunde am {before} ist jetzt am {after}."


def _day(text: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return None
