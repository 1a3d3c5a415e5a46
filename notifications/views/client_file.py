"""Changing what is known of a client, noticing doubles, and merging two records."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from notifications import merging, reaching
from notifications.client_form import ClientForm
from notifications.forms import SuspendForm
from scheduling import clients as files
from scheduling.models import Client, SuspendReason
from scheduling.selectors import clients_visible_to
from scheduling.views.common import say_refusal, sent, signed_in, today_at
from sites.looking import note_look
from sites.models import LookKind
from sites.refusals import Refusal


@require_http_methods(["GET", "HEAD", "POST"])
def edit_client(request: HttpRequest, pk: int) -> HttpResponse:
    """The form of all fields. Who comes second is shown what changed; likely doubles are asked about once."""
    user = signed_in(request)
    shown = get_object_or_404(clients_visible_to(user).select_related("facility"), pk=pk)
    today = today_at(shown.facility)
    form = ClientForm(sent(request), client=shown, today=today)
    context: dict[str, Any] = {"client": shown}
    if request.method == "POST" and form.is_valid():
        context["doubles"] = _doubles(form, shown)
        seen = " ".join(str(each.pk) for each in context["doubles"])
        context["seen"] = seen
        if not context["doubles"] or request.POST.get("gesehen") == seen:
            try:
                reaching.change_client(
                    client=shown,
                    version=form.cleaned_data["version"],
                    values=form.values,
                    phone_verified=form.cleaned_data["phone_verified"],
                    by=user,
                    now=timezone.now(),
                )
            except files.ClientChanged as refusal:
                context["changed"] = refusal.current
                context["differences"] = form.differences(refusal.current)
                form = form.rebased(refusal.current, today=today)
            except files.BirthDateImpossible as refusal:
                form.add_error("birth_date", str(refusal))
            else:
                messages.success(request, "Die Angaben sind gespeichert.")
                return redirect("client", pk=pk)
    note_look(LookKind.EDITING, [pk], named=True)
    return render(request, "notifications/client_edit.html", {**context, "form": form})


def _doubles(form: ClientForm, shown: Client) -> list[Client]:
    """Whom the facility has already with what was typed anew."""
    data = form.cleaned_data
    named = {"name", "birth_date"} & set(form.changed_data)
    return files.doubles(
        shown.facility.clients.exclude(pk=shown.pk),
        name=data["name"] if named else "",
        birth_date=data["birth_date"],
        phone=data["phone"] if "phone" in form.changed_data else "",
    )


@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: HttpRequest, pk: int, other: int) -> HttpResponse:
    """Both records side by side; by POST the second becomes part of the first."""
    user = signed_in(request)
    mine = clients_visible_to(user).select_related("facility")
    keep = get_object_or_404(mine, pk=pk)
    double = get_object_or_404(mine.filter(facility=keep.facility).exclude(pk=pk), pk=other)
    if request.method == "POST":
        try:
            merging.merge_clients(keep=keep, other=double, by=user, now=timezone.now())
        except Refusal as refusal:
            say_refusal(request, refusal)
            return redirect("merge_clients", pk=pk, other=other)
        messages.success(
            request, f"Beide Einträge sind jetzt einer: {keep}. Auch {double} findet ihn weiterhin."
        )
        return redirect("client", pk=pk)
    note_look(LookKind.COMPARISON, [pk, other], named=True)
    return render(request, "notifications/client_merge.html", {"client": keep, "other": double})


@require_http_methods(["GET", "HEAD", "POST"])
def suspend_phone(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks why nothing shall be sent to the number any more; by POST nothing is."""
    user = signed_in(request)
    shown = get_object_or_404(clients_visible_to(user), pk=pk)
    form = SuspendForm(sent(request), initial={"number": shown.phone})
    if request.method == "POST" and form.is_valid():
        try:
            files.suspend_phone(
                client=shown,
                number=form.cleaned_data["number"],
                reason=SuspendReason(form.cleaned_data["reason"]),
                by=user,
                now=timezone.now(),
            )
        except files.NumberChanged as refusal:
            say_refusal(request, refusal)
        else:
            messages.success(request, "Die Nummer ruht. Es gehen keine SMS mehr dorthin.")
        return redirect("client", pk=pk)
    return render(request, "notifications/suspend_phone.html", {"client": shown, "form": form})


@require_POST
def resume_phone(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    shown = get_object_or_404(clients_visible_to(user), pk=pk)
    reaching.resume_phone(client=shown, by=user, now=timezone.now())
    messages.success(request, "Die Nummer wird wieder verwendet.")
    return redirect("client", pk=pk)
