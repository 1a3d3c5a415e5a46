"""Releases from secrecy, and the sheets that clients sign or that stood when they agreed."""

import datetime

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from notifications.consent_texts import ConsentText, consent_text, release_text
from scheduling import releases
from scheduling.languages import Language
from scheduling.models import Client, ReleaseScope
from scheduling.models.releases import GivenBy
from scheduling.selectors import clients_visible_to
from scheduling.views.common import sent, signed_in, today_at
from sites.forms import DateInput
from sites.looking import note_look
from sites.models import Clinic, LookKind, User
from sites.refusals import Refusal

BLANK = "____________"


class ReleaseForm(forms.Form):
    """Towards whom, how much, until when."""

    clinic = forms.ModelChoiceField(label="Klinik", queryset=Clinic.objects.none(), empty_label=None)
    scope = forms.ChoiceField(label="Was die Klinik erfahren darf", choices=ReleaseScope.choices)
    ends_date = forms.DateField(
        label="Gilt bis",
        widget=DateInput,
        help_text="Höchstens zwei Jahre.",
        error_messages={"required": "Bitte geben Sie an, bis wann sie gilt."},
    )
    how = forms.ChoiceField(label="Erteilt", choices=GivenBy.choices, initial=GivenBy.WRITTEN.value)

    def __init__(self, data: QueryDict | None = None, *, client: Client, today: datetime.date) -> None:
        super().__init__(data, initial={"ends_date": today + datetime.timedelta(days=365)})
        self.fields["clinic"].queryset = _clinics(client)  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
def give_release(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    shown = _client(user, pk)
    form = ReleaseForm(sent(request), client=shown, today=today_at(shown.facility))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            releases.give_release(
                client=shown,
                clinic=data["clinic"],
                scope=ReleaseScope(data["scope"]),
                ends_date=data["ends_date"],
                how=GivenBy(data["how"]),
                language=shown.language or Language.DE.value,
                by=user,
                now=timezone.now(),
            )
        except releases.ReleaseEndsWrong as refusal:
            form.add_error("ends_date", str(refusal))
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Die Schweigepflichtentbindung ist festgehalten.")
            return redirect("client", pk=pk)
    note_look(LookKind.RELEASE, [pk], named=False)
    return render(request, "notifications/release_form.html", {"client": shown, "form": form})


@require_POST
def withdraw_release(request: HttpRequest, pk: int, clinic: int) -> HttpResponse:
    user = signed_in(request)
    shown = _client(user, pk)
    releases.withdraw_release(
        client=shown, clinic=get_object_or_404(Clinic, pk=clinic), by=user, now=timezone.now()
    )
    messages.success(
        request, "Die Schweigepflichtentbindung ist widerrufen. Die Klinik sieht nur noch das Kürzel."
    )
    return redirect("client", pk=pk)


@require_safe
def consent_sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """The text on SMS, to be signed; in the client's language, or `?sprache=`."""
    shown = _client(signed_in(request), pk)
    return _sheet(request, shown, consent_text(_language(request, shown)))


@require_safe
def consent_as_given(request: HttpRequest, pk: int, consent: int) -> HttpResponse:
    """The text as it stood when the client agreed."""
    shown = _client(signed_in(request), pk)
    given = get_object_or_404(shown.consents, pk=consent)
    return _sheet(request, shown, consent_text(given.language, given.text_version), given)


@require_safe
def release_sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """A release to be signed, towards `?klinik=` (a key) or the facility's only clinic."""
    shown = _client(signed_in(request), pk)
    wanted = request.GET.get("klinik", "")
    clinics = _clinics(shown)
    clinic = next((each for each in clinics if str(each.pk) == wanted), clinics.first())
    scope = request.GET.get("umfang", "")
    if scope not in ReleaseScope.values:
        scope = ReleaseScope.NAME.value
    text = release_text(
        facility=shown.facility.name,
        clinic=clinic.name if clinic else BLANK,
        scope=scope,
        ends=BLANK,
        language=_language(request, shown),
    )
    choice = {"clinics": clinics, "clinic": clinic, "scopes": ReleaseScope.choices, "scope": scope}
    return _sheet(request, shown, text, **choice)


@require_safe
def release_as_given(request: HttpRequest, pk: int, release: int) -> HttpResponse:
    shown = _client(signed_in(request), pk)
    given = get_object_or_404(shown.releases.select_related("clinic", "recorded_by"), pk=release)
    text = release_text(
        facility=shown.facility.name,
        clinic=given.clinic.name,
        scope=given.scope,
        ends=f"{given.ends_date:%d.%m.%Y}",
        language=given.language,
        version=given.text_version,
    )
    return _sheet(request, shown, text, given)


def _sheet(
    request: HttpRequest, shown: Client, text: ConsentText, given: object | None = None, **choice: object
) -> HttpResponse:
    context = {
        **choice,
        "client": shown,
        "sheet": text,
        "given": given,
        "zone": shown.facility.zone,
        "languages": Language.choices,
    }
    note_look(LookKind.SHEET, [shown.pk], named=False)
    return render(request, "notifications/sheet.html", context)


def _client(user: User, pk: int) -> Client:
    return get_object_or_404(clients_visible_to(user).select_related("facility"), pk=pk)


def _clinics(client: Client) -> QuerySet[Clinic]:
    return Clinic.objects.filter(sites__facility=client.facility_id).distinct().order_by("name")


def _language(request: HttpRequest, shown: Client) -> str:
    asked = request.GET.get("sprache", "")
    return asked if asked in Language.values else shown.language or Language.DE.value
