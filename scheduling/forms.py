"""What people type. A form says whether it is well-formed; whether it may be is the domain's to say."""

from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict

from scheduling.models import Appointment, CancelReason, Client, Handover, MoveReason, Slot
from scheduling.months import Month
from scheduling.selectors import free_slots
from sites.forms import DateInput

# How far ahead slots are offered: as far as months are usually published, and then some.
HORIZON = timedelta(days=184)
NO_SUCH_CODE = "Dieses Kürzel gibt es in Ihrer Einrichtung nicht. Bitte prüfen Sie es."


class MonthField(forms.CharField):
    default_error_messages = {"invalid": "Bitte einen Monat wie 2026-12 angeben."}

    def clean(self, value: Any) -> Month:
        text = super().clean(value)
        try:
            return Month.parse(text)
        except ValueError as error:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from error


class MonthForm(forms.Form):
    month = MonthField(widget=forms.HiddenInput)


class CancelForm(forms.Form):
    reason = forms.ChoiceField(
        label="Grund", choices=CancelReason.choices, widget=forms.RadioSelect, initial=CancelReason.CLIENT
    )


class MoveForm(forms.Form):
    """Where to: the free slots of the facility from now on; and why."""

    reason = forms.ChoiceField(
        label="Grund", choices=MoveReason.choices, widget=forms.RadioSelect, initial=MoveReason.CLIENT
    )
    slot = forms.ModelChoiceField(
        label="Neues Zeitfenster",
        queryset=Slot.objects.none(),
        widget=forms.RadioSelect,
        error_messages={
            "required": "Bitte wählen Sie ein Zeitfenster.",
            "invalid_choice": "Dieses Zeitfenster ist inzwischen belegt. Bitte wählen Sie ein anderes.",
        },
    )

    def __init__(self, *args: Any, appointment: Appointment, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Under the slots, where it stands on the page too.
        self.order_fields(["slot", "reason"])
        self.facility = appointment.slot.site.facility
        self.choosable = list(free_slots(self.facility.sites.all(), now, now + HORIZON))
        field = cast(forms.ModelChoiceField, self.fields["slot"])
        field.queryset = Slot.objects.filter(pk__in=[slot.pk for slot in self.choosable])

    @property
    def days(self) -> list[tuple[date, list[Slot]]]:
        """The choosable slots by day on the facility's calendar."""

        def day_of(slot: Slot) -> date:
            return slot.starts_at.astimezone(self.facility.zone).date()

        return [(day, list(slots)) for day, slots in groupby(self.choosable, key=day_of)]


class WalkInForm(forms.Form):
    """Who came without an appointment, and where to. Only who knows the facility's clients is asked whom."""

    code = forms.CharField(
        label="Kürzel",
        required=False,
        max_length=12,
        help_text="Leer lassen, wenn die Person keine Angaben machen möchte.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )
    slot = forms.ChoiceField(
        label="Wohin?",
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "Dieses Zeitfenster ist inzwischen belegt. Bitte wählen Sie neu."},
    )
    number = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=32767)

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        clients: QuerySet[Client],
        knows_clients: bool,
        slots: list[Slot],
        zone: ZoneInfo,
        number: int,
    ) -> None:
        super().__init__(data, initial={"number": number, "slot": ""})
        self.clients = clients
        self.slots = {str(slot.pk): slot for slot in slots}
        if not knows_clients:
            del self.fields["code"]
        choices = [("", "Warten, bis Zeit ist (offene Sprechstunde)")]
        choices += [(key, f"{self._span(slot, zone)} · frei") for key, slot in self.slots.items()]
        cast(forms.ChoiceField, self.fields["slot"]).choices = choices

    @staticmethod
    def _span(slot: Slot, zone: ZoneInfo) -> str:
        start, end = (each.astimezone(zone) for each in (slot.starts_at, slot.ends_at))
        return f"{start:%H:%M}–{end:%H:%M} Uhr, {slot.get_appointment_type_display()}"

    def clean_slot(self) -> Slot | None:
        return self.slots.get(self.cleaned_data["slot"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        code = data.get("code", "")
        data["client"] = self.clients.filter(code=code.upper()).first() if code else None
        if code and data["client"] is None:
            self.add_error("code", NO_SUCH_CODE)
        return data


class WhoForm(forms.Form):
    """Which client of the facility it is; cleaned, `code` is the client."""

    code = forms.CharField(
        label="Kürzel",
        max_length=12,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
        error_messages={"required": "Bitte geben Sie das Kürzel ein."},
    )

    def __init__(self, data: QueryDict | None = None, *, clients: QuerySet[Client]) -> None:
        super().__init__(data)
        self.clients = clients

    def clean_code(self) -> Client:
        found = self.clients.filter(code=self.cleaned_data["code"].upper()).first()
        if found is None:
            raise forms.ValidationError(NO_SUCH_CODE)
        return found


class PiaForm(forms.Form):
    """The way into the clinic's outpatient unit: a date, and a line from a short list."""

    pia_date = forms.DateField(
        label="Ab wann",
        widget=DateInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": "Bitte geben Sie an, ab wann es in der PIA weitergeht.",
            "invalid": "Bitte geben Sie ein Datum an, zum Beispiel 24.12.2026.",
        },
    )
    handover = forms.ChoiceField(
        label="Für die Soziale Arbeit", required=False, choices=[("", "nichts"), *Handover.choices]
    )
