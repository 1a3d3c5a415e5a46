"""What is said of an hour in the same words on each page."""

from typing import Any

from django import template

register = template.Library()


@register.simple_tag
def occupancy(hour: Any, is_over: bool) -> str:
    """How many of the slots that can be booked are free; `hour` has `slot_count` and `free_count`."""
    if hour.slot_count == 0:
        return "ohne Termine, nur offene Sprechstunde"
    if is_over:
        return f"{hour.free_count} von {hour.slot_count} frei geblieben"
    return f"{hour.free_count} von {hour.slot_count} frei" if hour.free_count else "ausgebucht"
