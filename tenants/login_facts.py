"""What we last heard of each person's login at Cognito: noted for staff to read.

The reconciler acts on what it sees itself. Cognito's status is kept in its own words; two are ours.
"""

from django.utils import timezone

from adapters.user_pool import User
from tenants.models import Member

# A temporary password that nobody used in time. Cognito still says FORCE_CHANGE_PASSWORD.
EXPIRED = "EXPIRED"
# Somebody deleted the login; until a reconciliation makes another.
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
