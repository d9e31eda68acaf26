"""How one person's sign-in stands, in plain words, and what staff do next.

Cognito's dead ends each have a way out here: tests/tenants/test_dead_ends.py walks every one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from adapters.sign_in import EXPIRED
from adapters.user_pool import UNCONFIRMED
from tenants import login_facts
from tenants.models import Member, Message, OneTimeLink

RESET = _("Reset sign-in: a one-time link follows.")
RECONCILE = _("Reconcile the customer: it is put right.")
RESEND = _("Resend welcome: it sends a new link.")
LOST_APP = _("Lost the app? Remove authenticator.")


@dataclass(frozen=True)
class LoginStanding:
    """`next_step` names the verb that leads on; it is empty where nothing is to be done."""

    colour: str
    word: str | Promise
    next_step: str | Promise = ""


TROUBLES = {
    login_facts.GONE: LoginStanding("danger", _("Login was deleted"), RECONCILE),
    UNCONFIRMED: LoginStanding("danger", _("Address not confirmed"), RECONCILE),
    EXPIRED: LoginStanding("danger", _("Temporary password expired"), RESET),
    login_facts.MUST_RESET: LoginStanding("danger", _("Must reset the password"), RESET),
}


def standing_of(
    member: Member,
    links: Sequence[OneTimeLink],
    mails: Sequence[Message],
    now: datetime,
    *,
    is_suspended: bool = False,
) -> LoginStanding:
    """Say how this person stands. `mails` are those to them that were not sent."""
    return (
        _of_rows(member, is_suspended=is_suspended)
        or _of_cognito(member, is_suspended=is_suspended)
        or _of_password(member)
        or _of_mail(links, mails, now)
    )


def _of_rows(member: Member, *, is_suspended: bool) -> LoginStanding | None:
    if member.left_at:
        return LoginStanding("default", _("Left"))
    if member.disabled_at:
        next_step = _("Enable sign-in when the reason is settled.")
        return LoginStanding("danger", _("Disabled by staff"), next_step)
    if is_suspended:
        return LoginStanding("warning", _("Suspended with the account"), _("Reinstate."))
    return None


def _of_cognito(member: Member, *, is_suspended: bool) -> LoginStanding | None:
    """What Cognito was last heard to say, where that keeps the person out."""
    if member.login_status in TROUBLES:
        return TROUBLES[member.login_status]
    is_off = bool(member.login_seen_at) and not member.login_enabled and not is_suspended
    if is_off and not member.tenant.is_reconciled:
        return LoginStanding("info", _("Being switched on"))
    if is_off:
        return LoginStanding("danger", _("Switched off at Cognito"), RECONCILE)
    if member.login_status == login_facts.MUST_CHOOSE and member.password_set_at:
        return LoginStanding("warning", _("Has a temporary password"), RESET)
    return None


def _of_password(member: Member) -> LoginStanding | None:
    if member.password_set_at and member.login_has_app:
        return LoginStanding("success", _("Password and authenticator app"), LOST_APP)
    if member.password_set_at:
        return LoginStanding("success", _("Password chosen"))
    return None


def _of_mail(
    links: Sequence[OneTimeLink], mails: Sequence[Message], now: datetime
) -> LoginStanding:
    """Nobody has chosen a password yet: it is a matter of the mail with the link."""
    if any(mail.state == Message.State.HELD for mail in mails):
        return LoginStanding("danger", _("Mail comes back"), _("Release the address."))
    if any(mail.state == Message.State.STUCK for mail in mails):
        return LoginStanding("danger", _("Mail is stuck"), _("Try the mail again."))
    if any(not link.used_at and link.expires_at > now for link in links):
        return LoginStanding("info", _("Link sent"))
    if any(mail.state == Message.State.WAITING for mail in mails):
        return LoginStanding("info", _("Link is on its way"))
    word = _("Link expired") if links else _("Never signed in")
    return LoginStanding("warning", word, RESEND)
