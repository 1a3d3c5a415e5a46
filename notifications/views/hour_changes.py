"""Changing a published hour: a form, then who will be told how, then it happens.

Here and not in scheduling, which knows nothing of telling.
"""

import dataclasses
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from notifications.foreseeing import foresee
from scheduling import cancelling, disruptions, rehousing, selectors, substituting
from scheduling.disruptions import HourChangedMeanwhile, Whole
from scheduling.hour_forms import CancelHourForm, MoveHourForm, ResizeHourForm, SubstituteForm
from scheduling.models import ChangeKind, ConsultationHour, HourCancelReason
from scheduling.templatetags.wall_clock import day_and_clock
from scheduling.views.common import say_refusal, sent, signed_in
from sites.models import User
from sites.refusals import Refusal

PREVIEW, DO, BACK = "vorschau", "ausfuehren", "aendern"


@dataclasses.dataclass(frozen=True)
class Action:
    """One way to change an hour. `after` is the hour that it would make, unsaved; both raise Refusals."""

    kind: ChangeKind
    title: str
    do_label: str
    form: Callable[[QueryDict | None, Whole], forms.Form]
    after: Callable[[Whole, dict[str, Any], datetime], ConsultationHour | None]
    do: Callable[[ConsultationHour, dict[str, Any], str, User, datetime], str]
    is_danger: bool = False


@require_http_methods(["GET", "HEAD", "POST"])
def cancel_hour(request: HttpRequest, pk: int) -> HttpResponse:
    return _change(request, pk, CANCEL)


@require_http_methods(["GET", "HEAD", "POST"])
def move_hour(request: HttpRequest, pk: int) -> HttpResponse:
    return _change(request, pk, MOVE)


@require_http_methods(["GET", "HEAD", "POST"])
def resize_hour(request: HttpRequest, pk: int) -> HttpResponse:
    return _change(request, pk, RESIZE)


@require_http_methods(["GET", "HEAD", "POST"])
def substitute_hour(request: HttpRequest, pk: int) -> HttpResponse:
    return _change(request, pk, SUBSTITUTE)


def _change(request: HttpRequest, pk: int, action: Action) -> HttpResponse:
    user = signed_in(request)
    now = timezone.now()
    hour = get_object_or_404(selectors.hours_planned_by(user), pk=pk)
    try:
        whole = disruptions.look(hour, now=now)
    except Refusal as refusal:
        say_refusal(request, refusal)
        return redirect("hour", pk=pk)
    form = action.form(sent(request), whole)
    context = {"hour": whole.hour, "zone": whole.hour.zone, "action": action, "form": form, "whole": whole}
    if request.method != "POST" or not form.is_valid() or request.POST.get("schritt") == BACK:
        return render(request, "notifications/hour_change.html", context)
    try:
        if request.POST.get("schritt") == DO:
            seen = request.POST.get("gesehen", "")
            messages.success(request, action.do(hour, form.cleaned_data, seen, user, now))
            return redirect("hour", pk=pk)
        return _preview(request, context, now)
    except HourChangedMeanwhile as refusal:
        context["changed"] = str(refusal)
        return _preview_again(request, context, now)
    except rehousing.AppointmentsDontFit as refusal:
        context["too_much"] = refusal.appointments
        form.add_error(None, str(refusal))
    except Refusal as refusal:
        form.add_error(None, str(refusal))
    return render(request, "notifications/hour_change.html", context)


def _preview(request: HttpRequest, context: dict[str, Any], now: datetime) -> HttpResponse:
    whole, action, form = context["whole"], context["action"], context["form"]
    after = action.after(whole, form.cleaned_data, now)
    context["foreseen"] = foresee(whole, after, now=now)
    return render(request, "notifications/hour_preview.html", context)


def _preview_again(request: HttpRequest, context: dict[str, Any], now: datetime) -> HttpResponse:
    """After something changed meanwhile, perhaps just now."""
    try:
        context["whole"] = disruptions.look(context["hour"], now=now)
        return _preview(request, context, now)
    except Refusal as refusal:
        say_refusal(request, refusal)
        return redirect("hour", pk=context["hour"].pk)


# -- cancelling ----------------------------------------------------------------------------------------


def _replacement(whole: Whole, data: dict[str, Any], now: datetime) -> ConsultationHour | None:
    day = data["replacement_date"]
    if not day:
        return None
    replacement = cancelling.replacement_of(whole, day, now=now)
    _refuse_others(whole, replacement)
    return replacement


def _refuse_others(whole: Whole, after: ConsultationHour) -> None:
    if codes := disruptions.others_at(whole.appointments, after.starts_at - whole.hour.starts_at):
        raise disruptions.ClientsElsewhere(codes)


def _cancel(hour: ConsultationHour, data: dict[str, Any], seen: str, by: User, now: datetime) -> str:
    done = cancelling.cancel_hour(
        hour=hour,
        reason=HourCancelReason(data["reason"]),
        replacement_date=data["replacement_date"],
        seen=seen,
        by=by,
        now=now,
    )
    count = len(done.appointments)
    text = "Die Sprechstunde ist abgesagt."
    if done.replacement is not None:
        when = day_and_clock(done.replacement.starts_at, hour.zone)
        text = f"Die Sprechstunde ist abgesagt und auf {when} verlegt."
    if not count:
        return text
    return f"{text} {'Eine Klient:in bekommt' if count == 1 else f'{count} Klient:innen bekommen'} Bescheid."


# -- moving, resizing, handing over --------------------------------------------------------------------


def _moved(whole: Whole, data: dict[str, Any], now: datetime) -> ConsultationHour:
    after = rehousing.moved(whole, now=now, **data)
    _refuse_others(whole, after)
    return after


def _move(hour: ConsultationHour, data: dict[str, Any], seen: str, by: User, now: datetime) -> str:
    moved = rehousing.move_hour(hour=hour, seen=seen, by=by, now=now, **data)
    when = day_and_clock(moved.starts_at, moved.zone)
    return f"Die Sprechstunde ist verlegt: {when}, {moved.room}."


def _resized(whole: Whole, data: dict[str, Any], now: datetime) -> ConsultationHour:
    plan = rehousing.resized(whole, now=now, **data)
    if plan.too_much:
        raise rehousing.AppointmentsDontFit(plan.too_much)
    return plan.hour


def _resize(hour: ConsultationHour, data: dict[str, Any], seen: str, by: User, now: datetime) -> str:
    rehousing.resize_hour(hour=hour, seen=seen, by=by, now=now, **data)
    return "Beginn und Ende der Sprechstunde sind geändert."


def _substitute_form(data: QueryDict | None, whole: Whole) -> SubstituteForm:
    return SubstituteForm(data, colleagues=substituting.free_colleagues(whole.hour))


def _substituted(whole: Whole, data: dict[str, Any], now: datetime) -> ConsultationHour:
    return substituting.held_by(whole.hour, data["psychiatrist"])


def _substitute(hour: ConsultationHour, data: dict[str, Any], seen: str, by: User, now: datetime) -> str:
    substituting.substitute(hour=hour, psychiatrist=data["psychiatrist"], seen=seen, by=by, now=now)
    return f"{data['psychiatrist']} übernimmt die Sprechstunde."


CANCEL = Action(
    ChangeKind.HOUR_CANCELLED,
    "Sprechstunde absagen",
    "Absagen und Bescheid geben",
    lambda data, whole: CancelHourForm(data),
    _replacement,
    _cancel,
    is_danger=True,
)
MOVE = Action(
    ChangeKind.HOUR_MOVED,
    "Sprechstunde verlegen",
    "Verlegen und Bescheid geben",
    lambda data, whole: MoveHourForm(data, hour=whole.hour),
    _moved,
    _move,
)
RESIZE = Action(
    ChangeKind.HOUR_RESIZED,
    "Beginn und Ende ändern",
    "Ändern und Bescheid geben",
    lambda data, whole: ResizeHourForm(data, hour=whole.hour),
    _resized,
    _resize,
)
SUBSTITUTE = Action(
    ChangeKind.HOUR_SUBSTITUTED,
    "Vertretung",
    "Übergeben und Bescheid geben",
    _substitute_form,
    _substituted,
    _substitute,
)
