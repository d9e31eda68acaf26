"""What we last heard of each person's login at Cognito: noted for staff to read.

The reconciler acts on what it sees itself. Cognito's status is kept in its own words; two are ours:
EXPIRED, a temporary password that nobody used in time (Cognito goes on saying
FORCE_CHANGE_PASSWORD), and GONE, a login that somebody deleted.
"""

from django.utils import timezone

from adapters.sign_in import DISABLED, EXPIRED
from adapters.user_pool import User
from tenants.models import Member

# Until a reconciliation makes another login.
GONE = "GONE"
MUST_CHOOSE = "FORCE_CHANGE_PASSWORD"
MUST_RESET = "RESET_REQUIRED"


def note(member: Member, **facts: str | bool) -> None:
    """Keep some of `status`, `enabled` and `has_app`; the rest stays as it was heard before."""
    named = {f"login_{name}": value for name, value in facts.items()}
    for name, value in named.items():
        setattr(member, name, value)
    member.login_seen_at = timezone.now()
    Member.objects.filter(pk=member.pk).update(**named, login_seen_at=member.login_seen_at)


def note_user(member: Member, user: User | None) -> None:
    """Keep what Cognito has. An expired temporary password is told at a sign-in alone."""
    if user is None:
        note(member, status=GONE if member.user_id else "")
        return
    is_same = member.login_status == EXPIRED and user.status == MUST_CHOOSE
    status = EXPIRED if is_same else user.status
    note(member, status=status, enabled=user.enabled, has_app=user.has_authenticator)


def note_refusal(email: str, status: str) -> None:
    """Somebody tried to sign in, and Cognito said what is the matter with the login."""
    if status and (member := _member_of(email)):
        facts: dict[str, str | bool] = {"enabled": False} if status == DISABLED else {}
        note(member, **(facts or {"status": status}))


def note_question(email: str, kind: str) -> None:
    """The password was right, and Cognito asked for more."""
    if kind in _ASKED and (member := _member_of(email)):
        note(member, **_ASKED[kind])


_ASKED: dict[str, dict[str, str | bool]] = {
    "new_password": {"status": MUST_CHOOSE},
    "code": {"has_app": True},
}


def _member_of(email: str) -> Member | None:
    return Member.objects.filter(email=email.casefold(), left_at=None).first()
