"""A person's own password and authenticator app. Each act proves anew who it is: no token is kept
from one request to the next."""

from datetime import datetime

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from adapters import own_login, user_pool
from adapters import sign_in as pool
from adapters.errors import OutsideError
from adapters.sign_in import Challenge, CodeWrong, NotSignedIn, SignedIn
from backoffice import audit
from backoffice.audit import Act
from tenants import login_facts
from tenants.account import sign_in as account_sign_in
from tenants.errors import NotPossible
from tenants.models import Member


def has_authenticator(member: Member) -> bool | None:
    """Ask Cognito; None while it does not answer."""
    try:
        user = user_pool.find_user(settings.USER_POOL_ID, member.email)
    except OutsideError:
        return None
    return user is not None and user.has_authenticator


def draw_secret(member: Member, password: str) -> str:
    """Return a secret for the person's app; it does not count yet.

    Raises NotSignedIn for a wrong password, NotPossible if an app is set up already, or TryLater.
    """
    return own_login.draw_secret(_proven(member, password))


def add_authenticator(member: Member, password: str, code: str, act: Act) -> None:
    """Let the drawn secret count, and ask for its codes from the next sign-in on.

    Raises CodeWrong, NotSignedIn, NotPossible or TryLater; nothing has changed then.
    """
    person = _proven(member, password)
    own_login.verify_secret(person, code)
    own_login.ask_for_codes(person, wanted=True)
    login_facts.note(member, has_app=True)
    audit.record(act, "add authenticator", member.tenant, after={"of": member.email})


def remove_authenticator(member: Member, password: str, code: str, act: Act) -> None:
    """Ask for no codes any more. Raises CodeWrong, NotSignedIn, NotPossible or TryLater."""
    person = _proven(member, password, code)
    own_login.ask_for_codes(person, wanted=False)
    login_facts.note(member, has_app=False)
    audit.record(act, "remove authenticator", member.tenant, before={"of": member.email})


def change_password(member: Member, act: Act, *, old: str, new: str, code: str) -> datetime:
    """Return when the new password was chosen: sessions that began before are over.

    Raises NotSignedIn, CodeWrong, PasswordTooWeak or TryLater, and then the old one stays.
    """
    since = timezone.now()
    own_login.change_password(_proven(member, old, code), old=old, new=new)
    audit.record(act, "change password", member.tenant, after={"of": member.email})
    account_sign_in.note_new_password(member, since=since)
    return member.password_set_at or since


def prove(member: Member, password: str, code: str) -> None:
    """Raise NotSignedIn, CodeWrong or TryLater unless this is the person; `code` is empty where
    there is no app."""
    _proven(member, password, code)


def _proven(member: Member, password: str, code: str | None = None) -> SignedIn:
    """Sign in once more, for one request. Without a `code` no app may be set up yet."""
    client_id = settings.USER_POOL_CLIENT_ID
    answer = pool.sign_in(client_id, email=member.email, password=password)
    if isinstance(answer, Challenge) and answer.kind == "code":
        if code is None:
            raise NotPossible(_("An authenticator app is set up already. Remove it first."))
        if not code:
            raise CodeWrong
        answer = pool.answer_code(client_id, answer, code)
    if isinstance(answer, Challenge) or answer.user_id != member.user_id:
        raise NotSignedIn
    return answer
