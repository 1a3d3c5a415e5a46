"""Booking at the desk: for whom, and what is asked on the way. Of a client nothing is required."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import QueryDict

from notifications.forms import LANDLINE, LineField, PhoneField
from scheduling import insurance
from scheduling.clients import NAME_LENGTH, doubles
from scheduling.insurance import DespiteInsurance
from scheduling.languages import Language
from scheduling.models import Client, Insurance, Slot
from sites.phones import local_format, takes_sms

# Which of the fields below are kept in the file, under the same names.
KEPT = ("phone", "phone_shared", "language", "needs_interpreter", "insurance")
# An insurance that was proven for an earlier quarter and is left as it stands.
OUTDATED = "outdated"


class AskedOnTheWay(forms.Form):
    """What a booking is a good moment to ask; each may stay as it is."""

    phone = PhoneField(label="Telefon", required=False, help_text="Zum Beispiel 0171 3920012")
    phone_shared = forms.BooleanField(
        label="Nummer wird geteilt", required=False, help_text="Auch andere lesen dort mit."
    )
    sms_consent = forms.BooleanField(
        label="Möchte Termine per SMS erhalten",
        required=False,
        help_text="Der Einwilligungstext wurde vorgelesen oder gezeigt, und die Klient:in hat zugestimmt.",
    )
    language = forms.ChoiceField(
        label="Sprache", required=False, choices=[("", "nicht bekannt"), *Language.choices]
    )
    needs_interpreter = forms.BooleanField(label="Braucht Sprachmittlung", required=False)
    insurance = forms.ChoiceField(
        label="Krankenversicherung",
        required=False,
        choices=[("", "nicht bekannt"), *Insurance.choices],
        help_text="«Nachgewiesen» gilt für das laufende Quartal.",
    )

    def check_sms(self) -> None:
        data = self.cleaned_data
        if not data.get("sms_consent") or "phone" in self.errors:
            return
        if not data.get("phone"):
            self.add_error("phone", "Für SMS wird eine Telefonnummer gebraucht.")
        elif not takes_sms(data["phone"]):
            self.add_error("phone", LANDLINE)


class BookForm(AskedOnTheWay):
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
        # A name or a telephone number may be typed too: the suggestions find its pseudonym.
        max_length=NAME_LENGTH,
        error_messages={"required": "Bitte geben Sie das Kürzel an oder wählen Sie «Neue Klient:in»."},
        help_text="Zum Beispiel KRT-469. Der ganze Name oder die ganze Telefonnummer findet das Kürzel auch.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )
    name = LineField(
        label="Name",
        required=False,
        max_length=NAME_LENGTH,
        help_text="Nur wenn nötig. Die Klinik sieht ihn nur mit Schweigepflichtentbindung.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )
    despite = forms.ChoiceField(
        label="Ohne Nachweis der Versicherung buchen, weil",
        required=False,
        choices=[("", "– die Versicherung ist nachgewiesen –"), *DespiteInsurance.choices],
    )

    def __init__(self, *args: Any, clients: QuerySet[Client], slot: Slot, picked: str = "", **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.clients = clients
        if not insurance.is_required(slot.site):
            del self.fields["despite"]
        if picked:
            self.initial["code"] = picked[:12]
            self.fields["code"].widget.attrs["autofocus"] = True

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        # What was typed, or not, for the other choice is not looked at.
        for field in ("code",) if data.get("who") == self.NEW else ("name", *AskedOnTheWay.base_fields):
            self.errors.pop(field, None)
        if data.get("who") == self.KNOWN:
            data["client"] = self._known_client(data.get("code", ""))
        else:
            self.check_sms()
        return data

    @property
    def kept(self) -> dict[str, Any]:
        """What of somebody new goes into the file besides name and number."""
        return {name: self.cleaned_data[name] for name in KEPT if name != "phone" and self.cleaned_data[name]}

    @property
    def reason_despite(self) -> DespiteInsurance | None:
        value = self.cleaned_data.get("despite")
        return DespiteInsurance(value) if value else None

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


class PickedForm(AskedOnTheWay):
    """What stands in the file of the client who was picked, to be confirmed or mended on the way.

    Each field keeps what it was shown with, so that only what was changed here is written.
    """

    PREFIX = "akte"

    phone_verified = forms.BooleanField(
        label="Die Nummer stimmt noch", required=False, help_text="Die Klient:in hat es eben gesagt."
    )
    client = forms.IntegerField(widget=forms.HiddenInput)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(
        self, data: QueryDict | None = None, *, client: Client, quarter: str, has_consented: bool
    ) -> None:
        self.picked, self.quarter, self.has_consented = client, quarter, has_consented
        super().__init__(data, prefix=self.PREFIX, initial=self._shown())
        if client.insurance_quarter not in ("", quarter):
            proven = insurance.quarter_in_words(client.insurance_quarter)
            field = self.fields["insurance"]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
            field.choices = [
                (OUTDATED, f"nachgewiesen für {proven}"),
                ("", "nicht bekannt"),
                *Insurance.choices,
            ]
        if has_consented:
            del self.fields["sms_consent"]
        if not client.phone:
            del self.fields["phone_verified"]
        for name in KEPT:
            self.fields[name].show_hidden_initial = True

    def clean(self) -> dict[str, Any]:
        self.check_sms()
        return self.cleaned_data

    @property
    def values(self) -> dict[str, Any]:
        """What was changed here, for the file."""
        changed = {name: self.cleaned_data[name] for name in KEPT if name in self.changed_data}
        if "insurance" in changed:
            changed["insurance_quarter"] = ""  # proven means: for the running quarter
        return changed

    @property
    def is_verified(self) -> bool:
        return bool(self.cleaned_data.get("phone_verified"))

    @property
    def gives_consent(self) -> bool:
        return bool(self.cleaned_data.get("sms_consent"))

    def rebased(self, current: Client) -> "PickedForm":
        """This form over the file as it stands: what was changed here stays, all else is as stored."""
        fresh = PickedForm(client=current, quarter=self.quarter, has_consented=self.has_consented)
        data = QueryDict(mutable=True)
        data.update(self.data)
        for name in KEPT:
            stored = _plain(fresh.initial[name])
            data[f"initial-{self.add_prefix(name)}"] = stored
            if name not in self.changed_data:
                data[self.add_prefix(name)] = stored
        data[self.add_prefix("version")] = str(current.version)
        return PickedForm(data, client=current, quarter=self.quarter, has_consented=self.has_consented)

    def _shown(self) -> dict[str, Any]:
        client = self.picked
        is_outdated = client.insurance_quarter not in ("", self.quarter)
        return {
            **{name: getattr(client, name) for name in KEPT},
            "phone": local_format(client.phone) if client.phone else "",
            "insurance": OUTDATED if is_outdated else client.insurance,
            "client": client.pk,
            "version": client.version,
        }


def _plain(value: Any) -> str:
    """`value` as a browser sends it."""
    return ("on" if value else "") if isinstance(value, bool) else str(value)
