"""How agreements begin, follow each other and end, by somebody's will or by the time."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from localcloud.marketplace.agreements import FINAL_USAGE, Agreement
from localcloud.marketplace.buying import CannotHappen, bought, successor
from localcloud.marketplace.telling import tell, tell_begin, tell_end

if TYPE_CHECKING:
    from localcloud.marketplace.world import World

_ENDED_AS = {"RENEW": "RENEWED", "REPLACE": "REPLACED"}


def begin(world: "World", agreement: Agreement) -> None:
    world.agreements[agreement.id] = agreement
    tell_begin(world, agreement)


def fail(world: "World", agreement: Agreement) -> None:
    """The payment fails after the buyer was sent on to the seller. Raises CannotHappen."""
    if not agreement.product.is_legacy:
        raise CannotHappen("The payment is checked before an agreement of this product is made.")
    world.agreements[agreement.id] = agreement
    agreement.status, agreement.ended_at = "TERMINATED", agreement.accepted_at
    tell(world, agreement, "subscribe-fail")


def succeed(
    world: "World",
    old: Agreement,
    intent: str,
    dimensions: dict[str, int] | None,
    *,
    at: datetime | None = None,
    **changes: Any,
) -> Agreement:
    """Return the agreement that takes the place of this one. The old one closes nothing."""
    chosen = bought(old.product, dimensions) if dimensions else old.dimensions
    new = successor(old, intent, chosen, at=at or world.clock.now(), **changes)
    end(world, old, _ENDED_AS[intent], at=new.starts_at)
    begin(world, new)
    return new


def end(
    world: "World", agreement: Agreement, status: str, *, at: datetime | None = None
) -> Agreement:
    agreement.status = status
    agreement.ended_at = agreement.updated_at = at or world.clock.now()
    if agreement.product.is_legacy and status not in _ENDED_AS.values():
        agreement.closes_at = agreement.ended_at + FINAL_USAGE
    tell_end(world, agreement)
    return agreement


def settle(world: "World") -> None:
    """Let agreements end or renew whose time has come, however many times."""
    now = world.clock.now()
    while due := [one for one in world.agreements.values() if _is_over(one, now)]:
        for agreement in due:
            if agreement.auto_renews:
                succeed(world, agreement, "RENEW", None, at=agreement.ends_at)
            else:
                end(world, agreement, "EXPIRED", at=agreement.ends_at)
    for agreement in list(world.agreements.values()):
        _close(world, agreement, now)


def _is_over(agreement: Agreement, now: datetime) -> bool:
    return agreement.is_active and agreement.ends_at is not None and agreement.ends_at <= now


def _close(world: "World", agreement: Agreement, now: datetime) -> None:
    """Say the last word of a legacy subscription, unless its buyer is back: then none is said."""
    if agreement.closes_at is None or agreement.closes_at > now:
        return
    closed_at, agreement.closes_at = agreement.closes_at, None
    is_back = any(
        one.is_active and one.customer_identifier == agreement.customer_identifier
        for one in world.agreements.values()
    )
    if not is_back:
        tell(world, agreement, "unsubscribe-success", at=closed_at)
