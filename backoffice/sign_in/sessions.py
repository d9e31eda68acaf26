"""The sessions of staff: who is half-way in, since when somebody is in, and when that ends.

Marks in the server-side session, named as Django names its own: whoever signs in to a customer's
account in the same browser stays signed in here (tenants/account/sessions.py keeps these names).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.models import SecondFactor
from backoffice.sign_in import second_factors

OURS = "_auth_user"
MARK = "_auth_user_staff"
HALF_WAY = "_auth_user_half_way"
# Between the password and the code.
PATIENCE = timedelta(minutes=10)
# A page a second must not be a write a second.
NOTED_EVERY = timedelta(minutes=1)
# In place of a factor of ours: the provider of single sign-on says that it asked for one.
PROVIDERS: Final = "provider"
INSIDE = "/admin/"
DOOR = "/admin/login/"


@dataclass(frozen=True)
class HalfWay:
    """Somebody whose password was right, and who is not in before the second factor is."""

    user: User
    next: str
    salt: str


def begin(request: HttpRequest, user: User, *, lead_to: str) -> None:
    """Remember that the password was right. Nobody is signed in by this."""
    request.session[HALF_WAY] = {
        "user": user.pk,
        "password": user.get_session_auth_hash(),
        "since": timezone.now().isoformat(),
        "next": lead_to,
        "salt": second_factors.new_salt(),
    }


def half_way(request: HttpRequest) -> HalfWay | None:
    """Return who gave the right password a moment ago, if the rows still agree."""
    mark = request.session.get(HALF_WAY)
    if not mark or timezone.now() - datetime.fromisoformat(mark["since"]) > PATIENCE:
        return None
    user = User.objects.filter(pk=mark["user"], is_active=True, is_staff=True).first()
    if user is None or user.get_session_auth_hash() != mark["password"]:
        return None
    return HalfWay(user, mark["next"], mark["salt"])


def come_in(
    request: HttpRequest, user: User, factor: SecondFactor | Literal["provider"] | None
) -> None:
    """Sign in, under a new session key. What was half-way is over."""
    request.session.pop(HALF_WAY, None)
    login(request, user, backend="backoffice.rights.RightsBackend")
    now = timezone.now().isoformat()
    given = factor.pk if isinstance(factor, SecondFactor) else factor
    request.session[MARK] = {"since": now, "seen": now, "factor": given}


def trusts_provider() -> bool:
    """Whether a second factor that was given to the provider is enough on this stage."""
    return bool(settings.STAFF_OIDC_ISSUER) and settings.STAFF_OIDC_SECOND_FACTOR == PROVIDERS


class StaffSessions:
    """Ends a session of staff that is idle, too old, or not by a second factor where one is
    wanted; a page that asks again by itself does not keep one alive."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        words = _why_over(request) if _is_inside(request) else ""
        return _lead_out(request, words) if words else self.get_response(request)


def _is_inside(request: HttpRequest) -> bool:
    path = request.path_info
    return path.startswith(INSIDE) and not path.startswith(DOOR) and request.user.is_authenticated


def _why_over(request: HttpRequest) -> str:
    mark = request.session.get(MARK, {})
    if _lacks_factor(request.user, mark.get("factor")):
        return _("Sign in again, with your second factor.")
    if not mark:
        return ""
    now = timezone.now()
    since, seen = (datetime.fromisoformat(mark[name]) for name in ("since", "seen"))
    if now - seen > settings.STAFF_IDLE:
        return _("You were signed out because nothing happened for a while. Sign in again.")
    if now - since > settings.STAFF_LONGEST:
        return _("You were signed out because you signed in long ago. Sign in again.")
    if now - seen > NOTED_EVERY and "HX-Request" not in request.headers:
        request.session[MARK] = {**mark, "seen": now.isoformat()}
    return ""


def _lacks_factor(user: Any, factor: int | str | None) -> bool:
    """One query, and none on a stage that wants no second factor of somebody who gave none."""
    if factor == PROVIDERS:
        return not trusts_provider()
    if factor is None:
        return second_factors.is_wanted()
    return not SecondFactor.objects.filter(pk=factor, user=user).exists()


def _lead_out(request: HttpRequest, words: str) -> HttpResponse:
    kept = {name: facts for name, facts in request.session.items() if not name.startswith(OURS)}
    logout(request)
    request.session.update(kept)
    messages.info(request, words)
    where = reverse("admin:login")
    if "HX-Request" in request.headers:
        return HttpResponse(status=401, headers={"HX-Redirect": where})
    if request.method == "GET":
        where += "?" + urlencode({"next": request.get_full_path()})
    return redirect(where)
