"""Which notices AWS sends when something happens to an agreement."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from localcloud.marketplace.agreements import Agreement
from localcloud.marketplace.events import MANUFACTURER, PROPOSER, event, usual_role
from localcloud.marketplace.notices import Notice
from localcloud.marketplace.topics import ENTITLEMENT_UPDATED, TOPIC_ACTIONS, message

if TYPE_CHECKING:
    from localcloud.marketplace.world import World

_FOLLOWED = {"RENEWED", "REPLACED"}


def tell(
    world: "World",
    agreement: Agreement,
    kind: str,
    *,
    at: datetime | None = None,
    role: str | None = None,
    **facts: Any,
) -> Notice:
    """Send a notice of this kind: by SNS if it is an action of the topics, else as an event.

    What happens later is told then. Without a role it is the one that AWS's pages name, or both
    of them one after another where the world says so.
    """
    at = at or world.clock.now()
    due_at = at if at > world.clock.now() else None
    if kind in TOPIC_ACTIONS:
        said = message(kind, agreement, at=at, **facts)
        return world.notices.add(kind, said, agreement_id=agreement.id, at=at, due_at=due_at)
    usual = usual_role(kind, agreement)
    for one in _roles(world, usual) if role is None else [role]:
        told = event(kind, agreement, at=at, role=one, **facts)
        notice = world.notices.add(
            told["detail-type"], told, agreement_id=agreement.id, at=at, due_at=due_at
        )
    return notice


def _roles(world: "World", usual: str) -> list[str]:
    if world.tells_both_roles and usual:
        return [PROPOSER, MANUFACTURER]
    return [usual]


def tell_begin(world: "World", agreement: Agreement) -> None:
    if agreement.product.is_legacy:
        if agreement.intent == "NEW":
            tell(world, agreement, "subscribe-success", at=agreement.accepted_at)
        _tell_entitlements(world, agreement, at=agreement.accepted_at)
        return
    tell(world, agreement, "Purchase Agreement Created", at=agreement.accepted_at)
    tell(world, agreement, "License Updated", at=agreement.starts_at)


def tell_change(world: "World", agreement: Agreement) -> None:
    if agreement.product.is_legacy:
        _tell_entitlements(world, agreement, at=world.clock.now())
        return
    tell(world, agreement, "Purchase Agreement Amended")
    tell(world, agreement, "License Updated")


def tell_end(world: "World", agreement: Agreement) -> None:
    """Of an agreement with a successor nobody hears that its license is gone."""
    ended_at = agreement.ended_at or world.clock.now()
    _forget_beginning(world, agreement, ended_at)
    is_followed = agreement.status in _FOLLOWED
    if agreement.product.is_legacy:
        if not is_followed:
            tell(world, agreement, "unsubscribe-pending", at=ended_at)
            _tell_entitlements(world, agreement, at=ended_at)
        return
    tell(world, agreement, "Purchase Agreement Ended", at=ended_at)
    if not is_followed:
        tell(world, agreement, "License Deprovisioned", at=ended_at + world.deprovisions_after)


def _forget_beginning(world: "World", agreement: Agreement, ended_at: datetime) -> None:
    """What ends before it began gets no license."""
    for notice in world.notices.waiting():
        if notice.agreement_id == agreement.id and notice.at > ended_at:
            world.notices.drop(notice)


def _tell_entitlements(world: "World", agreement: Agreement, *, at: datetime) -> None:
    if agreement.product.is_contract:
        tell(world, agreement, ENTITLEMENT_UPDATED, at=at)
