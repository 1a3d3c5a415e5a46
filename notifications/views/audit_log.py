"""«Protokoll»: who changed what, and who looked at which client."""

import datetime
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from notifications.audit import reading
from notifications.audit.reading import LogPage, Wanted
from scheduling.models import Client
from scheduling.views.common import signed_in
from sites import history
from sites.access import LogScope, log_scope_of
from sites.forms import DateInput
from sites.looking import note_look
from sites.models import Facility, LookKind, User

NOT_A_DATE = "Bitte geben Sie ein Datum an, zum Beispiel 24.12.2026."


class LogFilter(forms.Form):
    """What to see of the log. Nothing is required."""

    marks_optional = False

    kuerzel = forms.CharField(
        label="Kürzel", required=False, max_length=12, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    person = forms.ModelChoiceField(
        label="Person", required=False, queryset=User.objects.none(), empty_label="alle"
    )
    art = forms.ChoiceField(label="Was", required=False, choices=[("", "alles"), *reading.KINDS])
    tag = forms.DateField(
        label="Tag", required=False, widget=DateInput, error_messages={"invalid": NOT_A_DATE}
    )

    def __init__(self, data: QueryDict, *, people: QuerySet[User], of_clients: bool) -> None:
        super().__init__(data)
        self.use_required_attribute = False
        self.fields["person"].queryset = people  # type: ignore[attr-defined]
        if not of_clients:
            del self.fields["kuerzel"]
            self.fields["art"].choices = [("", "alles"), *reading.KINDS[2:4]]  # type: ignore[attr-defined]

    @property
    def code(self) -> str:
        return str(self.cleaned_data.get("kuerzel", ""))

    def wanted(self, clients: list[int] | None = None) -> Wanted:
        data = self.cleaned_data
        day: datetime.date | None = data.get("tag")
        if day and not 2000 <= day.year <= 2100:
            day = datetime.date(2000, 1, 1)  # there is no log of that time
        return Wanted(
            kind=data.get("art", ""),
            person=data["person"].pk if data.get("person") else None,
            day=day,
            clients=clients,
        )


@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """The log of what I lead: a facility, with clients; a clinic's hours and people; the network's roles."""
    scope = _scope(signed_in(request))
    people = history.people_in(scope)
    form = LogFilter(request.GET, people=people, of_clients=bool(scope.facilities))
    zone = _zone(scope)
    shown = LogPage()
    if form.is_valid():
        clients = reading.keys_with_code(scope.facilities, form.code) if form.code else None
        before = request.GET.get("vor", "")
        shown = reading.log_of_places(scope, form.wanted(clients), before=before, zone=zone)
    return _answer(request, shown, {"form": form, "zone": zone})


@require_safe
def client_log(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything that was done with the file of one client, and who saw it; for the lead."""
    scope = _scope(signed_in(request))
    client = get_object_or_404(
        Client.objects.filter(facility__in=scope.facilities).select_related("facility"), pk=pk
    )
    form = LogFilter(request.GET, people=history.people_in(scope), of_clients=True)
    del form.fields["kuerzel"]
    zone = client.facility.zone
    shown = LogPage()
    if form.is_valid():
        before = request.GET.get("vor", "")
        shown = reading.log_of_client(client, form.wanted(), before=before, zone=zone)
    return _answer(request, shown, {"form": form, "client": client, "zone": zone})


def _scope(user: User) -> LogScope:
    scope = log_scope_of(user)
    if scope.is_empty:
        raise Http404
    return scope


def _zone(scope: LogScope) -> ZoneInfo:
    """The facility's, if it is one's only; else the project's."""
    only = Facility.objects.filter(pk__in=scope.facilities).first() if len(scope.facilities) == 1 else None
    return only.zone if only else ZoneInfo(timezone.get_default_timezone_name())


def _answer(request: HttpRequest, shown: LogPage, context: dict[str, object]) -> HttpResponse:
    note_look(LookKind.LOG, shown.named, named=True)
    return render(request, "notifications/log.html", {**context, "shown": shown})
