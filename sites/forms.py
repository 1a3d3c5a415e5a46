"""How every form is drawn: KERN's classes, and each error beside its field.

`FORM_RENDERER` names `KernRenderer`, so ordinary Django forms need nothing of their own: `{{ form }}` and
`{{ form.phone.as_field_group }}` both come out right.
"""

import logging
from collections.abc import Callable, Sequence
from typing import Any

from allauth.account import forms as account_forms
from allauth.mfa.base import forms as mfa_forms
from allauth.mfa.totp import forms as totp_forms
from allauth.mfa.webauthn import forms as webauthn_forms
from django import forms
from django.contrib.auth import password_validation
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting
from django.forms.utils import flatatt
from django.forms.widgets import Widget
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from sites.phones import PhoneInvalid, parse_phone

logger = logging.getLogger(__name__)

KERN_CLASSES = {
    "input": "kern-form-input__input",
    "select": "kern-form-input__select",
    "checkbox": "kern-form-check__checkbox",
    "radio": "kern-form-check__radio",
}


def kern_kind(widget: Widget) -> str:
    """Which of KERN's field kinds (a key of KERN_CLASSES) draws `widget`."""
    # Before the radio buttons: Django derives its group of checkboxes from theirs.
    if isinstance(widget, forms.CheckboxInput | forms.CheckboxSelectMultiple):
        return "checkbox"
    if isinstance(widget, forms.RadioSelect):
        return "radio"
    if isinstance(widget, forms.Select) and not widget.allow_multiple_selected:
        return "select"
    return "input"


class KernBoundField(BoundField):
    """A field that knows KERN's classes and where a link in the error summary must lead."""

    @property
    def kind(self) -> str:
        return kern_kind(self.field.widget)

    @property
    def anchor(self) -> str:
        """The id of the element to focus: of a group (radio, checkboxes) the first choice."""
        return f"{self.auto_id}_0" if self.use_fieldset else self.id_for_label

    @property
    def marked_optional(self) -> bool:
        """Whether the label says that the field may stay empty; an unticked box is an answer already.

        A form that only picks what to see says `marks_optional = False`: nothing there has to be filled in.
        """
        if not getattr(self.form, "marks_optional", True):
            return False
        return not self.field.required and not isinstance(self.field.widget, forms.CheckboxInput)

    def build_widget_attrs(self, attrs: dict[str, Any], widget: Widget | None = None) -> dict[str, Any]:
        widget = widget or self.field.widget
        built = super().build_widget_attrs(attrs, widget)
        if widget.is_hidden:
            return built
        kind = kern_kind(widget)
        classes = [KERN_CLASSES[kind]]
        if self.errors:
            classes.append(f"{KERN_CLASSES[kind]}--error")
        own = widget.attrs.get("class")
        built["class"] = " ".join([own, *classes] if own else classes)
        if kind == "radio":
            # ARIA knows no invalid radio button; the group carries it (see the field's template).
            built.pop("aria-invalid", None)
        return built


def _input(widget: dict[str, Any]) -> SafeString:
    value = widget["value"]
    return format_html(
        '<input type="{}" name="{}"{}{}>',
        widget["type"],
        widget["name"],
        "" if value is None else format_html(' value="{}"', value),
        flatatt(widget["attrs"]),
    )


def _select(widget: dict[str, Any]) -> SafeString:
    return format_html(
        '<select name="{}"{}>{}</select>',
        widget["name"],
        flatatt(widget["attrs"]),
        format_html_join("", "{}", ((_group(name, options),) for name, options, _ in widget["optgroups"])),
    )


def _group(name: str | None, options: Sequence[dict[str, Any]]) -> SafeString:
    drawn = format_html_join(
        "\n",
        '<option value="{}"{}>{}</option>',
        ((str(option["value"]), flatatt(option["attrs"]), option["label"]) for option in options),
    )
    return format_html('<optgroup label="{}">{}</optgroup>', name, drawn) if name else drawn


# What a form of many lines is full of. Django draws each of these by several templates that include each
# other, which takes longer than all the rest of such a page.
_DRAWN: dict[str, Callable[[dict[str, Any]], SafeString]] = {
    **{
        f"django/forms/widgets/{kind}.html": _input
        for kind in ("text", "number", "date", "time", "hidden", "checkbox")
    },
    "django/forms/widgets/select.html": _select,
}


class KernRenderer(TemplatesSetting):
    form_template_name = "components/form.html"
    field_template_name = "components/field.html"
    bound_field_class = KernBoundField

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        if draw := _DRAWN.get(template_name):
            return draw(context["widget"])
        return super().render(template_name, context, request)


class DateInput(forms.DateInput):
    """The browser's own date picker; HTML wants ISO dates, whatever the language."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class TimeInput(forms.TimeInput):
    """The browser's own time picker, in minutes."""

    input_type = "time"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%H:%M")


NEW_HINT = (
    "Mindestens 12 Zeichen, nicht nur Ziffern. Am einfachsten sind mehrere Wörter, die nichts miteinander "
    "zu tun haben."
)

PASSKEY_REFUSED = (
    "Dieser Passkey wurde nicht angenommen. Bitte versuchen Sie es noch einmal, oder nehmen Sie einen "
    "anderen Weg."
)


def _email(*, autofocus: bool = True) -> forms.EmailField:
    return forms.EmailField(
        label="E-Mail-Adresse",
        max_length=254,
        error_messages={
            "required": "Bitte geben Sie eine E-Mail-Adresse ein.",
            "invalid": "Das ist keine E-Mail-Adresse. Bitte prüfen Sie die Schreibweise.",
        },
        widget=forms.EmailInput(attrs={"autofocus": autofocus, "autocomplete": "username"}),
    )


def _password(label: str = "Passwort", *, new: bool = False, autofocus: bool = False) -> forms.CharField:
    return forms.CharField(
        label=label,
        strip=False,
        max_length=1000,
        help_text=NEW_HINT if new else "",
        error_messages={"required": "Bitte geben Sie ein Passwort ein."},
        widget=forms.PasswordInput(
            attrs={
                "autocomplete": "new-password" if new else "current-password",
                **({"autofocus": True} if autofocus else {}),
            }
        ),
    )


def _code() -> forms.CharField:
    return forms.CharField(
        label="Code",
        max_length=20,
        help_text="Sechs Ziffern aus Ihrer Authenticator-App, oder einer Ihrer Ersatzcodes.",
        error_messages={"required": "Bitte geben Sie den Code ein."},
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autofocus": True}),
    )


class SignInForm(account_forms.LoginForm):
    """E-mail address and password. The answer to a wrong pair never tells which of the two was wrong."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields = {"login": _email(), "password": _password()}


class ResetPasswordForm(account_forms.ResetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"] = _email()


class _NewPassword(forms.Form):
    """`password1` for a person, asked for once: browsers show what was typed, and keep it."""

    user: Any

    def clean_password1(self) -> str:
        password = self.cleaned_data["password1"]
        password_validation.validate_password(password, self.user)
        return password


class NewPasswordForm(_NewPassword, account_forms.ResetPasswordKeyForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields = {"password1": _password("Neues Passwort", new=True, autofocus=True)}


class ChangePasswordForm(_NewPassword, account_forms.ChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields = {
            "oldpassword": _password("Jetziges Passwort", autofocus=True),
            "password1": _password("Neues Passwort", new=True),
        }


class ChangeEmailForm(account_forms.AddEmailForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"] = _email(autofocus=False)
        self.fields["email"].label = "Neue E-Mail-Adresse"


class ReauthenticateForm(account_forms.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"] = _password(autofocus=True)


class SecondFactorForm(mfa_forms.AuthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = _code()


class SecondFactorAgainForm(mfa_forms.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = _code()


class ActivateTotpForm(totp_forms.ActivateTOTPForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = _code()
        self.fields["code"].help_text = "Die sechs Ziffern, die Ihre App jetzt zeigt."


def _key_name(*, required: bool) -> forms.CharField:
    return forms.CharField(
        label="Name des Passkeys",
        required=required,
        max_length=60,
        help_text="Woran Sie ihn wiedererkennen, zum Beispiel «Diensthandy».",
        error_messages={"required": "Bitte geben Sie einen Namen ein."},
    )


def _refused(check: Callable[[], Any]) -> Any:
    """What `check` returns. Nobody types what a passkey answers: everything odd about it is one refusal."""
    try:
        return check()
    except forms.ValidationError as error:
        if error.code != "incorrect_code":
            raise
    except (AttributeError, KeyError, TypeError, ValueError):
        # allauth and fido2 trip over answers that no browser gives.
        logger.warning("a passkey's answer was malformed")
    raise forms.ValidationError(PASSKEY_REFUSED)


class _Answer(forms.JSONField):
    default_error_messages = {"required": PASSKEY_REFUSED, "invalid": PASSKEY_REFUSED}
    widget = forms.HiddenInput

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except RecursionError as error:
            raise forms.ValidationError(PASSKEY_REFUSED) from error

    def bound_data(self, data: Any, initial: Any) -> Any:
        """Nothing: an answer counts once, so no page shows it again."""
        return None


class PasskeyForm(webauthn_forms.AuthenticateWebAuthnForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credential"] = _Answer()

    def clean_credential(self) -> Any:
        return _refused(super().clean_credential)


class PasskeyAgainForm(PasskeyForm, webauthn_forms.ReauthenticateWebAuthnForm):
    pass


class AddPasskeyForm(webauthn_forms.AddWebAuthnForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The device holds the passkey already when the name is checked: an empty one is filled, not refused.
        self.fields["name"] = _key_name(required=False)
        self.fields["credential"] = _Answer()

    def clean(self) -> Any:
        return _refused(super().clean)


class RenamePasskeyForm(webauthn_forms.EditWebAuthnForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"] = _key_name(required=True)


class InviteForm(forms.Form):
    """Whom to invite to which role; `choices` are the roles that the inviting person may give."""

    email = _email()
    role = forms.ChoiceField(
        label="Rolle",
        error_messages={
            "required": "Bitte wählen Sie eine Rolle.",
            "invalid_choice": "Diese Rolle können Sie nicht vergeben. Bitte wählen Sie eine aus der Liste.",
        },
    )

    def __init__(self, *args: Any, choices: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = choices  # type: ignore[attr-defined]


class AcceptForm(_NewPassword):
    """Name and password of somebody who comes by invitation."""

    display_name = forms.CharField(
        label="Ihr Name",
        max_length=150,
        help_text="So sehen Sie Ihre Kolleg:innen.",
        error_messages={"required": "Bitte geben Sie Ihren Namen ein."},
        widget=forms.TextInput(attrs={"autocomplete": "name", "autofocus": True}),
    )
    password1 = _password(new=True)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user


class ShortNoticeForm(forms.Form):
    """How I want to be told of what changes less than a day ahead."""

    by_email = forms.BooleanField(label="Per E-Mail", required=False)
    by_sms = forms.BooleanField(label="Per SMS", required=False)
    phone = forms.CharField(
        label="Mobilnummer",
        required=False,
        max_length=40,
        help_text="Zum Beispiel 0171 3920012. Nur für diese Nachrichten; niemand sonst sieht sie.",
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel"}),
    )

    def clean_phone(self) -> str:
        typed = self.cleaned_data["phone"]
        try:
            return parse_phone(typed) if typed else ""
        except PhoneInvalid as error:
            raise forms.ValidationError(str(error), code=error.code) from error
