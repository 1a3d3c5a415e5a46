"""How every form is drawn: KERN's classes, and each error beside its field.

`FORM_RENDERER` names `KernRenderer`, so ordinary Django forms need nothing of their own: `{{ form }}` and
`{{ form.phone.as_field_group }}` both come out right.
"""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, UsernameField
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting
from django.forms.widgets import Widget

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
        """Whether the label says that the field may stay empty; an unticked box is an answer already."""
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


class KernRenderer(TemplatesSetting):
    form_template_name = "components/form.html"
    field_template_name = "components/field.html"
    bound_field_class = KernBoundField


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


class SignInForm(AuthenticationForm):
    """E-mail address and password. The answer to a wrong pair never tells which of the two was wrong."""

    username = UsernameField(
        label="E-Mail-Adresse",
        error_messages={"required": "Bitte geben Sie Ihre E-Mail-Adresse ein."},
        widget=forms.EmailInput(attrs={"autofocus": True, "autocomplete": "username"}),
    )
    password = forms.CharField(
        label="Passwort",
        strip=False,
        error_messages={"required": "Bitte geben Sie Ihr Passwort ein."},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    error_messages = {
        "invalid_login": "E-Mail-Adresse und Passwort passen nicht zusammen. "
        "Bitte prüfen Sie beides, auch Groß- und Kleinschreibung des Passworts, und versuchen Sie es erneut.",
        "inactive": "Dieser Zugang ist nicht mehr freigeschaltet. "
        "Bitte wenden Sie sich an die Leitung Ihrer Einrichtung oder die Koordination Ihrer Klinik.",
    }
