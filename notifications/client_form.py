"""A client's file as a form that notices when somebody else was faster."""

import datetime
from collections.abc import Mapping
from typing import Any, NamedTuple

from django import forms
from django.http import QueryDict
from django.utils.formats import date_format

from notifications.forms import LineField, PhoneField
from scheduling.clients import EDITABLE, NAME_LENGTH
from scheduling.languages import Language
from scheduling.models import Client, Insurance
from scheduling.models.clients import NOTE_LENGTH, quarter_of
from sites.forms import DateInput
from sites.phones import local_format


class Difference(NamedTuple):
    """A field that somebody else changed meanwhile: what stands there now, and whether I changed it too."""

    label: str
    now: str
    mine_too: bool


class ClientForm(forms.Form):
    """All that may be known of a client. Nothing is required; each field keeps what it was shown with."""

    name = LineField(
        label="Name",
        required=False,
        max_length=NAME_LENGTH,
        help_text="Nur wenn nötig. Die Klinik sieht ihn nur mit Schweigepflichtentbindung.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )
    birth_date = forms.DateField(
        label="Geburtsdatum",
        required=False,
        widget=DateInput(attrs={"autocomplete": "off"}),
        error_messages={"invalid": "Bitte geben Sie ein Datum an, zum Beispiel 24.12.1990."},
    )
    phone = PhoneField(
        label="Telefon",
        required=False,
        help_text="Zum Beispiel 0171 3920012, aus dem Ausland mit +. SMS gehen nur an Mobilnummern.",
    )
    phone_verified = forms.BooleanField(
        label="Nummer heute bestätigt",
        required=False,
        help_text="Die Klient:in hat gesagt, dass die Nummer stimmt.",
    )
    phone_shared = forms.BooleanField(
        label="Telefon wird geteilt", required=False, help_text="Auch andere lesen dort mit."
    )
    language = forms.ChoiceField(
        label="Sprache", required=False, choices=[("", "nicht bekannt"), *Language.choices]
    )
    needs_interpreter = forms.BooleanField(label="Braucht Sprachmittlung", required=False)
    wants_companion = forms.BooleanField(label="Möchte begleitet werden", required=False)
    insurance = forms.ChoiceField(
        label="Krankenversicherung", required=False, choices=[("", "nicht bekannt"), *Insurance.choices]
    )
    insurance_quarter = forms.ChoiceField(
        label="Nachgewiesen für", required=False, help_text="Nur wenn die Versicherung nachgewiesen ist."
    )
    note = LineField(
        label="Organisatorische Notiz",
        required=False,
        max_length=NOTE_LENGTH,
        help_text=(
            "Zum Beispiel «kommt nur vormittags». Keine Diagnosen, kein Konsum, nichts über Verhalten oder "
            f"andere Personen. Höchstens {NOTE_LENGTH} Zeichen."
        ),
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None = None, *, client: Client, today: datetime.date) -> None:
        super().__init__(data, initial=_shown(client))
        quarters = {quarter_of(today), client.insurance_quarter, _next_quarter(today)} - {""}
        choices = [("", "–"), *((each, f"{each[5:]} {each[:4]}") for each in sorted(quarters))]
        quarter = self.fields["insurance_quarter"]
        assert isinstance(quarter, forms.ChoiceField)  # noqa: S101 - for the type checker
        quarter.choices = choices
        for name in EDITABLE:
            self.fields[name].show_hidden_initial = True

    @property
    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in EDITABLE}

    def differences(self, current: Client) -> list[Difference]:
        """What became different in the file since this form was shown."""
        now = _shown(current)
        return [
            Difference(str(self.fields[name].label), self._said(name, now[name]), name in self.changed_data)
            for name in EDITABLE
            if self._base(name) != self.fields[name].to_python(now[name])
        ]

    def rebased(self, current: Client, *, today: datetime.date) -> "ClientForm":
        """This form over the file as it stands: what was typed stays, all else is as stored."""
        now = _shown(current)
        data = QueryDict(mutable=True)
        for name in EDITABLE:
            data[f"initial-{name}"] = _plain(now[name])
            mine = name in self.changed_data
            value = self.data.get(name, "") if mine else _plain(now[name], ticked="on")
            if value:
                data[name] = value
        if self.data.get("phone_verified"):
            data["phone_verified"] = "on"
        data["version"] = str(current.version)
        return ClientForm(data, client=current, today=today)

    def _base(self, name: str) -> Any:
        """What the field was shown with."""
        try:
            return self.fields[name].to_python(self.data.get(f"initial-{name}", ""))
        except forms.ValidationError:
            return None

    def _said(self, name: str, value: Any) -> str:
        if isinstance(value, bool):
            return "ja" if value else "nein"
        if isinstance(value, datetime.date):
            return date_format(value, "d.m.Y")
        field = self.fields[name]
        labels = dict(field.choices) if isinstance(field, forms.ChoiceField) else {}  # type: ignore[arg-type]
        return str(labels.get(value, value)) or "leer"


def _shown(client: Client) -> dict[str, Any]:
    """The file as the form's fields show it."""
    values: Mapping[str, Any] = {name: getattr(client, name) for name in EDITABLE}
    phone = local_format(client.phone) if client.phone else ""
    return {**values, "phone": phone, "version": client.version}


def _plain(value: Any, *, ticked: str = "True") -> str:
    """`value` as a browser sends it."""
    if isinstance(value, bool):
        return ticked if value else ""
    return value.isoformat() if isinstance(value, datetime.date) else str(value or "")


def _next_quarter(day: datetime.date) -> str:
    return quarter_of(day + datetime.timedelta(days=92))
