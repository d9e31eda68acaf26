"""How an address is shown where others may look, and written where a program reads it."""

import json
import shlex

from django import template

register = template.Library()


@register.filter
def masked(address: str) -> str:
    """Return enough of an address for its owner to recognise it: a•••@example.com."""
    name, _, domain = address.rpartition("@")
    return f"{name[:1]}•••@{domain}"


@register.filter
def shell_quoted(text: str) -> str:
    """Return the text as one word of a shell, whatever characters the address has."""
    return shlex.quote(text)


@register.filter
def python_quoted(text: str) -> str:
    """Return the text as a string of Python."""
    return json.dumps(text, ensure_ascii=False)
