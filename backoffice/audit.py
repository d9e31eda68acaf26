"""The audit trail: one line for each thing that a member of staff, or a customer's person, did.

Lines are added by `record` and `record_outside`, and that is all that code may do: the rows' own
methods refuse the rest, and so do triggers in the database, whoever asks. Two doors stay open:

- `backoffice/audit_erasure.py` puts a pseudonym in the place of a person. The triggers let through
  an update that marks the line as erased, that leaves when, what, which kind of row and which
  request as they were, and that changes a name or id to nothing but a pseudonym.
- `backoffice/audit_retention.py` deletes lines that are older than the stage keeps them. The
  triggers refuse it for lines of the last 365 days.
"""

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
    # Who acts where it is nobody of the staff: a customer's person, by address.
    name: str = ""

    @classmethod
    def of(cls, user: AbstractBaseUser | AnonymousUser, reason: str = "") -> "Act":
        return cls(user if isinstance(user, User) else None, reason)


SYSTEM = Act(None)
SYSTEM_NAME = "gatehouse"


@dataclass(frozen=True)
class Thing:
    """What an act is done to: 60 characters of kind and 64 of key are kept."""

    kind: str
    key: str
    name: str


def record(
    act: Act,
    action: str,
    target: Model,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> AuditEvent:
    """Write one line. Call it inside the transaction that makes the change."""
    thing = Thing(target._meta.label, str(target.pk), str(target))
    return record_outside(act, action, thing, before=before, after=after)


def record_outside(
    act: Act,
    action: str,
    thing: Thing,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> AuditEvent:
    """Write one line about what is no row of ours. Call it before AWS is asked to do it."""
    return AuditEvent.objects.create(
        actor=act.actor,
        actor_name=act.actor.get_username() if act.actor else act.name[:150] or SYSTEM_NAME,
        action=action,
        target_type=thing.kind,
        target_id=thing.key,
        target_name=thing.name[:200],
        before=before or {},
        after=after or {},
        reason=act.reason[:500],
        request_id=current_request_id.get(),
    )
