"""What people type about somebody who waits."""

from collections.abc import Collection
from typing import Any, cast

from django import forms
from django.db.models import Q, QuerySet
from django.http import QueryDict

from scheduling.insurance import DespiteInsurance
from scheduling.models import AppointmentType, Client, ClosedReason, DayPart, WaitingEntry
from scheduling.waiting import Wishes
from sites.forms import DateInput
from sites.models import Site

DATE_INVALID = {"invalid": "Bitte geben Sie ein Datum an, zum Beispiel 24.12.2026."}
TYPES = [(each.value, each.label) for each in (AppointmentType.FIRST, AppointmentType.FOLLOW_UP)]
# Why somebody is taken off the list by hand; the other reasons follow from what happened.
BY_HAND = (ClosedReason.NOT_NEEDED, ClosedReason.NOT_REACHED, ClosedReason.MISTAKE)


def _date(label: str, help_text: str = "") -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        help_text=help_text,
        widget=DateInput(attrs={"autocomplete": "off"}),
        error_messages=DATE_INVALID,
    )


class WishesForm(forms.Form):
    """Where, when, and by when; all of it may stay as it is."""

    places = forms.MultipleChoiceField(
        label="Standorte",
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Bitte wählen Sie mindestens einen Standort.",
            "invalid_choice": "Diesen Standort gibt es hier nicht mehr. Bitte wählen Sie neu.",
        },
    )
    day_parts = forms.MultipleChoiceField(
        label="Tageszeiten",
        required=False,
        choices=DayPart.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text="Nichts angekreuzt heißt: jederzeit.",
    )
    earliest_date = _date("Frühestens am")
    latest_date = _date("Spätestens am")
    requested_date = _date("Angefragt am", "Nur wenn die Person schon früher gefragt hat als heute.")
    discharge_date = _date("Entlassung am", "Eine Frist in den nächsten vier Wochen geht vor.")
    medication_until_date = _date("Medikament reicht bis", "Eine Frist in den nächsten vier Wochen geht vor.")
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(
        self, data: QueryDict | None = None, *, sites: Collection[Site], entry: WaitingEntry | None = None
    ) -> None:
        super().__init__(data, initial=_initial(entry, sites))
        self.sites = {str(site.pk): site for site in sites}
        choices = [(key, site.name) for key, site in self.sites.items()]
        cast(forms.MultipleChoiceField, self.fields["places"]).choices = choices
        if len(self.sites) == 1:
            del self.fields["places"]

    @property
    def chosen(self) -> list[Site]:
        keys = self.cleaned_data.get("places") or list(self.sites)
        return [self.sites[key] for key in keys]

    def wishes(self, site: Site) -> Wishes:
        """What was typed, for who waits at `site` first of all."""
        names = ("earliest_date", "latest_date", "requested_date", "discharge_date", "medication_until_date")
        return Wishes(
            also_at=[each for each in self.chosen if each != site],
            day_parts=tuple(DayPart(each) for each in self.cleaned_data["day_parts"]),
            **{name: self.cleaned_data[name] for name in names},
        )


def _initial(entry: WaitingEntry | None, sites: Collection[Site]) -> dict[str, Any]:
    if entry is None:
        return {"version": 0, "places": [str(site.pk) for site in sites][:1]}
    names = ("earliest_date", "latest_date", "requested_date", "discharge_date", "medication_until_date")
    return {
        "version": entry.version,
        "places": [str(entry.site_id), *(str(site.pk) for site in entry.also_at.all())],
        "day_parts": entry.day_parts,
        **{name: getattr(entry, name) for name in names},
    }


class WaitForm(WishesForm):
    """Somebody new on the list: whom the facility knows, by their pseudonym."""

    code = forms.CharField(
        label="Kürzel",
        max_length=12,
        error_messages={"required": "Bitte geben Sie das Kürzel der Klient:in an."},
        help_text="Zum Beispiel KRT-469.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )
    appointment_type = forms.ChoiceField(
        label="Wartet auf",
        choices=TYPES,
        widget=forms.RadioSelect,
        initial=AppointmentType.FIRST.value,
        error_messages={"required": "Bitte wählen Sie eine Terminart."},
    )
    field_order = ("code", "appointment_type")

    def __init__(self, *args: Any, clients: QuerySet[Client], picked: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.clients = clients
        self.initial["code"] = picked[:12]

    def clean_code(self) -> Client:
        code = self.cleaned_data["code"].upper()
        client = self.clients.filter(Q(code=code) | Q(former_codes__code=code)).first()
        if client is None:
            raise forms.ValidationError(
                "Dieses Kürzel gibt es in Ihrer Einrichtung nicht. Bitte prüfen Sie es, "
                "oder legen Sie die Person beim Buchen eines Termins an."
            )
        return client


class DespiteForm(forms.Form):
    """At a site that wants proof of an insurance, of a client without."""

    despite = forms.ChoiceField(
        label="Ohne Nachweis der Versicherung buchen, weil",
        choices=[("", "– bitte wählen –"), *DespiteInsurance.choices],
    )


class CloseForm(forms.Form):
    reason = forms.ChoiceField(
        label="Warum?",
        choices=[(each.value, each.label) for each in BY_HAND],
        widget=forms.RadioSelect,
        error_messages={"required": "Bitte wählen Sie einen Grund."},
    )


class OfferMinutesForm(forms.ModelForm):
    """How long a freed slot is held for one who waits."""

    class Meta:
        model = Site
        fields = ["offer_minutes"]
        labels = {"offer_minutes": "Minuten, die ein Angebot steht"}
        help_texts = {
            "offer_minutes": (
                "5 bis 1440. Kurz vor dem Zeitfenster ist es weniger: höchstens ein Viertel der Zeit, "
                "die noch bleibt. Nachts angebotene Zeitfenster bleiben bis zum Morgen vorgemerkt."
            )
        }
        error_messages = {
            "offer_minutes": {
                "required": "Bitte geben Sie eine Zahl an.",
                "invalid": "Bitte geben Sie eine Zahl an.",
            }
        }
