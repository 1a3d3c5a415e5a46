"""The waiting list at the desk: who is next and why, what was offered, and the answers."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from notifications.selectors import messages_about_offer
from scheduling import insurance, offering, waiting, waiting_lists
from scheduling.insurance import DespiteInsurance
from scheduling.models import AppointmentType, ClosedReason, OfferState
from scheduling.selectors import clients_visible_to
from scheduling.views.common import say_refusal, sent, signed_in
from scheduling.waiting_forms import CloseForm, DespiteForm, OfferMinutesForm, WaitForm, WishesForm
from sites.access import Permission, permissions_at, site_or_404, sites_for
from sites.looking import note_look
from sites.models import LookKind
from sites.refusals import Refusal

ON_A_PAGE = 25


@require_safe
def waiting_list(request: HttpRequest) -> HttpResponse:
    """Offers to be answered, and one of the lists (`?liste=standort.art`) in its order."""
    user = signed_in(request)
    found = waiting_lists.read(user, now=timezone.now())
    lists, offers = found.lists, found.offers
    shown = next((each for each in lists if each.key == request.GET.get("liste")), next(iter(lists), None))
    page = Paginator(shown.rows if shown else [], ON_A_PAGE).get_page(request.GET.get("seite"))
    waiters = found.waiters(page, start=page.start_index())
    entries = [*(each.entry for each in waiters), *(each.entry for each in offers)]
    waiting_lists.read_names(entries)
    may = permissions_at(user, found.sites.values(), held=user.held)
    note_look(LookKind.LIST, [each.client_id for each in entries if each.client.name], named=True)
    return render(
        request,
        "notifications/waiting_list.html",
        {
            "lists": lists,
            "shown": shown,
            "page": page,
            "waiters": waiters,
            "offers": offers,
            "lead_sites": [
                each for each in found.sites.values() if Permission.ANSWER_FOR_CLIENTS in may[each.pk]
            ],
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def wait(request: HttpRequest) -> HttpResponse:
    """Puts a client on the list; `?kuerzel=` fills in the pseudonym."""
    user = signed_in(request)
    clients = clients_visible_to(user).select_related("facility")
    sites = list(sites_for(user, Permission.BOOK))
    if not sites:
        raise Http404
    picked = request.GET.get("kuerzel", "")
    known = clients.filter(code=picked.upper()).first() if picked else None
    if known is not None:
        sites = [site for site in sites if site.facility_id == known.facility_id]
    form = WaitForm(sent(request), sites=sites, clients=clients, picked=picked)
    if request.method == "POST" and form.is_valid():
        site = form.chosen[0]
        try:
            entry = waiting.add(
                client=form.cleaned_data["code"],
                site=site,
                appointment_type=AppointmentType(form.cleaned_data["appointment_type"]),
                wishes=form.wishes(site),
                by=user,
                now=timezone.now(),
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{entry.client} steht auf der Warteliste.")
            return redirect("waiting_entry", pk=entry.pk)
    return render(request, "notifications/wait.html", {"form": form})


@require_safe
def waiting_entry(request: HttpRequest, pk: int) -> HttpResponse:
    """Where one stands and why, what they were offered, and who was preferred for what reason."""
    user, now = signed_in(request), timezone.now()
    entry = get_object_or_404(waiting.entries_of(user), pk=pk)
    offers, passes = waiting.history_of(entry)
    found = waiting_lists.read(user, now=now)
    note_look(LookKind.LIST, [entry.client_id], named=bool(entry.client.name))
    return render(
        request,
        "notifications/waiting_entry.html",
        {
            "entry": entry,
            "zone": entry.site.zone,
            "places": found.places_of(entry),
            "also_at": waiting.also_at(entry),
            "offers": offers,
            "passes": passes,
            "standing": next((each for each in found.offers if each.entry == entry), None),
            "form": CloseForm(),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def change_waiting(request: HttpRequest, pk: int) -> HttpResponse:
    """Other wishes. Who comes second is shown what the first saved."""
    user = signed_in(request)
    entry = get_object_or_404(waiting.entries_of(user), pk=pk)
    sites = list(sites_for(user, Permission.BOOK).filter(facility=entry.client.facility_id))
    form = WishesForm(sent(request), sites=sites, entry=entry)
    if request.method == "POST" and form.is_valid():
        try:
            waiting.change(
                entry=entry,
                version=form.cleaned_data["version"],
                wishes=form.wishes(entry.site),
                by=user,
                now=timezone.now(),
            )
        except waiting.EntryChanged as refusal:
            form = WishesForm(sites=sites, entry=refusal.current)
            say_refusal(request, refusal)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Gespeichert.")
            return redirect("waiting_entry", pk=pk)
    return render(request, "notifications/wait.html", {"form": form, "entry": entry})


@require_POST
def close_waiting(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    entry = get_object_or_404(waiting.entries_of(user), pk=pk)
    form = CloseForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Bitte wählen Sie einen Grund.")
        return redirect("waiting_entry", pk=pk)
    try:
        reason = ClosedReason(form.cleaned_data["reason"])
        waiting.close(entry=entry, reason=reason, by=user, now=timezone.now())
    except Refusal as refusal:
        say_refusal(request, refusal)
        return redirect("waiting_entry", pk=pk)
    messages.success(request, f"{entry.client} wartet nicht mehr.")
    return redirect("waiting_list")


# -- offers -------------------------------------------------------------------------------------------


@require_safe
def offer(request: HttpRequest, pk: int) -> HttpResponse:
    """What is offered to whom until when, who was told, and the two buttons."""
    user, now = signed_in(request), timezone.now()
    shown = get_object_or_404(waiting.offers_to(user), pk=pk)
    is_live = waiting.standing_for(user, now=now).filter(pk=pk).exists()
    note_look(LookKind.MESSAGES, [shown.entry.client_id], named=bool(shown.entry.client.name))
    context = {"offer": shown, "zone": shown.site.zone, "is_live": is_live}
    context["told"] = messages_about_offer(shown)
    context["ended"] = "" if is_live else _ended(shown.state)
    if is_live and insurance.is_missing_at(shown.site, shown.entry.client, shown.starts_at, now=now):
        context["despite"] = DespiteForm()
    return render(request, "notifications/offer.html", context)


def _ended(state: str) -> str:
    """Of an offer that nobody has closed yet the clock says that it is over."""
    known = OfferState.EXPIRED if state == OfferState.STANDING else OfferState(state)
    return str(known.label)


@require_POST
def accept_offer(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    shown = get_object_or_404(waiting.offers_to(user), pk=pk)
    try:
        despite = request.POST.get("despite", "")
        reason = DespiteInsurance(despite) if despite in DespiteInsurance.values else None
        appointment = offering.accept_at_desk(offer=shown, despite=reason, by=user, now=timezone.now())
    except Refusal as refusal:
        say_refusal(request, refusal)
        return redirect("offer", pk=pk)
    messages.success(request, f"Der Termin für {shown.entry.client} ist gebucht.")
    return redirect("appointment", pk=appointment.pk)


@require_POST
def decline_offer(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    shown = get_object_or_404(waiting.offers_to(user), pk=pk)
    try:
        offering.decline(offer=shown, by=user, now=timezone.now())
    except Refusal as refusal:
        say_refusal(request, refusal)
        return redirect("offer", pk=pk)
    messages.success(request, f"Abgelehnt. Das Zeitfenster geht weiter, {shown.entry.client} wartet weiter.")
    return redirect("waiting_list")


@require_http_methods(["GET", "HEAD", "POST"])
def offer_minutes(request: HttpRequest, site: str) -> HttpResponse:
    """How long offers of a site stand; for who answers for the facility."""
    place = site_or_404(signed_in(request), Permission.ANSWER_FOR_CLIENTS, site)
    form = OfferMinutesForm(sent(request), instance=place)
    if request.method == "POST" and form.is_valid():
        offering.set_minutes(site=place, minutes=form.cleaned_data["offer_minutes"])
        messages.success(request, "Gespeichert. Das gilt für Angebote ab jetzt.")
        return redirect("waiting_list")
    return render(request, "notifications/offer_minutes.html", {"site": place, "form": form})
