"""Confirming an address, where a campaign wants that before it lets go of a code.

Opening the link changes nothing, because mail scanners open links; only a POST does.
"""

import uuid

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from backoffice.addresses import client_address
from campaigns import wording
from campaigns.errors import CodeRefused
from tenants import confirmations, limits, links, signups
from tenants.errors import LinkUnknown, NotPossible
from tenants.models import SignUp
from tenants.welcome_views import LINK, refuse_link

SIGN_UP = "confirming_sign_up"


@never_cache
@require_GET
def open_confirmation(request: HttpRequest, token: str) -> HttpResponse:
    """Move the token out of the address bar: it becomes a sign-up in the session."""
    limits.count("link", client_address(request), timezone.now())
    try:
        row = confirmations.find_sign_up(token)
    except NotPossible as error:
        return refuse_link(request, error)
    request.session.flush()
    request.session[SIGN_UP] = str(row.pk)
    return redirect("confirm")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    row = SignUp.objects.filter(pk=request.session.get(SIGN_UP) or uuid.UUID(int=0)).first()
    if row is None:
        return refuse_link(request, LinkUnknown())
    if row.state != SignUp.State.CONFIRMING:
        return redirect("progress", sign_up_id=row.pk)
    context = {"sign_up": row, "support": settings.SUPPORT_ADDRESS}
    if request.method != "POST":
        return render(request, "tenants/confirm.html", context)
    try:
        signups.confirm(row)
    except CodeRefused as error:
        context["refusal"] = wording.sentence(error.code)
        return render(request, "tenants/confirm.html", context, status=410)
    return redirect("progress", sign_up_id=row.pk)


@never_cache
@require_POST
def go_on(request: HttpRequest, sign_up_id: uuid.UUID) -> HttpResponse:
    """Whoever confirmed the address in this browser need not wait for another mail."""
    row = get_object_or_404(SignUp.objects.select_related("tenant"), pk=sign_up_id)
    if not may_go_on(request, row):
        return redirect("progress", sign_up_id=row.pk)
    member = row.tenant.members.get(email=row.email)  # type: ignore[union-attr]
    link = links.find_link(links.mint_link(member, timezone.now()))
    request.session.cycle_key()
    request.session[LINK] = link.pk
    return redirect("welcome")


def may_go_on(request: HttpRequest, row: SignUp) -> bool:
    """Whether this browser confirmed the address, and the account waits for its first password."""
    if request.session.get(SIGN_UP) != str(row.pk) or signups.status(row) != "ready":
        return False
    people = row.tenant.members.filter(email=row.email, left_at=None) if row.tenant else None
    return people is not None and people.filter(password_set_at=None).exists()
