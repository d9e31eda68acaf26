"""Whoever reads a domain's mail says whether it is that customer's.

Opening the link changes nothing, because mail scanners open links; only a POST does.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from backoffice.addresses import client_address
from tenants import limits
from tenants.domains import proving
from tenants.errors import NotPossible

LINK = "domain_link"


@never_cache
@require_GET
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    """Move the token out of the address bar: the session keeps what finds the claim again."""
    limits.count("link", client_address(request), timezone.now())
    try:
        claim = proving.find_claim(token)
    except NotPossible as error:
        return _refused(request, error)
    request.session[LINK] = claim.link_hash
    return redirect("domain_link")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest) -> HttpResponse:
    try:
        claim = proving.claim_of(request.session.get(LINK, ""))
    except NotPossible as error:
        return _refused(request, error)
    context = {"claim": claim, "support": settings.SUPPORT_ADDRESS}
    if request.method != "POST":
        return render(request, "tenants/domain_link.html", context)
    del request.session[LINK]
    if request.POST.get("answer") == "no":
        proving.refuse(claim)
        context["answer"] = "refused"
    else:
        context["answer"] = "confirmed" if proving.confirm(claim) else "taken"
    return render(request, "tenants/domain_link.html", context)


def _refused(request: HttpRequest, error: NotPossible) -> HttpResponse:
    context = {"why": error.code, "support": settings.SUPPORT_ADDRESS}
    return render(request, "tenants/domain_link_refused.html", context, status=410)
