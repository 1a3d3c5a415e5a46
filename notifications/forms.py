"""What people type at the desk."""

from typing import Any

from django import forms
from django.db.models import Q

from scheduling.clients import NAME_LENGTH, doubles
from scheduling.models import Client, SuspendReason
from sites.names import one_line
from sites.phones import PhoneInvalid, parse_phone, takes_sms

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


class BookForm(forms.Form):
    """For whom: a client whom the facility knows, or somebody new who needs nothing but a pseudonym."""

    KNOWN, NEW = "known", "new"

    who = forms.ChoiceField(
        label="Für wen?",
        choices=[(KNOWN, "Klient:in mit Kürzel"), (NEW, "Neue Klient:in")],
        widget=forms.RadioSelect,
        initial=KNOWN,
        error_messages={"required": "Bitte wählen Sie, für wen der Termin ist."},
    )
    code = forms.CharField(
        label="Kürzel",
        # A telephone number may be typed too: the suggestions find its pseudonym.
        max_length=40,
        error_messages={"required": "Bitte geben Sie das Kürzel an oder wählen Sie «Neue Klient:in»."},
        help_text="Zum Beispiel KRT-469. Eine ganze Telefonnummer findet das Kürzel auch.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )
    name = LineField(
        label="Name",
        required=False,
        max_length=NAME_LENGTH,
        help_text="Nur wenn nötig. Die Klinik sieht ihn nur mit Schweigepflichtentbindung.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )
    phone = PhoneField(label="Telefon", required=False, help_text="Zum Beispiel 0171 3920012")
    sms_consent = forms.BooleanField(
        label="Möchte Termine per SMS erhalten",
        required=False,
        help_text="Der Einwilligungstext wurde vorgelesen oder gezeigt, und die Klient:in hat zugestimmt.",
    )

    def __init__(self, *args: Any, clients: Any, picked: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.clients = clients
        if picked:
            self.initial["code"] = picked[:12]
            self.fields["code"].widget.attrs["autofocus"] = True

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        # What was typed, or not, for the other choice is not looked at.
        for field in ("code",) if data.get("who") == self.NEW else ("name", "phone"):
            self.errors.pop(field, None)
        if data.get("who") == self.KNOWN:
            data["client"] = self._known_client(data.get("code", ""))
        elif data.get("sms_consent") and not data.get("phone") and "phone" not in self.errors:
            self.add_error("phone", "Für SMS wird eine Telefonnummer gebraucht.")
        elif data.get("sms_consent") and data.get("phone") and not takes_sms(data["phone"]):
            self.add_error("phone", LANDLINE)
        return data

    def doubles(self) -> list[Client]:
        """Whom the facility may know already, of a valid form for somebody new."""
        if self.cleaned_data["who"] != self.NEW:
            return []
        name, phone = self.cleaned_data["name"], self.cleaned_data["phone"]
        return doubles(self.clients, name=name, phone=phone, by_name_alone=True)

    def _known_client(self, code: str) -> Client | None:
        if "code" in self.errors:
            return None
        code = code.upper()
        client = self.clients.filter(Q(code=code) | Q(former_codes__code=code)).first()
        if client is None:
            self.add_error(
                "code",
                "Dieses Kürzel gibt es in Ihrer Einrichtung nicht. "
                "Bitte prüfen Sie es oder wählen Sie «Neue Klient:in».",
            )
        return client


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
