"""Every model has its words: a line of the table in docs/glossary.md."""

import re

from django.apps import apps

from config.environment import ROOT

OURS = ("pia_sites", "scheduling", "notifications")


def test_every_model_has_a_line_with_its_german_word() -> None:
    rows = re.findall(r"^\| (\w+) \| (\S[^|]*) \|", (ROOT / "docs" / "glossary.md").read_text(), re.MULTILINE)
    words = dict(rows)
    models = {model.__name__ for label in OURS for model in apps.get_app_config(label).get_models()}
    assert len(models) > 10
    assert models - set(words) == set()
