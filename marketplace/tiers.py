"""Which tier an agreement buys."""

from marketplace.models import Agreement
from marketplace.products import ProductUnknown, product_of


def tier_of(agreement: Agreement) -> str:
    """Return what was bought, as far as it is known; empty while it is not."""
    try:
        product = product_of(agreement.product_code)
    except ProductUnknown:
        return ""
    return agreement.tier if product.has_entitlements else product.tier
