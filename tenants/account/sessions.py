"""The portal's own session of a customer's person, apart from the sign-in of staff.

It is a mark in the server-side session: who, since when, last seen. Cognito's tokens are not kept.
The rows decide on each request whether it still holds.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache

from backoffice.audit import Act
from tenants.account import rights
from tenants.models import Member, Tenant

MARK = "account"
IDLE = timedelta(hours=2)
LONGEST = timedelta(hours=12)
# A page a second must not be a write a second.
NOTED_EVERY = timedelta(minutes=1)
_OF_STAFF = "_auth_user_"

View = Callable[..., HttpResponse]


class MemberRequest(HttpRequest):
    """What a view behind `signed_in` is given."""

    member: Member


def signed_in(*, may: str) -> Callable[[View], View]:
    """Give the view `request.member` if one is signed in who has this right (rights).

    Others go to the sign-in and come back; who is signed in without the right gets 403. Nothing
    that the view answers is cached.
    """
    if may not in rights.RIGHTS:
        raise KeyError(may)

    def wrap(view: View) -> View:
        @wraps(view)
        def door(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
            member = member_of(request)
            if member is None:
                return _to_sign_in(request)
            if not rights.may(member, may):
                raise PermissionDenied
            request.member = member
            return view(request, *args, **kwargs)

        return never_cache(door)

    return wrap


def begin(request: HttpRequest, member: Member, *, since: datetime) -> None:
    """Sign the person in. `since` is when they proved who they are: a reset that came after it
    ends the session. The session gets a new key, so one that was planted is worth nothing."""
    forget(request)
    rotate_token(request)
    request.session[MARK] = {
        "member": member.pk,
        "since": since.isoformat(),
        "seen": timezone.now().isoformat(),
    }


def forget(request: HttpRequest) -> None:
    """End whatever this browser was to us but a member of staff, under a new session key."""
    names = list(request.session.keys())
    for name in names:
        if not name.startswith(_OF_STAFF):
            del request.session[name]
    request.session.cycle_key()


def member_of(request: HttpRequest) -> Member | None:
    """Return who is signed in, if the rows still agree; a mark that is over is taken away."""
    mark = request.session.get(MARK)
    if not mark:
        return None
    now = timezone.now()
    member = Member.objects.select_related("tenant").filter(pk=mark["member"]).first()
    seen = datetime.fromisoformat(mark["seen"])
    since = datetime.fromisoformat(mark["since"])
    if member is None or now - seen > IDLE or now - since > LONGEST or _is_ended(member, since):
        del request.session[MARK]
        return None
    if now - seen > NOTED_EVERY:
        request.session[MARK] = {**mark, "seen": now.isoformat()}
    return member


def act_of(request: MemberRequest, reason: str = "") -> Act:
    """Return the author of what this person does, for the audit trail."""
    return Act(None, reason, request.member.email)


def may_come_in(member: Member) -> bool:
    """Whether this person has an account to look at."""
    tenant = member.tenant
    return (
        member.left_at is None
        and member.disabled_at is None
        and tenant.state == Tenant.State.ACTIVE
        and not tenant.is_suspended
    )


def safe_next(request: HttpRequest, wanted: str) -> str:
    """Return where to go after the sign-in: a page of the account, of this site."""
    home = reverse("account")
    is_ours = url_has_allowed_host_and_scheme(wanted, None) and wanted.startswith(home)
    return wanted if is_ours else home


def _is_ended(member: Member, since: datetime) -> bool:
    """Left, disabled, closed, suspended, signed out by staff, or a password chosen since."""
    ends = (member.sign_out_wanted_at, member.sessions_end_wanted_at, member.password_set_at)
    return not may_come_in(member) or any(end and since < end for end in ends)


def _to_sign_in(request: Any) -> HttpResponse:
    where = reverse("account_login")
    if request.method == "GET" and not request.htmx:
        return redirect(f"{where}?{urlencode({'next': request.get_full_path()})}")
    if request.htmx:
        # A redirect would put the whole sign-in page into a part of this one.
        return HttpResponse(status=401, headers={"HX-Redirect": where})
    return redirect(where)
