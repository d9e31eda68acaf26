"""A page for each thing that keeps a buyer out, with the way back."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from adapters.errors import Refused, TryLater
from adapters.marketplace import TokenExpired, TokenUnknown
from marketplace import buyer_pages
from marketplace.errors import RegistrationOver, TokenMalformed, TokenMissing
from marketplace.products import ProductUnknown
from tenants.errors import TooMany

# What templates/marketplace/refused.html calls it, and the status of the answer.
_PAGES: dict[type[Exception], tuple[str, int]] = {
    TokenMissing: ("missing", 400),
    TokenMalformed: ("malformed", 400),
    TokenUnknown: ("unknown", 400),
    TokenExpired: ("expired", 410),
    RegistrationOver: ("over", 410),
    ProductUnknown: ("product", 403),
    TooMany: ("busy", 429),
    TryLater: ("busy", 503),
    Refused: ("ours", 500),
}
REFUSALS = tuple(_PAGES)


def refuse(request: HttpRequest, error: Exception) -> HttpResponse:
    """Answer one of REFUSALS. Nothing that the buyer sent is in the page."""
    why, status = next(page for kind, page in _PAGES.items() if isinstance(error, kind))
    context = {"why": why, **buyer_pages.frame()}
    response = render(request, "marketplace/refused.html", context, status=status)
    if why == "busy":
        response["Retry-After"] = "60"
    return response
