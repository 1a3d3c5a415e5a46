"""What people type to change a published hour."""

from collections.abc import Sequence
from typing import cast

from django import forms
from django.http import QueryDict

from scheduling.collisions import Collision
from scheduling.models import ConsultationHour, HourCancelReason
from scheduling.planning_forms import RowField
from sites.forms import DateInput, TimeInput
from sites.models import Room, User

NO_DATE = {
    "required": "Bitte geben Sie den Tag an.",
    "invalid": "Bitte geben Sie ein Datum an, zum Beispiel 09.12.2026.",
}
NO_TIME = {
    "required": "Bitte geben Sie die Uhrzeit an.",
    "invalid": "Bitte geben Sie eine Uhrzeit an, zum Beispiel 13:00.",
}


def _time(label: str) -> forms.TimeField:
    return forms.TimeField(label=label, widget=TimeInput, error_messages=NO_TIME)


class CancelHourForm(forms.Form):
    reason = forms.ChoiceField(
        label="Grund",
        choices=HourCancelReason.choices,
        widget=forms.RadioSelect,
        initial=HourCancelReason.PERSON.value,
        error_messages={"required": "Bitte wählen Sie einen Grund."},
    )
    replacement_date = forms.DateField(
        label="Ersatztermin am",
        required=False,
        widget=DateInput,
        help_text=(
            "Dann findet alles an diesem Tag zur selben Uhrzeit statt, in derselben Reihenfolge. "
            "Ohne Ersatztermin werden die Termine abgesagt."
        ),
        error_messages=NO_DATE,
    )


class MoveHourForm(forms.Form):
    day = forms.DateField(label="Tag", widget=DateInput, error_messages=NO_DATE)
    from_time = _time("Beginn")
    room = RowField(label="Raum", error_messages={"required": "Bitte wählen Sie einen Raum."})

    def __init__(self, data: QueryDict | None, *, hour: ConsultationHour) -> None:
        initial = {"day": hour.local_date, "from_time": hour.local_start.time(), "room": hour.room_id}
        super().__init__(data, initial=initial)
        cast(RowField, self.fields["room"]).offer(Room.objects.filter(facility=hour.site.facility_id))


class ResizeHourForm(forms.Form):
    from_time = _time("Beginn")
    to_time = _time("Ende")

    def __init__(self, data: QueryDict | None, *, hour: ConsultationHour) -> None:
        initial = {
            "from_time": hour.local_start.time(),
            "to_time": hour.ends_at.astimezone(hour.zone).time(),
        }
        super().__init__(data, initial=initial)


class SubstituteForm(forms.Form):
    """Only those who are free can be chosen; the page names the others with what is in the way."""

    psychiatrist = RowField(
        label="Wer übernimmt?",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Bitte wählen Sie eine Person.",
            "invalid_choice": "Diese Person ist inzwischen nicht mehr frei. Bitte wählen Sie eine andere.",
        },
    )

    def __init__(
        self, data: QueryDict | None, *, colleagues: Sequence[tuple[User, tuple[Collision, ...]]]
    ) -> None:
        """Of `colleagues`, each with what is in the way; the page names those of `taken`."""
        super().__init__(data)
        self.taken = [each for each in colleagues if each[1]]
        cast(RowField, self.fields["psychiatrist"]).offer(user for user, found in colleagues if not found)
