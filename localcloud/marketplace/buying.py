"""What may be bought, by whom, and what AWS calls it afterwards."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from localcloud.marketplace.agreements import (
    Agreement,
    new_agreement_id,
    new_customer_identifier,
    new_license_id,
    new_offer_id,
)
from localcloud.marketplace.products import Product

if TYPE_CHECKING:
    from localcloud.marketplace.world import World

_YEAR = timedelta(days=365)


class CannotHappen(Exception):
    """AWS would not let this happen; the sentence says why."""


def purchase(
    world: "World",
    product: Product,
    account_id: str,
    *,
    dimensions: dict[str, int] | None,
    lasts: timedelta,
    starts_in: timedelta,
    is_trial: bool,
    **terms: Any,
) -> Agreement:
    """Return the agreement that a buyer would have by accepting an offer. Raises CannotHappen."""
    check_purchase(world, product, account_id, is_trial=is_trial)
    starts_at = world.clock.now() + starts_in
    return Agreement(
        product=product,
        account_id=account_id,
        accepted_at=world.clock.now(),
        starts_at=starts_at,
        ends_at=starts_at + lasts if product.is_contract else None,
        dimensions=bought(product, dimensions),
        trial_ends_at=starts_at + lasts if is_trial else None,
        license_id="" if product.is_legacy else new_license_id(),
        customer_identifier=customer_of(world, product, account_id),
        **terms,
    )


def check_purchase(world: "World", product: Product, account_id: str, *, is_trial: bool) -> None:
    """Raises CannotHappen."""
    if account_id in world.suspended:
        raise CannotHappen(f"The account {account_id} is suspended.")
    same = [
        a for a in world.agreements.values() if (a.product, a.account_id) == (product, account_id)
    ]
    if product.is_legacy and any(agreement.is_active for agreement in same):
        raise CannotHappen(f"{account_id} has this product, and a legacy product is had once.")
    if is_trial and any(agreement.trial_ends_at for agreement in same):
        raise CannotHappen(f"{account_id} had its free trial of this product.")


def bought(product: Product, dimensions: dict[str, int] | None) -> dict[str, int]:
    """Return what is paid in advance: the smallest choice if none is made. Raises CannotHappen."""
    if not product.is_contract:
        if dimensions:
            raise CannotHappen(f"{product.title} is paid by use: nothing is chosen in advance.")
        return {}
    chosen = dimensions or {next(iter(product.tiers)): 1}
    for name, quantity in chosen.items():
        if name not in product.tiers or quantity < 1:
            raise CannotHappen(f"{product.title} does not sell {quantity} of {name}.")
    return dict(chosen)


def customer_of(world: "World", product: Product, account_id: str) -> str:
    """Return what a legacy product calls the buyer: the same at every purchase of theirs."""
    if not product.is_legacy:
        return ""
    known = [
        agreement.customer_identifier
        for agreement in world.agreements.values()
        if (agreement.product, agreement.account_id) == (product, account_id)
    ]
    return known[0] if known else new_customer_identifier()


def successor(
    old: Agreement, intent: str, dimensions: dict[str, int], *, at: datetime, **changes: Any
) -> Agreement:
    """Return the agreement that comes after this one, for as long as it was for."""
    lasts = old.ends_at - old.starts_at if old.ends_at and not old.trial_ends_at else _YEAR
    return replace(
        old,
        **{
            "id": new_agreement_id(),
            "offer_id": new_offer_id(),
            "license_id": new_license_id() if old.license_id else "",
            "intent": intent,
            "previous_id": old.id,
            "dimensions": dict(dimensions),
            "accepted_at": at,
            "starts_at": at,
            "ends_at": at + lasts if old.ends_at else None,
            "trial_ends_at": None,
            "updated_at": at,
            "advisory_since": None,
            **changes,
        },
    )
