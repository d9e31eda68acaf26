"""The audit trail: one line for each thing that a member of staff did."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.db.models import Model

from backoffice.models import AuditEvent
from backoffice.request_ids import current_request_id


@dataclass(frozen=True)
class Act:
    """Who acts, and why. Services take one, so that nothing is done without an author."""

    actor: User | None
    reason: str = ""

    @classmethod
    def of(cls, user: AbstractBaseUser | AnonymousUser, reason: str = "") -> "Act":
        return cls(user if isinstance(user, User) else None, reason)


SYSTEM = Act(None)


def record(
    act: Act,
    action: str,
    target: Model,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> AuditEvent:
    """Write one line. Call it inside the transaction that makes the change."""
    return AuditEvent.objects.create(
        actor=act.actor,
        actor_name=act.actor.get_username() if act.actor else "gatehouse",
        action=action,
        target_type=target._meta.label,
        target_id=str(target.pk),
        target_name=str(target)[:200],
        before=before or {},
        after=after or {},
        reason=act.reason[:500],
        request_id=current_request_id.get(),
    )
