"""Links from a row to what rooms above know about it.

A redemption's page links to its customer, and campaigns know no customer: the room above offers
the link here, and the page below shows whatever was offered.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest


@dataclass(frozen=True)
class Link:
    label: str
    url: str


Finder = Callable[[HttpRequest, Any], Iterable[Link]]

_finders: dict[str, list[Finder]] = defaultdict(list)


def offer(label: str, finder: Finder) -> None:
    """Offer links from rows of a model (campaigns.Redemption). The finder checks the rights."""
    _finders[label].append(finder)


def links_of(request: HttpRequest, row: Any) -> list[Link]:
    return [link for find in _finders[row._meta.label] for link in find(request, row)]
