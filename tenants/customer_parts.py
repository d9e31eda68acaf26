"""What rooms above add to a customer's page: blocks of their own, and lines of what happened."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from tenants.models import Tenant
from tenants.timeline import Entry


@dataclass(frozen=True)
class Part:
    """The template shows `facts` under that name, among everything else that the page knows."""

    template: str
    facts: Mapping[str, Any]
    entries: Iterable[Entry] = ()
    # Acts of the audit trail that these entries tell better.
    tells: Collection[str] = ()


PartOf = Callable[[HttpRequest, Tenant], Part | None]

_OFFERED: list[PartOf] = []


def offer_part(part_of: PartOf) -> None:
    """Have this asked for each page. It checks the rights; None where it has nothing to show."""
    if part_of not in _OFFERED:
        _OFFERED.append(part_of)


def parts_of(request: HttpRequest, tenant: Tenant) -> list[Part]:
    return [part for part_of in _OFFERED if (part := part_of(request, tenant))]
