"""Whom somebody looks after, and handing them over."""

from collections.abc import Sequence

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from notifications import caseload_pages
from notifications.worklist import reading
from scheduling import caseloads
from scheduling.models import Client
from scheduling.selectors import clients_visible_to
from scheduling.views.common import say_refusal, signed_in
from sites.access import Permission, places_of, team_of
from sites.looking import note_look
from sites.models import LookKind, User
from sites.refusals import Refusal

ON_A_PAGE = 25
NOBODY = "niemand"


@require_http_methods(["GET", "HEAD", "POST"])
def caseload(request: HttpRequest) -> HttpResponse:
    """The clients whom I look after, or a colleague (`?person=`), or nobody; by POST they are handed over."""
    user = signed_in(request)
    team = list(team_of(places_of(user.held, Permission.BOOK).facilities))
    owner = _owner(request, user, team)
    mine = caseload_pages.of(user, owner)
    if request.method == "POST":
        chosen = mine if request.POST.get("wen") == "alle" else _ticked(request, user)
        _hand_over(request, list(chosen), owner, team)
        return redirect(_address(user, owner))
    now = timezone.now()
    page = Paginator(mine, ON_A_PAGE).get_page(request.GET.get("seite"))
    work = reading.open_of_clients(user, now=now)
    note_look(LookKind.CASELOAD, [each.pk for each in page if each.name], named=True)
    return render(
        request,
        "notifications/caseload.html",
        {
            "page": page,
            "rows": caseload_pages.rows(page, open_work=work, now=now),
            "owner": owner,
            "is_own": owner == user,
            "nobody": NOBODY,
            "team": team,
            "others": [each for each in team if each != owner],
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def client_caseload(request: HttpRequest, pk: int) -> HttpResponse:
    """Who looks after one client; by POST somebody else does."""
    user = signed_in(request)
    visible = clients_visible_to(user).select_related("facility", "caseload_of")
    client = get_object_or_404(visible, pk=pk)
    team = list(team_of([client.facility]))
    if request.method == "POST":
        done = _hand_over(request, [client], _named(request.POST.get("von"), team), team)
        return redirect("client" if done else "client_caseload", pk=pk)
    note_look(LookKind.EDITING, [client.pk], named=bool(client.name))
    owner = next((each for each in team if each == client.caseload_of), None)
    return render(
        request,
        "notifications/client_caseload.html",
        {"client": client, "owner": owner, "others": [each for each in team if each != owner]},
    )


def _hand_over(request: HttpRequest, clients: list[Client], owner: User | None, team: list[User]) -> bool:
    """Hands `clients`, as they were shown with `owner`, to whom was chosen, and says what came of it."""
    to = _named(request.POST.get("an"), team)
    if to is None:
        say_refusal(request, caseloads.NotAColleague())
        return False
    try:
        handed = caseloads.hand_over(
            clients=clients, former=owner, to=to, by=signed_in(request), now=timezone.now()
        )
    except Refusal as refusal:
        say_refusal(request, refusal)
        return False
    many = f"{handed[0]} ist" if len(handed) == 1 else f"{len(handed)} Klient:innen sind"
    messages.success(request, f"{many} übergeben. Zuständig ist jetzt {to}, auch für die kommenden Termine.")
    return True


def _ticked(request: HttpRequest, user: User) -> Sequence[Client]:
    keys = [int(key[:15]) for key in request.POST.getlist("klientin") if key.isdecimal()]
    return list(clients_visible_to(user).filter(pk__in=keys))


def _owner(request: HttpRequest, user: User, team: list[User]) -> User | None:
    """Whose clients are shown: mine, where nobody else of the team is named."""
    named = request.POST.get("von") if request.method == "POST" else request.GET.get("person")
    return None if named == NOBODY else _named(named, team) or user


def _named(key: str | None, team: list[User]) -> User | None:
    return next((each for each in team if str(each.pk) == key), None)


def _address(user: User, owner: User | None) -> str:
    if owner == user:
        return reverse("caseload")
    return f"{reverse('caseload')}?{urlencode({'person': owner.pk if owner else NOBODY})}"
