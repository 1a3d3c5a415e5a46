"""Fields that are drawn without a template are what Django draws by its own."""

from typing import Any

import pytest
from django import forms
from django.forms.renderers import TemplatesSetting

from sites.forms import DateInput, KernRenderer, TimeInput
from tests.sites.test_form_fields import Tags

NASTY = "<b>\"A\" & 'B'</b>"
CHOICES: Any = [("", "–"), (NASTY, NASTY), (7, "sieben"), ("Gruppe & Co", [("a", "A"), ("b", NASTY)])]
WIDGETS = [
    forms.TextInput(attrs={"title": NASTY, "hidden": True, "disabled": False}),
    forms.NumberInput(attrs={"min": 5}),
    DateInput(),
    TimeInput(),
    forms.HiddenInput(),
    forms.CheckboxInput(),
    forms.Select(choices=CHOICES),
    forms.SelectMultiple(choices=CHOICES),
]


@pytest.mark.parametrize("widget", WIDGETS, ids=lambda widget: type(widget).__name__)
@pytest.mark.parametrize("value", [None, "", NASTY, 7, "7", ["a", "b"], True])
def test_a_field_is_drawn_as_django_draws_it(widget: forms.Widget, value: object) -> None:
    drawn, by_django = (
        widget.render("feld", value, {"id": "id_feld"}, renderer=renderer)
        for renderer in (KernRenderer(), TemplatesSetting())
    )
    assert Tags(drawn).found == Tags(by_django).found
    assert text_of(drawn) == text_of(by_django)


def text_of(html: str) -> str:
    """What stands between the tags."""
    reader = Words()
    reader.feed(html)
    return " ".join(reader.words)


class Words(Tags):
    def __init__(self) -> None:
        self.words: list[str] = []
        super().__init__("")

    def handle_data(self, data: str) -> None:
        self.words += data.split()
