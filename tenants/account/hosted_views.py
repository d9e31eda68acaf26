"""Signing in on the pages that Cognito hosts, where a stage has them."""

from dataclasses import asdict
from datetime import datetime
from secrets import compare_digest

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from adapters import code_flow, hosted_sign_in
from adapters.code_flow import Attempt
from adapters.sign_in import ChallengeOver, NotSignedIn
from backoffice.addresses import client_address
from tenants import limits
from tenants.account import sessions, sign_in
from tenants.account.login_views import TROUBLES, start_over

ATTEMPT = "account_hosted"


@never_cache
@require_GET
def go(request: HttpRequest) -> HttpResponse:
    """Send the person there. Only the browser that went may come back."""
    if not settings.HOSTED_UI_URL:
        raise Http404
    limits.count("sign-in", client_address(request), timezone.now())
    attempt = code_flow.new_attempt()
    request.session[ATTEMPT] = {
        "attempt": asdict(attempt),
        "since": timezone.now().isoformat(),
        "wanted": sessions.safe_next(request, request.GET.get("next", "")[:500]),
    }
    return redirect(
        hosted_sign_in.address_of(
            settings.HOSTED_UI_URL, settings.USER_POOL_CLIENT_ID, attempt, back_to=_back_to()
        )
    )


@never_cache
@require_GET
def come_back(request: HttpRequest) -> HttpResponse:
    """Exchange the code on the server, and keep nothing of it but who it is."""
    kept = request.session.pop(ATTEMPT, None)
    if not settings.HOSTED_UI_URL:
        raise Http404
    state, code = request.GET.get("state", ""), request.GET.get("code", "")[:2000]
    if not kept or not compare_digest(state.encode(), kept["attempt"]["state"].encode()):
        return start_over(request, ChallengeOver())
    if not code:
        return start_over(request, NotSignedIn())
    try:
        member = sign_in.redeem_hosted(Attempt(**kept["attempt"]), code, back_to=_back_to())
    except TROUBLES as error:
        return start_over(request, error)
    sessions.begin(request, member, since=datetime.fromisoformat(kept["since"]))
    return redirect(kept["wanted"])


def _back_to() -> str:
    return f"{settings.PORTAL_URL}{reverse('account_hosted_back')}"
