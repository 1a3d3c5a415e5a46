"""The worklist, and what came of the things on it."""

from collections.abc import Callable

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from notifications.models import WorkMark
from notifications.worklist import marking, reading
from notifications.worklist.reading import Entry
from notifications.worklist.sources import OF_KIND
from scheduling.models import Client
from scheduling.selectors import clients_visible_to
from scheduling.views.common import say_refusal, signed_in
from sites.looking import note_look
from sites.models import LookKind, User
from sites.refusals import Refusal

ON_A_PAGE = 15
GONE = "Das ist nicht mehr nötig: Der Grund dafür ist inzwischen weggefallen, oder es ist schon erledigt."


@require_safe
def worklist(request: HttpRequest) -> HttpResponse:
    """What is to be done, the most urgent first; of one kind, or what I took, if asked for."""
    user = signed_in(request)
    found = reading.entries(user, now=timezone.now())
    kind, mine = request.GET.get("art", ""), request.GET.get("meine") == "ja"
    client = request.GET.get("klientin", "")
    chosen = [
        each
        for each in found
        if kind in ("", each.item.kind)
        and client in ("", str(each.item.client_id))
        and (not mine or each.claimed_by == user)
    ]
    page = Paginator([each for each in chosen if not each.is_resting], ON_A_PAGE).get_page(
        request.GET.get("seite")
    )
    resting = [each for each in chosen if each.is_resting][:ON_A_PAGE]
    rows = reading.rows(user, [*page, *resting])
    note_look(LookKind.WORKLIST, [each.client.pk for each in rows if each.is_named], named=True)
    return render(
        request,
        "notifications/worklist.html",
        {
            "page": page,
            "rows": [each for each in rows if not each.entry.is_resting],
            "resting": [each for each in rows if each.entry.is_resting],
            "counts": reading.counts(found),
            "kind": kind if kind in OF_KIND else "",
            "mine": mine,
            "query": request.GET.urlencode(),
        },
    )


@require_safe
def worklist_counts(request: HttpRequest) -> HttpResponse:
    """How much there is of each kind, as a part of the start page."""
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("worklist")
    found = reading.entries(signed_in(request), now=timezone.now())
    return render(request, "notifications/worklist_counts.html", {"counts": reading.counts(found)})


@require_POST
def mark_work(request: HttpRequest, pk: int, kind: str, subject: int) -> HttpResponse:
    """One of STEPS on one thing, of the client with that key."""
    user = signed_in(request)
    client = get_object_or_404(clients_visible_to(user), pk=pk)
    step = STEPS.get(request.POST.get("schritt", ""))
    if kind not in OF_KIND or step is None:
        raise Http404
    command, done = step
    seen = request.POST.get("stand", "")
    entry = reading.entry_of(
        user,
        client,
        kind=kind,
        subject=subject,
        instance=request.POST.get("anlass", ""),
        now=timezone.now(),
    )
    if entry is None:
        _say_gone(request, client, kind, subject)
    else:
        try:
            command(entry, int(seen) if seen.isdecimal() else 0, user)
        except Refusal as refusal:
            say_refusal(request, refusal)
        else:
            messages.success(request, done.format(client=client))
    return redirect(_back(request))


def _say_gone(request: HttpRequest, client: Client, kind: str, subject: int) -> None:
    """Who did it meanwhile, if somebody did."""
    key = {"client": client, "kind": kind, "subject": subject, "instance": request.POST.get("anlass", "")}
    mark = WorkMark.objects.filter(**key, done_at__isnull=False).select_related("done_by").first()
    if mark is not None and mark.done_by is not None:
        say_refusal(request, marking.WorkDone(mark.done_by))
    else:
        messages.warning(request, GONE)


def _back(request: HttpRequest) -> str:
    """The list as it was chosen."""
    chosen = {name: request.POST[name] for name in ("art", "meine", "seite") if request.POST.get(name)}
    return reverse("worklist") + (f"?{urlencode(chosen)}" if chosen else "")


Step = Callable[[Entry, int, User], WorkMark]

STEPS: dict[str, tuple[Step, str]] = {
    "uebernehmen": (
        lambda entry, seen, user: marking.claim(item=entry.item, by=user, now=timezone.now()),
        "Übernommen: {client}. Die anderen sehen, dass Sie sich darum kümmern.",
    ),
    "zurueckgeben": (
        lambda entry, seen, user: marking.give_back(item=entry.item, by=user, now=timezone.now()),
        "Zurückgegeben: {client}. Jetzt kann es jemand anders übernehmen.",
    ),
    "erledigt": (
        lambda entry, seen, user: marking.finish(item=entry.item, by=user, now=timezone.now()),
        "Erledigt: {client}.",
    ),
    "nicht-erreicht": (
        lambda entry, seen, user: marking.note_not_reached(
            item=entry.item, seen=seen, by=user, now=timezone.now()
        ),
        "Notiert: {client} war nicht zu erreichen und kommt später wieder auf die Liste.",
    ),
}
