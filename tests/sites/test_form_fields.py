"""Every field of an ordinary Django form carries label, hint and error so that all readers find them."""

import datetime
import re
from html.parser import HTMLParser

import pytest
from django import forms
from django.template.loader import render_to_string

from sites.forms import DateInput, SignInForm, TimeInput


class Tags(HTMLParser):
    """All start tags of a page, each with its attributes and its name as `tag`."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[dict[str, str | None]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append({"tag": tag, **dict(attrs)})

    def all(self, **wanted: str) -> list[dict[str, str | None]]:
        return [tag for tag in self.found if all(tag.get(key) == value for key, value in wanted.items())]

    def one(self, **wanted: str) -> dict[str, str | None]:
        (tag,) = self.all(**wanted)
        return tag

    @property
    def ids(self) -> set[str | None]:
        return {tag["id"] for tag in self.found if "id" in tag}


class SampleForm(forms.Form):
    code = forms.CharField(label="Kürzel", help_text="Zum Beispiel <KRT-469>")
    phone = forms.CharField(label="Telefon", widget=forms.TextInput(attrs={"type": "tel"}), required=False)
    day = forms.DateField(label="Tag", widget=DateInput)
    start = forms.TimeField(label="Beginn", widget=TimeInput)
    kind = forms.ChoiceField(label="Terminart", choices=[("first", "Erstgespräch")])
    consent = forms.ChoiceField(
        label="SMS", choices=[("yes", "Ja"), ("no", "Nein")], widget=forms.RadioSelect, help_text="Nachfragen"
    )
    weekdays = forms.MultipleChoiceField(
        label="Wochentage", choices=[("mo", "Montag")], widget=forms.CheckboxSelectMultiple
    )
    checked = forms.BooleanField(label="Geprüft")
    note = forms.CharField(label="Hinweis", widget=forms.Textarea, required=False)
    token = forms.CharField(widget=forms.HiddenInput)


@pytest.fixture
def blank() -> Tags:
    return Tags(str(SampleForm(initial={"day": datetime.date(2026, 12, 9), "start": datetime.time(13, 5)})))


@pytest.fixture
def refused() -> Tags:
    return Tags(str(SampleForm({})))


@pytest.mark.parametrize("name", ["code", "phone", "day", "start", "kind", "checked", "note"])
def test_label_belongs_to_its_field(blank: Tags, name: str) -> None:
    assert blank.one(tag="label", **{"for": f"id_{name}"})["class"] == "kern-label"


@pytest.mark.parametrize(
    ("name", "css_class"),
    [
        ("code", "kern-form-input__input"),
        ("phone", "kern-form-input__input"),
        ("kind", "kern-form-input__select"),
        ("checked", "kern-form-check__checkbox"),
        ("note", "kern-form-input__input"),
        ("consent_0", "kern-form-check__radio"),
        ("weekdays_0", "kern-form-check__checkbox"),
    ],
)
def test_widget_has_the_class_of_its_kind(blank: Tags, name: str, css_class: str) -> None:
    assert blank.one(id=f"id_{name}")["class"] == css_class


def test_own_classes_of_a_widget_stay() -> None:
    class Narrow(forms.Form):
        year = forms.CharField(widget=forms.TextInput(attrs={"class": "narrow"}))

    assert Tags(str(Narrow())).one(id="id_year")["class"] == "narrow kern-form-input__input"


def test_hidden_field_is_left_alone(blank: Tags) -> None:
    assert blank.one(name="token") == {"tag": "input", "type": "hidden", "name": "token", "id": "id_token"}


def test_pickers_get_the_dates_that_html_wants(blank: Tags) -> None:
    found = [
        (blank.one(id=f"id_{name}")["type"], blank.one(id=f"id_{name}")["value"]) for name in ("day", "start")
    ]
    assert found == [("date", "2026-12-09"), ("time", "13:05")]


def test_hint_describes_the_field(blank: Tags) -> None:
    assert blank.one(id="id_code")["aria-describedby"] == "id_code_helptext"
    assert blank.one(id="id_code_helptext")["class"] == "kern-hint"


def test_hint_is_escaped() -> None:
    assert "Zum Beispiel &lt;KRT-469&gt;" in str(SampleForm())


def test_only_optional_fields_are_marked() -> None:
    marked = re.findall(r"(\w+)\s*<span class=\"kern-label__optional\">\(freiwillig\)", str(SampleForm()))
    assert marked == ["Telefon", "Hinweis"]


def test_field_without_error_is_not_called_invalid(blank: Tags) -> None:
    assert blank.all(**{"aria-invalid": "true"}) == []


@pytest.mark.parametrize(
    ("name", "described_by"),
    [
        ("code", "id_code_helptext id_code_error"),
        ("day", "id_day_error"),
        ("kind", "id_kind_error"),
        ("checked", "id_checked_error"),
    ],
)
def test_error_belongs_to_its_field(refused: Tags, name: str, described_by: str) -> None:
    field = refused.one(id=f"id_{name}")
    assert (field["aria-invalid"], field["aria-describedby"]) == ("true", described_by)
    assert set(described_by.split()) <= refused.ids


def test_group_carries_hint_and_error_of_its_radio_buttons(refused: Tags) -> None:
    group = refused.one(role="radiogroup")
    assert group == {
        "tag": "fieldset",
        "class": "kern-fieldset kern-fieldset--error",
        "role": "radiogroup",
        "aria-required": "true",
        "aria-invalid": "true",
        "aria-describedby": "id_consent_helptext id_consent_error",
    }
    assert "aria-invalid" not in refused.one(id="id_consent_0")


def test_summary_leads_to_every_field_with_an_error(refused: Tags) -> None:
    links = [tag["href"] for tag in refused.all(tag="a")]
    names = ["code", "day", "start", "kind", "consent_0", "weekdays_0", "checked"]
    assert links == [f"#id_{name}" for name in names]
    assert {f"id_{name}" for name in names} <= refused.ids


def test_summary_takes_the_focus_before_any_field() -> None:
    form = SignInForm(data={"login": "", "password": ""})
    html = render_to_string("account/sign_in_form.html", {"form": form})
    assert [tag.get("id") for tag in Tags(html).found if "autofocus" in tag] == ["fehler", "id_login"]


def test_summary_says_what_belongs_to_no_visible_field() -> None:
    form = SampleForm({"code": "KRT-469"})
    form.add_error(None, "Bitte wählen Sie ein anderes Zeitfenster.")
    items = re.findall(r"<li>([^<]+)</li>", str(form))
    assert items == ["Bitte wählen Sie ein anderes Zeitfenster.", "Dieses Feld ist zwingend erforderlich."]
