"""What was used of an agreement that has ended, and counted after its last hour was closed."""

from datetime import datetime

from django.db.models import F, QuerySet

from marketplace.metering.meters import last_hour
from marketplace.metering.new_rows import empty_row, to_bill, used_before
from marketplace.metering.rows import Meter, MeteredHour
from marketplace.models import Agreement
from marketplace.products import Product
from marketplace.succession import family_of, successor_of


def place_leftovers(meter: Meter, product: Product, now: datetime) -> None:
    """Bill it with the last hour if that is not sent yet, else with the agreement that goes on from
    this one. What cannot be billed any more stands on the last row, and staff are told.

    Within the transaction that closes hours.
    """
    for dimension, amount in meter.carried.items():
        if not amount or _bill_last_hour(meter, product, dimension, amount, now):
            continue
        if not _hand_on(meter, dimension, amount):
            _write_off(meter, dimension, amount, now)
    meter.carried = {}
    meter.save(update_fields=["carried"])


def _bill_last_hour(
    meter: Meter, product: Product, dimension: str, amount: int, now: datetime
) -> bool:
    """Put it into the last hour, or begin that hour's row. False if the row may have been sent."""
    row = _last_row(meter, dimension, now)
    if row.pk and not _is_open(row):
        return False
    before = used_before(meter.agreement, product, dimension, row.hour)
    row.used += amount
    row.quantity = to_bill(meter.agreement, product, before=before, used=row.used)
    row.allocations = None
    if row.quantity:
        row.state, row.settled_at = MeteredHour.State.READY, None
    row.save()
    return True


def _is_open(row: MeteredHour) -> bool:
    """The lease of the metering is ours, so nobody sends it meanwhile."""
    is_unsent = row.state == MeteredHour.State.READY and row.attempts == 0
    return is_unsent or row.state == MeteredHour.State.FREE


def _last_row(meter: Meter, dimension: str, now: datetime) -> MeteredHour:
    hour = last_hour(meter.agreement) or meter.next_hour
    row = _rows(meter.agreement, dimension).filter(hour=hour).first()
    return row or empty_row(meter.agreement, dimension, hour, now)


def _hand_on(meter: Meter, dimension: str, amount: int) -> bool:
    successor = successor_of(meter.agreement, family_of(meter.agreement))
    theirs = Meter.objects.filter(agreement=successor).first() if successor else None
    if theirs is None:
        return False
    theirs.carried[dimension] = theirs.carried.get(dimension, 0) + amount
    theirs.save(update_fields=["carried"])
    return True


def _write_off(meter: Meter, dimension: str, amount: int, now: datetime) -> None:
    row = _last_row(meter, dimension, now)
    MeteredHour.objects.filter(pk=row.pk).update(
        uncollected=F("uncollected") + amount, alarmed_at=None
    )


def _rows(agreement: Agreement, dimension: str) -> QuerySet[MeteredHour]:
    return MeteredHour.objects.filter(agreement=agreement, dimension=dimension)
