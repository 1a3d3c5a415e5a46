"""What a facility answers for: telling clients what is kept of them, and forgetting them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from notifications.forms import ConfirmErasureForm
from notifications.retention import erasing, purging
from notifications.retention.exporting import Export, export_client
from scheduling.models import Client
from scheduling.selectors import clients_answered_for_by, clients_visible_to
from scheduling.views.common import say_refusal, sent, signed_in
from sites.looking import note_look
from sites.models import LookKind, User
from sites.refusals import Refusal

MOST_SHOWN = 500


@require_safe
def client_export(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything that is kept, as a page to read and print."""
    export = _export(signed_in(request), pk)
    return render(
        request,
        "notifications/client_export.html",
        {"client": export.client, "export": export, "zone": export.zone},
    )


@require_safe
def client_export_json(request: HttpRequest, pk: int) -> HttpResponse:
    """The same as a file for programs."""
    export = _export(signed_in(request), pk)
    response = HttpResponse(export.json, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{export.file_name}.json"'
    return response


def _export(user: User, pk: int) -> Export:
    client = _client(user, pk)
    export = export_client(client=client, now=timezone.now())
    note_look(LookKind.EXPORT, [client.pk], named=True)
    return export


@require_http_methods(["GET", "HEAD", "POST"])
def erase_client(request: HttpRequest, pk: int) -> HttpResponse:
    """Says what happens; by POST, with the pseudonym typed, it begins."""
    user = signed_in(request)
    client = _client(user, pk)
    form = ConfirmErasureForm(sent(request), code=client.code)
    if request.method == "POST" and form.is_valid():
        try:
            erasing.request_erasure(client=client, by=user, now=timezone.now())
        except Refusal as refusal:
            say_refusal(request, refusal)
        else:
            # Names nobody: it may wait in the browser until somebody reads it.
            messages.success(
                request,
                "Kommende Termine sind abgesagt. Sobald alle Bescheid haben, spätestens in 24 Stunden, ist "
                "alles gelöscht, was zu der Person führt.",
            )
        return redirect("clients")
    coming = erasing.coming_appointments(client, now=timezone.now())
    return render(
        request,
        "notifications/erase_client.html",
        {"client": client, "zone": client.facility.zone, "form": form, "coming": coming},
    )


@require_safe
def clients_expiring(request: HttpRequest) -> HttpResponse:
    """Whose time ends soon, so that whoever comes back can be booked before."""
    user, now = signed_in(request), timezone.now()
    found = purging.expiring(clients_visible_to(user).select_related("facility"), now=now)[: MOST_SHOWN + 1]
    rows = [
        {
            "client": client,
            "zone": client.facility.zone,
            "last_at": client.last_at,  # type: ignore[attr-defined]
            "goes_at": purging.goes_at(client, now=now),
        }
        for client in found
    ]
    return render(
        request,
        "notifications/clients_expiring.html",
        {"rows": rows[:MOST_SHOWN], "more": len(rows) > MOST_SHOWN},
    )


def _client(user: User, pk: int) -> Client:
    mine = clients_answered_for_by(user).select_related("facility", "created_by", "changed_by")
    return get_object_or_404(mine, pk=pk)
