"""Signing in to the account and out of it: password, then whatever Cognito asks for.

The answer to a person who cannot come in is one and the same, whatever the reason is, or it would
tell strangers who has an account.
"""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from adapters.errors import TryLater
from adapters.sign_in import AccessClosed, Challenge, ChallengeOver, CodeWrong, NotSignedIn
from adapters.user_pool import PasswordTooWeak
from backoffice.addresses import client_address
from campaigns import wording
from tenants import limits
from tenants.account import sessions
from tenants.account import sign_in as account_sign_in
from tenants.account.forms import CodeForm, SignInForm
from tenants.errors import TooMany
from tenants.forms import PasswordForm
from tenants.models import Member

WAITING = "account_waiting"
_PAGES = {"code": "account_code", "new_password": "account_new_password"}

TROUBLES = (NotSignedIn, AccessClosed, ChallengeOver, CodeWrong, PasswordTooWeak, TooMany, TryLater)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    wanted = sessions.safe_next(request, _wanted(request))
    if request.method != "POST":
        if sessions.member_of(request):
            return redirect(wanted)
        return _page(request, "login", SignInForm(), next=wanted)
    form = SignInForm(request.POST)
    if not form.is_valid():
        return _page(request, "login", form, next=wanted)
    now, email = timezone.now(), form.cleaned_data["email"]
    try:
        limits.count("sign-in", client_address(request), now)
        limits.count_sign_in(email, now)
        who = account_sign_in.check_password(email, form.cleaned_data["password"])
    except TROUBLES as error:
        return _again(request, "login", form, error, next=wanted)
    return _next_step(request, who, email=email, since=now, wanted=wanted)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enter_code(request: HttpRequest) -> HttpResponse:
    """The code of the authenticator app, asked for after the right password."""
    waiting = _waiting(request, "code")
    if waiting is None:
        return redirect("account_login")
    form = CodeForm(request.POST or None)
    if not form.is_valid():
        return _page(request, "login_code", form)
    try:
        _count(request, waiting)
        who = account_sign_in.check_code(waiting["challenge"], form.cleaned_data["code"])
    except ChallengeOver as error:
        return start_over(request, error)
    except TROUBLES as error:
        return _again(request, "login_code", form, error)
    return _next_step(request, who, **_kept(waiting))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def replace_password(request: HttpRequest) -> HttpResponse:
    """A login that somebody made by hand has a temporary password, good for one sign-in."""
    waiting = _waiting(request, "new_password")
    if waiting is None:
        return redirect("account_login")
    form, since = PasswordForm(request.POST or None), waiting["since"]
    context = {"email": waiting["email"]}
    if not form.is_valid():
        return _page(request, "login_new_password", form, **context)
    try:
        _count(request, waiting)
        who = account_sign_in.replace_password(
            waiting["challenge"], form.cleaned_data["password"], since=since
        )
    except (ChallengeOver, NotSignedIn, AccessClosed) as error:
        return start_over(request, error)
    except TROUBLES as error:
        return _again(request, "login_new_password", form, error, **context)
    kept = _kept(waiting)
    if isinstance(who, Member) and who.password_set_at:
        kept["since"] = who.password_set_at
    return _next_step(request, who, **kept)


@never_cache
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    sessions.forget(request)
    return render(request, "tenants/account/signed_out.html")


def _next_step(
    request: HttpRequest, who: Member | Challenge, *, email: str, since: datetime, wanted: str
) -> HttpResponse:
    """Let the person in, or keep what Cognito asks for the three minutes that it waits."""
    if isinstance(who, Member):
        limits.forget_sign_ins(email, timezone.now())
        sessions.begin(request, who, since=since)
        return redirect(wanted)
    if who.kind not in _PAGES:
        return start_over(request, ChallengeOver())
    sessions.forget(request)
    request.session[WAITING] = {
        "challenge": asdict(who),
        "email": email,
        "since": since.isoformat(),
        "wanted": wanted,
    }
    return redirect(_PAGES[who.kind])


def _waiting(request: HttpRequest, kind: str) -> dict[str, Any] | None:
    waiting = request.session.get(WAITING)
    if not waiting or waiting["challenge"]["kind"] != kind:
        return None
    challenge = Challenge(**waiting["challenge"])
    return {**waiting, "challenge": challenge, "since": datetime.fromisoformat(waiting["since"])}


def _kept(waiting: dict[str, Any]) -> dict[str, Any]:
    return {name: waiting[name] for name in ("email", "since", "wanted")}


def _count(request: HttpRequest, waiting: dict[str, Any]) -> None:
    now = timezone.now()
    limits.count("sign-in", client_address(request), now)
    limits.count_sign_in(waiting["email"], now)


def _again(
    request: HttpRequest, name: str, form: Any, error: Exception, **context: Any
) -> HttpResponse:
    field = "code" if isinstance(error, CodeWrong) else None
    field = "password" if isinstance(error, PasswordTooWeak) else field
    form.add_error(field, sentence(error))
    status = 503 if isinstance(error, TryLater) else 422
    return _page(request, name, form, status=status, **context)


def start_over(request: HttpRequest, error: Exception) -> HttpResponse:
    """Show the sign-in with what became of the try."""
    request.session.pop(WAITING, None)
    form = SignInForm({})
    form.errors.clear()
    return _again(request, "login", form, error, next="")


def sentence(error: Exception) -> str:
    """Say what became of a try, with the next step."""
    closed = _("This account is closed at the moment. Write to %(support)s.")
    sentences = {
        NotSignedIn: _(
            "That did not work. Check the address and the password, or choose a new password. If"
            " your access was closed, write to %(support)s."
        ),
        AccessClosed: closed,
        ChallengeOver: _("That took too long. Sign in again."),
        CodeWrong: _("This code does not fit. Wait for the next one and type it."),
        PasswordTooWeak: _("Use 12 characters, a capital, a small letter and a digit."),
        TooMany: wording.sentence(TooMany.code),
        TryLater: _("We are busy at the moment. Try again in a minute."),
    }
    return sentences[type(error)] % {"support": settings.SUPPORT_ADDRESS}


def _wanted(request: HttpRequest) -> str:
    given = request.POST if request.method == "POST" else request.GET
    return str(given.get("next", ""))[:500]


def _page(
    request: HttpRequest, name: str, form: Any, *, status: int = 200, **context: Any
) -> HttpResponse:
    shown = status if status != 200 or not form.errors else 422
    template = f"tenants/account/{name}.html"
    hosted = bool(settings.HOSTED_UI_URL)
    return render(request, template, {"form": form, "hosted": hosted, **context}, status=shown)
