"""The listings that lead here, as the settings name them: how each is sold, and what it grants.

`MARKETPLACE_PRODUCTS` is a JSON object by product code; infra/definitions/products.json is the
laptop's, and the example. `model` is "concurrent" (Concurrent Agreements, listings since
2026-06-01) or "legacy". `pricing` is "contract", "subscription" or "contract_with_consumption". A
contract's `tiers` say which tier each dimension buys; a subscription has one `tier`.

`metered` names the dimensions that are billed by use, as AWS knows them; `measures` says what is
counted of each: "units" of work, which is what counts if it says nothing, or "calls". Of a contract
with consumption `included` says how much each tier has in a month of UTC without paying by use.
`sends_zero` sends a record of 0 for an idle hour; `allocates_by_key` shows the buyer which API key
used how much.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.conf import settings

from adapters.definitions import definition

if TYPE_CHECKING:
    from marketplace.models import Agreement


class ProductUnknown(Exception):
    """A product code that no listing of ours has: refused, and staff are told."""


@dataclass(frozen=True)
class Product:
    code: str
    id: str
    title: str
    model: str
    pricing: str
    tier: str = ""
    tiers: dict[str, str] = field(default_factory=dict)
    metered: dict[str, str] = field(default_factory=dict)
    measures: dict[str, str] = field(default_factory=dict)
    included: dict[str, int] = field(default_factory=dict)
    sends_zero: bool = False
    allocates_by_key: bool = False

    @property
    def has_entitlements(self) -> bool:
        return self.pricing != "subscription"

    @property
    def is_legacy(self) -> bool:
        return self.model == "legacy"

    def counts_calls(self, dimension: str) -> bool:
        return self.measures.get(dimension) == "calls"

    def tier_for(self, dimensions: Iterable[str]) -> str:
        """Return the highest tier that these dimensions buy; empty if they buy none."""
        if not self.has_entitlements:
            return self.tier
        bought = {self.tiers[name] for name in dimensions if name in self.tiers}
        return max(bought, key=list(definition("tiers")).index, default="")


def product_of(code: str) -> Product:
    """Raises ProductUnknown."""
    try:
        return Product(code=code, **_known()[code])
    except KeyError as error:
        raise ProductUnknown(code) from error


def known_product(agreement: "Agreement") -> Product | None:
    """Return what was bought; None where the settings do not name its listing any more."""
    try:
        return product_of(agreement.product_code)
    except ProductUnknown:
        return None


def all_products() -> list[Product]:
    return [product_of(code) for code in _known()]


def _known() -> dict[str, dict[str, Any]]:
    products: dict[str, dict[str, Any]] = settings.MARKETPLACE_PRODUCTS
    return products
