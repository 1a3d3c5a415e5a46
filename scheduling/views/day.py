"""The day: its sheet on screen and on paper, and the taps on it."""

import dataclasses
import datetime
import hashlib
from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from scheduling import attending, day_sheet
from scheduling.attending import Attendance
from scheduling.models import Appointment, ConsultationHour, WalkIn
from scheduling.views.common import say_refusal, signed_in, today
from sites.looking import note_look
from sites.middleware import polled
from sites.models import LookKind
from sites.refusals import Refusal


@require_safe
def day(request: HttpRequest, day: str = "") -> HttpResponse:
    """The hours of a day at all my sites, slot by slot; today's without a date.

    `?datum=` is the date that somebody picked on the page; it leads to that day's own address.
    """
    if picked := _parse_date(request.GET.get("datum", "")):
        return redirect("day", day=picked.isoformat())
    shown = _parse_date(day) or today()
    return render(
        request,
        "scheduling/day.html",
        {
            "day": shown,
            "live": _render(request, shown).shown(),
            "previous": shown - datetime.timedelta(days=1),
            "next": shown + datetime.timedelta(days=1),
            "is_today": shown == today(),
        },
    )


@polled
@require_safe
def live(request: HttpRequest, day: str) -> HttpResponse:
    """The part of the day's page that changes; nothing (204) while it is as in `?stand=`."""
    shown = _parse_date(day)
    if shown is None:
        raise Http404
    found = _render(request, shown)
    if found.fingerprint == request.GET.get("stand"):
        return HttpResponse(status=204)
    return HttpResponse(found.shown())


@require_safe
def paper(request: HttpRequest, pk: int) -> HttpResponse:
    """The sheet of one hour to print, with nothing on it that the clinic may not see."""
    shown = day_sheet.hour_on_paper(signed_in(request), pk, now=timezone.now())
    if shown is None:
        raise Http404
    note_look(LookKind.DAY, shown.named_clients, named=True)
    return render(request, "scheduling/day_paper.html", {"entry": shown, "now": timezone.now()})


@require_POST
def mark_appointment(request: HttpRequest, pk: int) -> HttpResponse:
    appointments = day_sheet.appointments_attended_by(signed_in(request))
    appointment = get_object_or_404(appointments, pk=pk)
    return _mark(request, appointment, appointment.slot.hour, f"termin-{pk}")


@require_POST
def mark_walk_in(request: HttpRequest, pk: int) -> HttpResponse:
    walk_in = day_sheet.walk_ins_attended_by(signed_in(request)).filter(pk=pk).first()
    if walk_in is None and "zurueck" in request.POST:
        # The second tap on «Zurücknehmen»: the first took the walk-in away.
        return _back(request, today(), f"ohne-termin-{pk}")
    if walk_in is None:
        raise Http404
    return _mark(request, walk_in, walk_in.hour, f"ohne-termin-{pk}")


def _mark(
    request: HttpRequest, entry: Appointment | WalkIn, hour: ConsultationHour, key: str
) -> HttpResponse:
    """`nach` is where the client is now, or `zurueck` takes back; `von` is where the page showed them.

    With `reihe` the way leads back to the queue of the hour.
    """
    by, now = signed_in(request), timezone.now()
    seen = _attendance(request.POST.get("von", ""))
    to = _attendance(request.POST.get("nach", ""))
    command: Callable[[], Any]
    if seen is None or (to is None and "zurueck" not in request.POST):
        raise Http404
    if to is None:
        command = lambda: attending.undo(entry=entry, seen=seen, by=by, now=now)  # noqa: E731
    else:
        command = lambda: attending.mark(entry=entry, to=to, seen=seen, by=by, now=now)  # noqa: E731
    refused = _carry_out(request, command)
    if "reihe" in request.POST:
        return redirect(reverse("walk_in_queue", kwargs={"pk": hour.pk}) + f"#{key}")
    # Of somebody who is not named nothing is asked at once: mostly nothing follows.
    if not refused and to is Attendance.DONE and entry.client_id is not None:
        return _go_to(request, reverse(day_sheet.next_page(entry), kwargs={"pk": entry.pk}))
    return _back(request, hour.local_date, key, refused=refused)


@require_POST
def late(request: HttpRequest, pk: int) -> HttpResponse:
    """The hour runs `minuten` behind."""
    by, now = signed_in(request), timezone.now()
    hour = get_object_or_404(day_sheet.hours_attended_by(by).select_related("site__facility"), pk=pk)
    typed = request.POST.get("minuten", "")
    minutes = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 5 else -1
    refused = _carry_out(request, lambda: attending.run_late(hour=hour, minutes=minutes, by=by, now=now))
    return _back(request, hour.local_date, f"sprechstunde-{pk}", refused=refused)


# -- the part that changes ----------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class _Live:
    """The changing part as HTML, a fingerprint of what it shows, and who is named in it."""

    html: str
    fingerprint: str
    named: list[int]

    def shown(self) -> str:
        """The HTML, for an answer that is sent now: who sees it is noted."""
        note_look(LookKind.DAY, self.named, named=True)
        return self.html


def _render(request: HttpRequest, day: datetime.date, notice: tuple[str, str] = ("", "")) -> _Live:
    """`notice` is the key of a row and what a tap on it was refused for."""
    token = get_token(request)
    hours = day_sheet.hours_on(signed_in(request), day, now=timezone.now())
    context = {
        "day": day,
        "hours": hours,
        "csrf_token": token,
        "notice_key": notice[0],
        "notice": notice[1],
    }
    html = render_to_string("scheduling/day_hours.html", context, request)
    fingerprint = hashlib.sha256(html.replace(token, "").encode()).hexdigest()[:16]
    context = {"day": day, "hours_html": html, "fingerprint": fingerprint}
    return _Live(
        render_to_string("scheduling/day_live.html", context, request),
        fingerprint,
        [client for hour in hours for client in hour.named_clients],
    )


def _carry_out(request: HttpRequest, command: Callable[[], Any]) -> str:
    """Why the command was refused, or nothing. Without htmx the next page says it."""
    try:
        command()
    except Refusal as refusal:
        if not request.htmx:  # type: ignore[attr-defined]
            say_refusal(request, refusal)
        return str(refusal)
    return ""


def _back(request: HttpRequest, day: datetime.date, key: str, *, refused: str = "") -> HttpResponse:
    """The day as it is now, at the row that was tapped."""
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(_render(request, day, (key, refused)).shown())
    return redirect(reverse("day", kwargs={"day": day.isoformat()}) + f"#{key}")


def _go_to(request: HttpRequest, address: str) -> HttpResponse:
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)  # type: ignore[attr-defined]


def _attendance(text: str) -> Attendance | None:
    return Attendance(text) if text in {each.value for each in Attendance} else None


def _parse_date(text: str) -> datetime.date | None:
    try:
        parsed = datetime.date.fromisoformat(text)
    except ValueError:
        return None
    # Years that people plan in; the day before and after must exist too.
    return parsed if 2000 <= parsed.year <= 2100 else None
