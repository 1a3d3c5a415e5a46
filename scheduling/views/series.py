"""A site's series: looking, making, changing, with a preview while one types; and how far the site plans."""

import dataclasses
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from scheduling import differences as differing
from scheduling import planning, reviewing
from scheduling.models import ConsultationSeries
from scheduling.planning_forms import (
    AheadForm,
    LineForm,
    LineFormSet,
    Offer,
    SeriesForm,
    first_plan,
    initial_of,
    line_forms,
    more_line_forms,
    offer_at,
)
from scheduling.reviewing import DayToCome
from scheduling.seen import ChangedMeanwhile
from scheduling.series_reading import planned_series
from scheduling.views.common import sent, series_or_404, signed_in, today
from sites.access import Permission, site_or_404
from sites.models import Site
from sites.refusals import Refusal


@dataclasses.dataclass(frozen=True)
class Preview:
    """The next days of what is typed, or why there are none yet."""

    words: str = ""
    days: tuple[DayToCome, ...] = ()
    refusal: str = ""

    @property
    def unclear(self) -> int:
        return sum(1 for day in self.days if day.collisions)


@require_safe
def series_list(request: HttpRequest, site: str) -> HttpResponse:
    place = site_or_404(signed_in(request), Permission.PLAN_HOURS, site)
    return render(
        request, "scheduling/series_list.html", {"site": place, "entries": reviewing.series_at(place)}
    )


@require_http_methods(["GET", "HEAD", "POST"])
def new_series(request: HttpRequest, site: str) -> HttpResponse:
    user = signed_in(request)
    place = site_or_404(user, Permission.PLAN_HOURS, site)
    offer = offer_at(place)
    plan = first_plan(offer, user, today(place))
    form, lines = _forms(request, offer, plan)
    if _is_complete(request, form, lines):
        try:
            _, drafts = planning.create_series(
                site=place, plan=form.plan(lines.lines), by=user, now=timezone.now()
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"Die Reihe ist angelegt. {_drafted(len(drafts))}")
            return _to_drafts(place)
    preview = _shown_first(request, place, None, plan, form, lines)
    return _show_form(request, place, None, form, lines, preview)


@require_http_methods(["GET", "HEAD", "POST"])
def series(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    shown = series_or_404(user, pk)
    plan = planning.plan_of(shown)
    form, lines = _forms(request, offer_at(shown.site, shown.psychiatrist_id), plan)
    state = request.POST.get("gesehen", "")
    if _is_complete(request, form, lines):
        now = timezone.now()
        try:
            adapted = planning.change_series(
                series=shown,
                plan=form.plan(lines.lines),
                by=user,
                now=now,
                shown=request.POST.get("gesehen"),
            )
        except ChangedMeanwhile as refusal:
            form.add_error(None, str(refusal))
            state = ""
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"Die Reihe ist geändert. {_followed(adapted)}")
            if differing.differences(series=adapted.series, now=now):
                return redirect("series_differences", pk=pk)
            return _to_drafts(shown.site)
    preview = _shown_first(request, shown.site, shown, plan, form, lines)
    return _show_form(request, shown.site, shown, form, lines, preview, state or planning.state_of(plan))


@require_safe
def series_preview(request: HttpRequest, site: str) -> HttpResponse:
    """The next twelve days of what the form holds now: a part of its page."""
    user = signed_in(request)
    place = site_or_404(user, Permission.PLAN_HOURS, site)
    changed = None
    if (key := request.GET.get("reihe", "")).isascii() and key.isdigit() and len(key) < 18:
        changed = planned_series(user, int(key))
        changed = changed if changed and changed.site_id == place.pk else None
    offer = offer_at(place, *([changed.psychiatrist_id] if changed else []))
    form = SeriesForm(request.GET, offer=offer)
    lines = line_forms(LineForm, data=request.GET)
    return render(
        request, "scheduling/series_preview.html", {"preview": _preview(place, changed, form, lines)}
    )


def _forms(
    request: HttpRequest, offer: Offer, plan: planning.SeriesPlan | None
) -> tuple[SeriesForm, LineFormSet]:
    """The forms as they were sent; with what was typed and more lines; or as `plan` is."""
    if _wants_more_lines(request):
        typed: dict[str, Any] = dict(request.POST.items())
        return SeriesForm(initial=typed, offer=offer), more_line_forms(LineForm, request.POST)
    if request.method == "POST":
        return SeriesForm(request.POST, offer=offer), line_forms(LineForm, data=request.POST)
    initial = initial_of(plan) if plan else None
    return SeriesForm(initial=initial, offer=offer), line_forms(LineForm, lines=plan.lines if plan else ())


def _wants_more_lines(request: HttpRequest) -> bool:
    return request.method == "POST" and "mehr" in request.POST


def _is_complete(request: HttpRequest, form: SeriesForm, lines: LineFormSet) -> bool:
    # Both, so that all errors are shown together.
    return request.method == "POST" and form.is_bound and all([form.is_valid(), lines.is_valid()])


def _show_form(
    request: HttpRequest,
    site: Site,
    series: ConsultationSeries | None,
    form: SeriesForm,
    lines: LineFormSet,
    preview: Preview,
    seen: str = "",
) -> HttpResponse:
    return render(
        request,
        "scheduling/series_form.html",
        {
            "site": site,
            "series": series,
            "form": form,
            "seen": seen,
            "lines": lines,
            "lines_wrong": lines.is_bound and not lines.is_valid(),
            "preview": preview,
        },
    )


def _as_typed(form: SeriesForm, lines: LineFormSet) -> tuple[SeriesForm, LineFormSet]:
    """The forms as if they had been sent as they are shown."""
    data = QueryDict(mutable=True)
    for each in [form, *lines.forms, lines.management_form]:
        for bound in each:
            value = bound.value()
            if value is not None and value is not False:
                data[bound.html_name] = str(value)
    return SeriesForm(data, offer=form.offer), line_forms(LineForm, data=data)


def _shown_first(
    request: HttpRequest,
    site: Site,
    series: ConsultationSeries | None,
    plan: planning.SeriesPlan | None,
    form: SeriesForm,
    lines: LineFormSet,
) -> Preview:
    """The preview that a page comes with: of `plan`, or of what was sent, also if it was refused."""
    if request.method != "POST":
        return _days_of(site, series, plan) if plan else Preview()
    return _preview(site, series, *_as_typed(form, lines))


def _preview(site: Site, series: ConsultationSeries | None, form: SeriesForm, lines: LineFormSet) -> Preview:
    if not all([form.is_valid(), lines.is_valid()]):
        return Preview()
    return _days_of(site, series, form.plan(lines.lines))


def _days_of(site: Site, series: ConsultationSeries | None, plan: planning.SeriesPlan) -> Preview:
    try:
        planning.check(site, plan)
    except Refusal as refusal:
        return Preview(words=plan.recurrence.in_words, refusal=str(refusal))
    days = reviewing.days_to_come(site, plan, now=timezone.now(), series=series)
    return Preview(plan.recurrence.in_words, tuple(days))


# -- published hours that differ ----------------------------------------------------------------------


@require_safe
def series_differences(request: HttpRequest, pk: int) -> HttpResponse:
    shown = series_or_404(signed_in(request), pk)
    found = differing.differences(series=shown, now=timezone.now())
    return render(
        request,
        "scheduling/series_differences.html",
        {
            "site": shown.site,
            "series": shown,
            "plan": planning.plan_of(shown),
            "differences": found,
            "with_all": sum(1 for each in found if each.goes_with_all),
        },
    )


# -- how far ahead ------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def planning_settings(request: HttpRequest, site: str) -> HttpResponse:
    user = signed_in(request)
    place = site_or_404(user, Permission.PLAN_HOURS, site)
    form = AheadForm(sent(request), instance=place)
    if request.method == "POST" and form.is_valid():
        try:
            drafts = planning.look_ahead(site=place, by=user, now=timezone.now(), **form.cleaned_data)
        except Refusal as refusal:
            form.add_error("remind_days_ahead", str(refusal))
        else:
            added = f" {_drafted(len(drafts))}" if drafts else ""
            messages.success(request, f"Die Einstellungen sind gespeichert.{added}")
            return redirect("series_list", site=place.slug)
    return render(request, "scheduling/planning_settings.html", {"site": place, "form": form})


def _to_drafts(site: Site) -> HttpResponseRedirect:
    return HttpResponseRedirect(f"{reverse('drafts')}?standort={site.slug}")


def _drafted(count: int) -> str:
    if not count:
        return "Neue Entwürfe sind dadurch nicht entstanden."
    if count == 1:
        return "Eine Sprechstunde ist als Entwurf angelegt."
    return f"{count} Sprechstunden sind als Entwurf angelegt."


def _followed(adapted: planning.Adapted) -> str:
    counts = (
        (adapted.changed, "geändert"),
        (adapted.added, "neu"),
        (adapted.skipped, "ausgelassen"),
    )
    said = ", ".join(f"{count} {what}" for count, what in counts if count)
    return f"Entwürfe: {said}." if said else "An den Entwürfen ändert sich nichts."
