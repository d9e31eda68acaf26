"""What the API's own counters say that an agreement pays for, by dimension and hour.

The counters are by customer, hour, key and who pays (adapters/usage.py); promo usage names a grant
and not an agreement there, and never comes here.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from adapters.usage import HourOfUsage
from marketplace.metering.rows import Meter
from marketplace.models import Agreement
from marketplace.products import Product
from tenants.models import Grant

# Return the counters of a customer from the hour on in which the moment is.
ReadHours = Callable[[str, datetime], list[HourOfUsage]]


@dataclass
class Counted:
    """What was counted of one dimension in one hour, and by which key."""

    amount: int = 0
    by_key: Counter[str] = field(default_factory=Counter)


Counts = dict[tuple[str, datetime], Counted]
NOTHING = Counted()


def counts_of(meter: Meter, product: Product, *, since: datetime, read: ReadHours) -> Counts:
    """Add up what every customer of the agreement used of it, those before the present one too."""
    counts: Counts = {}
    if not product.metered:
        return counts
    grants = Grant.objects.filter(agreement=meter.agreement.source_name)
    source = billing_source_of(meter.agreement)
    for tenant_id in sorted(set(grants.values_list("tenant_id", flat=True))):
        for hour in read(tenant_id, since):
            if hour.billing_source == source:
                _count(counts, product, hour)
    return counts


def billing_source_of(agreement: Agreement) -> str:
    return f"agreement:{agreement.source_name}"


def _count(counts: Counts, product: Product, hour: HourOfUsage) -> None:
    for dimension in product.metered:
        amount = hour.calls if product.counts_calls(dimension) else hour.units
        if amount:
            counted = counts.setdefault((dimension, hour.hour), Counted())
            counted.amount += amount
            counted.by_key[hour.api_key_id] += amount
