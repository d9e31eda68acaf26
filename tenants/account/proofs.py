"""Proving anew who it is. A session alone, which somebody may have found open, changes no password
and no authenticator app, gives the account to nobody and closes nothing."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from adapters.errors import TryLater
from adapters.sign_in import AccessClosed, ChallengeOver, CodeWrong, NotSignedIn
from adapters.user_pool import PasswordTooWeak
from backoffice.addresses import client_address
from tenants import limits
from tenants.account import security
from tenants.account.login_views import TROUBLES, sentence
from tenants.account.sessions import MemberRequest
from tenants.errors import NotPossible

# What an act with a proof may raise, and `explain` puts into words.
REFUSALS = (*TROUBLES, NotPossible)


def count(request: MemberRequest) -> None:
    """Count one try, as at the sign-in. Raises TooMany beyond the limit."""
    now = timezone.now()
    limits.count("sign-in", client_address(request), now)
    limits.count_sign_in(request.member.email, now)


def forget(request: MemberRequest) -> None:
    limits.forget_sign_ins(request.member.email, timezone.now())


def refusal(request: MemberRequest, form: Any) -> int:
    """Return 0 if the form's password is right, and its code where there is an app; otherwise the
    status of the page on which the form says what is wrong."""
    given = form.cleaned_data
    try:
        count(request)
        security.prove(request.member, given["present"], given["code"])
    except REFUSALS as error:
        return explain(form, error)
    forget(request)
    return 0


def explain(form: Any, error: Exception) -> int:
    """Say in the form what was wrong, and return the status of its page."""
    if isinstance(error, NotPossible) and type(error) not in TROUBLES:
        form.add_error(None, str(error))
    elif isinstance(error, NotSignedIn | AccessClosed):
        form.add_error("present", _("This is not your present password."))
    elif isinstance(error, CodeWrong | ChallengeOver):
        form.add_error("code", sentence(CodeWrong()))
    elif isinstance(error, PasswordTooWeak):
        form.add_error("password", sentence(error))
    else:
        form.add_error(None, sentence(error))
    return 503 if isinstance(error, TryLater) else 422


def ask_for_code(request: MemberRequest, form: Any) -> None:
    """Where a code may be lacking, ask only those for one who have an app."""
    may_lack_code = "code" in form.fields and not form.fields["code"].required
    if may_lack_code and security.has_authenticator(request.member) is False:
        del form.fields["code"]
