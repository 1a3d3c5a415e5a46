"""Making published hours as their series has them now: who will be told how, then it happens.

Here and not in scheduling, which knows nothing of telling.
"""

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from notifications.foreseeing import Outcome, foresee_all
from scheduling import differences as differing
from scheduling.differences import Difference
from scheduling.models import ConsultationHour, ConsultationSeries
from scheduling.views.common import say_refusal, series_or_404, signed_in


@require_http_methods(["GET", "HEAD", "POST"])
def apply_differences(request: HttpRequest, pk: int) -> HttpResponse:
    """One hour (`hour`), or all that nothing stands in the way of. GET shows what it brings about; POST does
    it, for the hours and states that were shown (`gesehen`)."""
    user = signed_in(request)
    series = series_or_404(user, pk)
    now = timezone.now()
    if request.method != "POST":
        return _preview(request, series, now)
    chosen = _chosen(series, request.POST.getlist("gesehen"))
    applied, refusals = differing.apply_all(chosen=chosen, by=user, now=now)
    if applied:
        what = "Eine Sprechstunde ist" if applied == 1 else f"{applied} Sprechstunden sind"
        messages.success(request, f"{what} jetzt, wie die Reihe sie vorsieht.")
    for refusal in refusals:
        say_refusal(request, refusal)
    return redirect("series_differences", pk=pk)


def _preview(request: HttpRequest, series: ConsultationSeries, now: datetime) -> HttpResponse:
    found = differing.differences(series=series, now=now)
    key = request.GET.get("hour", "")
    chosen = [each for each in found if (each.key == key if key else each.goes_with_all)]
    if any(each.obstacle for each in chosen) or not chosen:
        # Somebody was faster; the list says what is in the way.
        return redirect("series_differences", pk=series.pk)
    context = {"series": series, "site": series.site, "entries": _entries(chosen, now)}
    return render(request, "notifications/adapting_preview.html", context)


def _entries(chosen: list[Difference], now: datetime) -> list[dict[str, object]]:
    outcomes = [Outcome(each.whole, each.wanted, each.shift, each.collisions) for each in chosen]
    return [
        {"difference": each, "foreseen": foreseen, "key": f"-{each.key}"}
        for each, foreseen in zip(chosen, foresee_all(outcomes, now=now), strict=True)
    ]


def _chosen(series: ConsultationSeries, seen: list[str]) -> list[tuple[ConsultationHour, str]]:
    """The hours of `series` among "key:state"; what is anything else was not shown."""
    states = dict(each.split(":", 1) for each in seen if ":" in each)
    hours = ConsultationHour.objects.filter(series=series).order_by("starts_at")
    return [(hour, states[str(hour.pk)]) for hour in hours if str(hour.pk) in states]
