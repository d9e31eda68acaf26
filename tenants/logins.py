"""What staff do with one person's sign-in: rows and an audit line; Cognito follows."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice import audit
from backoffice.audit import Act
from tenants import links, mail, passwords, reconcile
from tenants.errors import NotPossible
from tenants.models import Member, Message, Tenant


class AlreadySo(NotPossible):
    """The sign-in is in that state already."""

    code = "already_so"


class PersonGone(NotPossible):
    """Nobody of an account that is open is called so any more."""

    code = "person_gone"


@transaction.atomic
def disable(member: Member, act: Act) -> None:
    """Keep this person out, and nobody else of the customer. Links in their mails are void."""
    _require_here(member)
    now = timezone.now()
    rows = Member.objects.filter(pk=member.pk, disabled_at=None)
    if not rows.update(disabled_at=now, disabled_why=act.reason[:500]):
        raise AlreadySo(_("This person's sign-in is disabled already."))
    links.void_links(member, now)
    mail.drop_waiting(member)
    _note(member, act, "disable sign-in")


@transaction.atomic
def enable(member: Member, act: Act) -> None:
    """Let the person in again. Who has no password gets a link: an earlier one is void."""
    _require_here(member)
    rows = Member.objects.filter(pk=member.pk, disabled_at__isnull=False)
    if not rows.update(disabled_at=None, disabled_why=""):
        raise AlreadySo(_("This person's sign-in is not disabled."))
    is_mailed = member.message_set.filter(state=Message.State.WAITING).exists()
    if member.password_set_at is None and not is_mailed:
        kind = Message.Kind.RESET if member.sign_out_wanted_at else Message.Kind.WELCOME
        mail.promise(kind, to=member.email, member=member)
    _note(member, act, "enable sign-in")


@transaction.atomic
def end_sessions(member: Member, act: Act) -> None:
    """Sign the person out everywhere; password and authenticator app stay."""
    _require_here(member)
    Member.objects.filter(pk=member.pk).update(sessions_end_wanted_at=timezone.now())
    _note(member, act, "sign out everywhere")


@transaction.atomic
def remove_app(member: Member, act: Act) -> None:
    """Ask this person for no codes any more: the app that shows them is lost. Sessions end, too."""
    _require_here(member)
    now = timezone.now()
    Member.objects.filter(pk=member.pk).update(
        app_removal_wanted_at=now, sessions_end_wanted_at=now
    )
    _note(member, act, "remove lost authenticator")


@transaction.atomic
def reset(member: Member, act: Act) -> None:
    """Sign the person out, void the password, mail a one-time link. Leaves colleagues and keys."""
    _require_here(member)
    if member.disabled_at:
        raise NotPossible(_("This person's sign-in is disabled. Enable it first."))
    passwords.ask_for_new(member, timezone.now())
    _note(member, act, "reset sign-in")


def _note(member: Member, act: Act, verb: str) -> None:
    audit.record(act, verb, member.tenant, after={"of": member.email})
    reconcile.request_reconcile(member.tenant)


def _require_here(member: Member) -> None:
    if member.left_at or member.tenant.state == Tenant.State.CLOSED:
        raise PersonGone(_("This person has left, or the account is closed."))
