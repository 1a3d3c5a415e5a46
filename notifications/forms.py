"""What people type at the desk."""

from typing import Any

from django import forms

from scheduling.models import SuspendReason
from sites.names import one_line
from sites.phones import PhoneInvalid, parse_phone

LANDLINE = "Das ist eine Festnetznummer, sie empfängt keine SMS. Bitte tragen Sie eine Mobilnummer ein."


class LineField(forms.CharField):
    """One line in any script; measured as it will be stored."""

    def to_python(self, value: Any) -> str:
        return one_line(super().to_python(value) or "")


class PhoneField(forms.CharField):
    """A phone number as people write it; cleaned to E.164, or to "" if left empty."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 40)
        super().__init__(
            widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off", "inputmode": "tel"}), **kwargs
        )

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text:
            return ""
        try:
            return parse_phone(text)
        except PhoneInvalid as error:
            raise forms.ValidationError(str(error), code=error.code) from error


class SuspendForm(forms.Form):
    """Why nothing shall be sent to a number, and to which: the one that was shown."""

    reason = forms.ChoiceField(
        label="Warum?",
        choices=SuspendReason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Bitte wählen Sie einen Grund."},
    )
    number = forms.CharField(widget=forms.HiddenInput, required=False)


class ConfirmErasureForm(forms.Form):
    """The pseudonym, typed: nobody erases the wrong person by a slip."""

    code = forms.CharField(
        label="Kürzel zur Bestätigung",
        max_length=40,
        error_messages={"required": "Bitte geben Sie zur Bestätigung das Kürzel ein."},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )

    def __init__(self, *args: Any, code: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._code = code

    def clean_code(self) -> str:
        typed = self.cleaned_data["code"].strip().upper()
        if typed != self._code:
            raise forms.ValidationError(
                "Das ist nicht das Kürzel dieser Klient:in. Es ist noch nichts gelöscht."
            )
        return typed
