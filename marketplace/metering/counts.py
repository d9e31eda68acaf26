"""What the API's own counters say that an agreement pays for, by dimension and hour.

The counters are by customer, hour, key and who pays (adapters/usage.py); promo usage names a grant
and not an agreement there, and never comes here.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
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


# DynamoDB answers in milliseconds, most of which are the way there: so many customers at once.
READERS = 8


def counts_of(meter: Meter, product: Product, *, since: datetime, read: ReadHours) -> Counts:
    """Add up what every customer of the agreement used of it, those before the present one too."""
    [counts] = counts_of_each([(meter, product, since)], read=read)
    return counts


def counts_of_each(
    wanted: Iterable[tuple[Meter, Product | None, datetime]], *, read: ReadHours
) -> Iterator[Counts]:
    """Yield what was counted of each, in their order; nothing where nothing is metered."""
    asked = list(wanted)
    customers = _customers([meter.agreement for meter, *_ in asked])

    def count(one: tuple[Meter, Product | None, datetime]) -> Counts:
        """In a thread without a connection to the database."""
        meter, product, since = one
        counts: Counts = {}
        if product is None or not product.metered:
            return counts
        source = billing_source_of(meter.agreement)
        for tenant_id in customers[meter.agreement.source_name]:
            for hour in read(tenant_id, since):
                if hour.billing_source == source:
                    _count(counts, product, hour)
        return counts

    with ThreadPoolExecutor(READERS) as threads:
        yield from threads.map(count, asked)


def _customers(agreements: list[Agreement]) -> dict[str, list[str]]:
    """Return whoever has or had each agreement, by its name."""
    grants = Grant.objects.filter(agreement__in={one.source_name for one in agreements})
    customers = defaultdict(list)
    for name, tenant_id in sorted(set(grants.values_list("agreement", "tenant_id"))):
        customers[name].append(tenant_id)
    return customers


def billing_source_of(agreement: Agreement) -> str:
    return f"agreement:{agreement.source_name}"


def _count(counts: Counts, product: Product, hour: HourOfUsage) -> None:
    for dimension in product.metered:
        amount = hour.calls if product.counts_calls(dimension) else hour.units
        if amount:
            counted = counts.setdefault((dimension, hour.hour), Counted())
            counted.amount += amount
            counted.by_key[hour.api_key_id] += amount
