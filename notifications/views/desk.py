"""The start page: for everybody their sites; for a facility's desk also what is free next and who comes."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from scheduling import desk, pages
from scheduling.offers import can_change
from scheduling.selectors import client_of_code, clients_visible_to, suggested_clients
from scheduling.views.common import signed_in
from sites.access import Permission, permissions_at
from sites.looking import note_look
from sites.models import LookKind


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """`?kuerzel=` is the client for whom a slot is looked for: it goes along to the form."""
    user, now = signed_in(request), timezone.now()
    held = user.held
    overview = pages.overview(user, held=held, now=now)
    may = permissions_at(user, [entry.site for entry in overview], held=held)
    sites = [entry.site for entry in overview if Permission.BOOK in may[entry.site.pk]]
    context: dict[str, object] = {"overview": overview}
    if sites:
        for_client = client_of_code(clients_visible_to(user).only("code"), request.GET.get("kuerzel", ""))
        today = desk.today_at(sites, now=now)
        note_look(LookKind.DAY, [each.client_id for each in today if each.client.name], named=True)
        context |= {
            "is_desk": True,
            "several_sites": len(sites) > 1,
            "groups": desk.next_slots(user, sites, now=now),
            "today": [(each, can_change(each, now=now)) for each in today],
            "for_client": for_client,
            "for_query": f"?kuerzel={for_client.code}" if for_client else "",
        }
    return render(request, "notifications/home.html", context)


@require_safe
def client_search(request: HttpRequest) -> HttpResponse:
    """A fragment: clients of my facilities who fit what was typed so far."""
    found = suggested_clients(clients_visible_to(signed_in(request)), request.GET.get("suche", ""))
    note_look(LookKind.SUGGESTIONS, [each.pk for each in found if each.name], named=True)
    return render(
        request,
        "notifications/client_search.html",
        {"clients": found, "typed": request.GET.get("suche", "").strip()},
    )
