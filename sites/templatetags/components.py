"""The tag that lets a component hold other markup: `{% component "card" title="…" %}…{% endcomponent %}`."""

from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_block_tag
def component(content: SafeString, name: str, **values: object) -> SafeString:
    """Render `templates/components/<name>.html` with `values`, and the enclosed markup as `content`."""
    held = content if content.strip() else ""
    return render_to_string(f"components/{name}.html", {**values, "content": held})


@register.simple_tag
@lru_cache(maxsize=200)
def state_badge(state: str, label: str, kind: str = "") -> SafeString:
    """`components/state_badge.html`, drawn once for each state: a list shows the same few again and again."""
    return render_to_string("components/state_badge.html", {"state": state, "label": label, "kind": kind})
