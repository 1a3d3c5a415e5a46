"""Somebody comes without an appointment."""

import hashlib

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from scheduling import day_sheet, selectors, walk_in_queue, walk_ins
from scheduling.attending import Attendance, state_of
from scheduling.forms import WalkInForm, WhoForm
from scheduling.models import Client, ConsultationHour, WalkIn
from scheduling.views.common import say_refusal, sent, signed_in
from scheduling.walk_in_queue import Queue
from sites.access import Permission, permissions_at
from sites.looking import note_look
from sites.middleware import polled
from sites.models import LookKind, User
from sites.refusals import Refusal


@require_http_methods(["GET", "HEAD", "POST"])
def take_in(request: HttpRequest, pk: int) -> HttpResponse:
    """The form: anonymous or by pseudonym, waiting for open time or into a free slot.

    The day's page sends it with one tap for somebody anonymous who waits.
    """
    user = signed_in(request)
    hours = day_sheet.hours_attended_by(user).select_related("site__facility")
    hour = get_object_or_404(hours, pk=pk)
    knows_clients = Permission.BOOK in permissions_at(user, [hour.site])[hour.site_id]
    clients = selectors.clients_visible_to(user).filter(facility=hour.site.facility_id)
    form = WalkInForm(
        sent(request),
        clients=clients if knows_clients else Client.objects.none(),
        knows_clients=knows_clients,
        slots=walk_ins.free_slots_of(hour, now=timezone.now()),
        zone=hour.zone,
        number=walk_ins.next_number(hour),
    )
    if request.method == "POST" and form.is_valid() and _take_in(request, form, hour, user):
        return redirect(reverse("day", kwargs={"day": hour.local_date.isoformat()}) + f"#sprechstunde-{pk}")
    return render(request, "scheduling/take_in.html", {"hour": hour, "form": form})


@require_safe
def queue(request: HttpRequest, pk: int) -> HttpResponse:
    """Who waits for open time, in order, with how long they have been waiting."""
    shown, live, _ = _queue(request, pk)
    note_look(LookKind.DAY, shown.entry.named_clients, named=True)
    return render(request, "scheduling/walk_in_queue.html", {"queue": shown, "live": live})


@polled
@require_safe
def queue_live(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the queue's page that changes; nothing (204) while it is as in `?stand=`."""
    shown, live, fingerprint = _queue(request, pk)
    if fingerprint == request.GET.get("stand"):
        return HttpResponse(status=204)
    note_look(LookKind.DAY, shown.entry.named_clients, named=True)
    return HttpResponse(live)


def _queue(request: HttpRequest, pk: int) -> tuple[Queue, str, str]:
    """The queue, what changes of its page as HTML, and a fingerprint of what that shows."""
    now, token = timezone.now(), get_token(request)
    shown = walk_in_queue.queue_of(signed_in(request), pk, now=now)
    if shown is None:
        raise Http404
    context = {"queue": shown, "now": now, "csrf_token": token}
    rows = render_to_string("scheduling/walk_in_queue_rows.html", context, request)
    fingerprint = hashlib.sha256(rows.replace(token, "").encode()).hexdigest()[:16]
    context = {"queue": shown, "rows_html": rows, "fingerprint": fingerprint}
    return shown, render_to_string("scheduling/walk_in_queue_live.html", context, request), fingerprint


@require_safe
def ticket(request: HttpRequest, pk: int) -> HttpResponse:
    """The number to hand out. Nothing else is on it: whoever finds it learns nothing."""
    walk_in = get_object_or_404(day_sheet.walk_ins_attended_by(signed_in(request)), pk=pk)
    return render(request, "scheduling/walk_in_ticket.html", {"walk_in": walk_in, "zone": walk_in.hour.zone})


def _take_in(request: HttpRequest, form: WalkInForm, hour: ConsultationHour, by: User) -> bool:
    try:
        taken = walk_ins.take_in(
            hour=hour,
            number=form.cleaned_data["number"],
            client=form.cleaned_data["client"],
            slot=form.cleaned_data["slot"],
            by=by,
            now=timezone.now(),
        )
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return False
    if isinstance(taken, WalkIn):
        messages.success(request, f"Nr. {taken.number} ist eingetragen.")
    else:
        messages.success(request, f"{taken.client} ist eingetragen und angekommen.")
    return True


@require_http_methods(["GET", "HEAD", "POST"])
def name_walk_in(request: HttpRequest, pk: int) -> HttpResponse:
    """Who somebody is that walked in: by pseudonym, or with `neu` somebody who was never here before."""
    user = signed_in(request)
    walk_in = get_object_or_404(day_sheet.walk_ins_named_by(user), pk=pk)
    is_new = "neu" in request.POST
    clients = selectors.clients_visible_to(user).filter(facility=walk_in.hour.site.facility_id)
    form = WhoForm(None if is_new else sent(request), clients=clients)
    if is_new or form.is_valid():
        client = None if is_new else form.cleaned_data["code"]
        if _name(request, walk_in, client, user):
            return redirect(_after_naming(walk_in))
    day_url = _day_url(walk_in)
    context = {"walk_in": walk_in, "number": str(walk_in.number), "form": form, "day_url": day_url}
    return render(request, "scheduling/name_walk_in.html", context)


def _name(request: HttpRequest, walk_in: WalkIn, client: Client | None, by: User) -> bool:
    try:
        named = walk_ins.name_client(walk_in=walk_in, client=client, by=by, now=timezone.now())
    except Refusal as refusal:
        say_refusal(request, refusal)
        return False
    done = "ist eingetragen" if client else "ist neu angelegt und eingetragen"
    messages.success(request, f"Nr. {named.number}: {named.client} {done}.")
    return True


def _after_naming(walk_in: WalkIn) -> str:
    """On to what follows, if that is what the name was wanted for."""
    if state_of(walk_in) is Attendance.DONE and not walk_in.next_step:
        return reverse("what_next_walk_in", kwargs={"pk": walk_in.pk})
    return _day_url(walk_in)


def _day_url(walk_in: WalkIn) -> str:
    day = walk_in.hour.local_date.isoformat()
    return reverse("day", kwargs={"day": day}) + f"#{day_sheet.row_key(walk_in)}"
