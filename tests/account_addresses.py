"""The addresses of a customer's own account, as the resolver knows them."""

from typing import Any

from django.urls import URLPattern, get_resolver


def _walk(patterns: Any, prefix: str = "") -> Any:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield pattern, route
        else:
            yield from _walk(pattern.url_patterns, route)


def addresses() -> dict[str, set[str]]:
    """Return every address of the account by name, and what each takes."""
    return {
        pattern.name: set(pattern.pattern.converters)
        for pattern, route in _walk(get_resolver().url_patterns)
        if route.startswith("account/")
    }
