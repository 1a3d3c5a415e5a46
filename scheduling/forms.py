"""What people type. A form says whether it is well-formed; whether it may be is the domain's to say."""

from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, cast

from django import forms

from scheduling.models import Appointment, CancelReason, Slot
from scheduling.months import Month
from scheduling.selectors import free_slots

# How far ahead slots are offered: as far as months are usually published, and then some.
HORIZON = timedelta(days=184)


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
    """Where to: the free slots of the facility from now on."""

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
