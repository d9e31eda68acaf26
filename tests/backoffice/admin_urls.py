"""Every address under /admin/, found from the resolver, so that a new one cannot be forgotten."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.contrib import admin
from django.db.models import Model
from django.urls import URLPattern, get_resolver, reverse

KINDS = ("changelist", "add", "change", "delete", "history")


class Address(NamedTuple):
    """One address. `name` is its URL's; of a verb `model` and `verb` say more."""

    name: str
    url: str
    model: str = ""
    verb: str = ""


def named_patterns() -> Iterator[tuple[str, str]]:
    """Yield name and route of each pattern; a page without a name has only its route."""
    yield from (each for each in _walk(get_resolver().url_patterns) if each[1].startswith("admin/"))


def _walk(patterns: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield pattern.name or "", route
        else:
            yield from _walk(pattern.url_patterns, route)


def pages_of_models(rows: dict[type[Model], Any]) -> Iterator[Address]:
    """Yield what every model's admin has: its five pages, and one for each of its verbs."""
    for model, page in admin.site._registry.items():
        label = model._meta.label
        for kind in KINDS:
            name = f"{model._meta.app_label}_{model._meta.model_name}_{kind}"
            of_row = () if kind in ("changelist", "add") else (rows[model].pk,)
            yield Address(name, reverse(f"admin:{name}", args=of_row), label)
        name = f"{model._meta.app_label}_{model._meta.model_name}_verb"
        for verb in getattr(page, "verbs", ()):
            url = reverse(f"admin:{name}", args=(rows[model].pk, verb.name))
            yield Address(name, url, label, verb.name)


def verbs() -> set[tuple[str, str]]:
    """Return every verb as (model, verb)."""
    return {
        (model._meta.label, verb.name)
        for model, page in admin.site._registry.items()
        for verb in getattr(page, "verbs", ())
    }
