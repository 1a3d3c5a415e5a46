"""The tag that lets a component hold other markup: `{% component "card" title="…" %}…{% endcomponent %}`."""

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_block_tag
def component(content: SafeString, name: str, **values: object) -> SafeString:
    """Render `templates/components/<name>.html` with `values`, and the enclosed markup as `content`."""
    held = content if content.strip() else ""
    return render_to_string(f"components/{name}.html", {**values, "content": held})
