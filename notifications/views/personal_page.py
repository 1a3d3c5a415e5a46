"""«Persönlich Bescheid sagen»: the list, and what came of it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from notifications import personal
from scheduling.views.common import say_refusal, signed_in
from sites.looking import note_look
from sites.models import LookKind
from sites.refusals import Refusal


@require_safe
def personal_notices(request: HttpRequest) -> HttpResponse:
    waiting = list(personal.waiting_for(signed_in(request)))
    clients = [notice.appointment.client for notice in waiting]
    note_look(LookKind.NOTICES, [each.pk for each in clients if each.name or each.phone], named=True)
    return render(request, "notifications/personal_notices.html", {"waiting": waiting})


@require_POST
def told_in_person(request: HttpRequest, pk: int) -> HttpResponse:
    return _settle(request, pk, reached=True, done="Notiert: {client} weiß Bescheid.")


@require_POST
def not_reached(request: HttpRequest, pk: int) -> HttpResponse:
    return _settle(
        request, pk, reached=False, done="Notiert: {client} war nicht zu erreichen und bleibt auf der Liste."
    )


def _settle(request: HttpRequest, pk: int, *, reached: bool, done: str) -> HttpResponse:
    user = signed_in(request)
    notice = get_object_or_404(personal.of_facilities(user), pk=pk)
    try:
        personal.settle(notice=notice, reached=reached, by=user, now=timezone.now())
    except Refusal as refusal:
        say_refusal(request, refusal)
    else:
        messages.success(request, done.format(client=notice.appointment.client))
    return redirect("personal_notices")
