"""Phone numbers (E.164) as people read them."""

from django import template

from sites.phones import local_format

register = template.Library()


@register.filter
def dialled(number: str) -> str:
    """ "0171 3920012"; nothing for no number"""
    return local_format(number) if number else ""


@register.filter
def last_digits(number: str) -> str:
    """ "12": enough to tell two numbers apart, too little to call one"""
    return number[-2:]
