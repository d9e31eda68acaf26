"""Staff come in by the provider of single sign-on: it stands for the password."""

import logging
from dataclasses import asdict
from datetime import datetime
from secrets import compare_digest
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from adapters import code_flow, staff_provider
from adapters.code_flow import Attempt
from adapters.errors import OutsideError
from adapters.sign_in import ChallengeOver
from adapters.staff_provider import Client
from backoffice.sign_in import identities, sessions
from backoffice.sign_in.identities import NotStaff
from backoffice.sign_in.views import go_on

log = logging.getLogger(__name__)

ATTEMPT = "staff_provider"


@never_cache
@require_GET
def go(request: HttpRequest) -> HttpResponse:
    """Send the person there. Only the browser that went may come back."""
    client, attempt, wanted = _client(), code_flow.new_attempt(), _wanted(request)
    try:
        there = staff_provider.address_of(client, attempt, back_to=_back_to())
    except OutsideError as error:
        return _start_over(request, _away(error), wanted)
    request.session[ATTEMPT] = {
        "attempt": asdict(attempt),
        "since": timezone.now().isoformat(),
        "wanted": wanted,
    }
    return redirect(there)


@never_cache
@require_GET
def come_back(request: HttpRequest) -> HttpResponse:
    """Exchange the code on the server, and keep nothing of it but who it is."""
    client, kept = _client(), request.session.pop(ATTEMPT, None)
    state, code = request.GET.get("state", ""), request.GET.get("code", "")[:2000]
    if not kept or not compare_digest(state.encode(), kept["attempt"]["state"].encode()):
        return _start_over(request, _over())
    wanted = kept["wanted"]
    if timezone.now() - datetime.fromisoformat(kept["since"]) > sessions.PATIENCE:
        return _start_over(request, _over(), wanted)
    if not code:
        return _start_over(request, _("The sign-in there was not finished."), wanted)
    try:
        person = staff_provider.redeem(client, Attempt(**kept["attempt"]), code, back_to=_back_to())
        user = identities.user_of(client.issuer, person)
    except ChallengeOver:
        return _start_over(request, _over(), wanted)
    except OutsideError as error:
        return _start_over(request, _away(error), wanted)
    except NotStaff:
        words = _("You are not among the staff here. Ask an administrator to add your address.")
        return _start_over(request, words, wanted)
    is_enough = person.by_second_factor and sessions.trusts_provider()
    return go_on(request, user, lead_to=wanted, has_given_all=is_enough)


def _client() -> Client:
    client = identities.client()
    if client is None:
        raise Http404
    return client


def _back_to() -> str:
    return f"{settings.STAFF_URL}{reverse('staff_provider_back')}"


def _wanted(request: HttpRequest) -> str:
    wanted = request.GET.get(REDIRECT_FIELD_NAME, "")[:500]
    is_ours = url_has_allowed_host_and_scheme(
        wanted, {request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else reverse("admin:index")


def _over() -> str:
    return _("This took too long, or was begun in another window. Sign in again.")


def _away(error: OutsideError) -> str:
    log.error("single sign-on does not work: %s", error)
    return _("Single sign-on does not answer as it should. Sign in by your password meanwhile.")


def _start_over(request: HttpRequest, words: str, wanted: str = "") -> HttpResponse:
    messages.error(request, words)
    asked = f"?{urlencode({REDIRECT_FIELD_NAME: wanted})}" if wanted else ""
    return redirect(reverse("admin:login") + asked)
