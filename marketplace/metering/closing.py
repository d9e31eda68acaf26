"""Closing hours: what the API's counters say of an hour becomes rows of the ledger, once.

What is counted after its hour was closed goes into the next hour that is: nothing is lost, and
nothing that may have been sent is changed. The sum of `used` is the sum of `counted`, always.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from django.db import IntegrityError, transaction

from adapters.usage import hours_of
from marketplace.metering.amounts import shares
from marketplace.metering.counts import NOTHING, Counted, Counts, ReadHours, counts_of_each
from marketplace.metering.deadlines import HOUR, month_of
from marketplace.metering.leftovers import place_leftovers
from marketplace.metering.meters import LATE, hours_to_close, is_over, last_hour, next_due
from marketplace.metering.new_rows import empty_row, to_bill, used_before
from marketplace.metering.rows import Meter, MeteredHour
from marketplace.metering.writing import write
from marketplace.models import Agreement
from marketplace.products import Product, known_product

MOST_AT_ONCE = 100
# An agreement whose listing the settings do not name is looked at again after so long: its hours
# stay open, because what was used in them would be lost.
AGAIN = timedelta(minutes=15)

# Keep the right to write for another while. Raises LeaseLost.
Renew = Callable[[], None]
# By meter: what was counted, and from when on staff had asked for it.
CountedMeters = dict[int, tuple[Counts, datetime | None]]

log = logging.getLogger(__name__)


def close_due(now: datetime, *, renew: Renew, read: ReadHours = hours_of) -> int:
    """Close the hours of some agreements that are due; return how many were looked at.

    One process at a time (running.py). Safe to repeat after a crash: rows and meters move together.
    Raises LeaseLost.
    """
    due = Meter.objects.filter(due_at__lte=now).select_related("agreement").order_by("due_at", "pk")
    # DynamoDB is asked before the transaction, for all of them.
    counted = _counted(list(due[:MOST_AT_ONCE]), read, renew)
    try:
        _close(counted, now, renew)
    except IntegrityError:
        _close_one_by_one(counted, now, renew)
    return len(counted)


@transaction.atomic
def _close(counted: CountedMeters, now: datetime, renew: Renew) -> None:
    renew()
    closings = [_Closing(meter, *counted[meter.pk], now) for meter in _locked(counted)]
    _look_up(closings)
    MeteredHour.objects.bulk_create([row for each in closings for row in each.rows()])
    meters = [each.meter for each in closings]
    write(meters, ["next_hour", "carried", "reread_from", "due_at"])
    for each in closings:
        if each.product and is_over(each.meter) and any(each.meter.carried.values()):
            place_leftovers(each.meter, each.product, now)


def _close_one_by_one(counted: CountedMeters, now: datetime, renew: Renew) -> None:
    """One agreement whose rows contradict what is there must not keep the others from being billed:
    it waits, and staff see it as stuck."""
    for pk, one in counted.items():
        try:
            _close({pk: one}, now, renew)
        except IntegrityError as error:
            log.exception("metric metering_stuck: 1, meter %s cannot be closed", pk)
            Meter.objects.filter(pk=pk).update(due_at=now + AGAIN)
            trouble = f"its usage cannot be closed: {error}"[:500]
            Agreement.objects.filter(meter=pk).update(trouble=trouble)


def _counted(meters: list[Meter], read: ReadHours, renew: Renew) -> CountedMeters:
    asked = [(meter, known_product(meter.agreement), _since(meter)) for meter in meters]
    counted: CountedMeters = {}
    for meter, counts in zip(meters, counts_of_each(asked, read=read), strict=True):
        renew()
        counted[meter.pk] = counts, meter.reread_from
    return counted


def _since(meter: Meter) -> datetime:
    since = meter.next_hour - LATE
    return min(since, meter.reread_from or since)


def _locked(pks: Iterable[int]) -> list[Meter]:
    """Return the meters with their agreements as they are now: whoever ends one waits until its
    meter is written (meters.wake)."""
    meters = list(Meter.objects.select_for_update().filter(pk__in=pks).order_by("pk"))
    agreements = Agreement.objects.in_bulk([meter.agreement_id for meter in meters])
    for meter in meters:
        meter.agreement = agreements[meter.agreement_id]
    return meters


def _look_up(closings: list["_Closing"]) -> None:
    """Tell each closing which rows the ledger has of its hours: in one query, as a rule."""
    by_first_hour: dict[datetime, dict[int, _Closing]] = defaultdict(dict)
    for each in closings:
        if each.touched:
            by_first_hour[min(each.touched)][each.meter.agreement_id] = each
    for first_hour, group in by_first_hour.items():
        rows = MeteredHour.objects.filter(agreement__in=group, hour__gte=first_hour)
        for row in rows.order_by():
            closing = group[row.agreement_id]
            row.agreement = closing.meter.agreement
            closing.known[row.dimension, row.hour] = row


@dataclass
class _Closing:
    """One agreement's hours that are to be closed now."""

    meter: Meter
    counts: Counts
    # As it was when the counters were read: what staff ask for meanwhile is for the next time.
    reread_from: datetime | None
    now: datetime
    # The rows that the ledger has, by dimension and hour.
    known: dict[tuple[str, datetime], MeteredHour] = field(default_factory=dict)

    @cached_property
    def hours(self) -> list[datetime]:
        return list(hours_to_close(self.meter, self.now))

    @property
    def touched(self) -> set[datetime]:
        """The hours of which a row may be there already."""
        return {*self.hours, *(hour for _, hour in self.counts)}

    @cached_property
    def product(self) -> Product | None:
        return known_product(self.meter.agreement)

    def rows(self) -> Iterator[MeteredHour]:
        """Yield the new rows, and leave the meter as it is afterwards."""
        if self.product is None:
            self.meter.due_at = self.now + AGAIN
            return
        for dimension in self.product.metered:
            yield from self._rows(self.product, dimension)
        if self.hours:
            self.meter.next_hour = self.hours[-1] + HOUR
        self.meter.due_at = next_due(self.meter, self.now)
        if self.meter.reread_from == self.reread_from:
            self.meter.reread_from = None

    def _rows(self, product: Product, dimension: str) -> Iterator[MeteredHour]:
        # Who comes back finds hours that have a row: what was counted after the end they had.
        taken = {hour for hour in self.hours if (dimension, hour) in self.known}
        hours = [hour for hour in self.hours if hour not in taken]
        more: Counter[datetime | None] = Counter()
        more[hours[0] if hours else None] += self.meter.carried.get(dimension, 0)
        for row, late in self._late(dimension, taken):
            more[self._hour_for(row.hour, hours)] += late
            if row.pk is None:
                yield row
        account = _Account(self.meter.agreement, product, dimension)
        for hour in hours:
            counted = self.counts.get((dimension, hour), NOTHING)
            if counted.amount or more[hour] or product.sends_zero:
                yield account.new_row(hour, counted, more[hour], self.now)
        self.meter.carried = {**self.meter.carried, dimension: more[None]}

    def _hour_for(self, late: datetime, hours: list[datetime]) -> datetime | None:
        """Return the hour that bills what was counted late: the next that is closed now, after the
        agreement's end its last one. None: a later closing bills it."""
        following = next((hour for hour in hours if hour >= late), None)
        is_last = bool(hours) and hours[-1] == last_hour(self.meter.agreement)
        return hours[-1] if following is None and is_last else following

    def _late(self, dimension: str, taken: set[datetime]) -> Iterator[tuple[MeteredHour, int]]:
        """Yield the hours of which more was counted than is known, and how much more."""
        amounts = {
            hour: counted.amount
            for (name, hour), counted in self.counts.items()
            if name == dimension and (hour in taken or self._is_late(hour))
        }
        for hour, amount in sorted(amounts.items()):
            row = self.known.get((dimension, hour))
            row = row or empty_row(self.meter.agreement, dimension, hour, self.now)
            late = amount - row.counted
            if late > 0:
                MeteredHour.objects.filter(pk=row.pk).update(counted=amount)
                row.counted = amount
                yield row, late

    def _is_late(self, hour: datetime) -> bool:
        """An hour after the agreement's end has no closing of its own: its last hour has what was
        counted in it."""
        if hour in self.hours:
            return False
        last = last_hour(self.meter.agreement)
        is_closing_last = last is not None and (last in self.hours or last < self.meter.next_hour)
        return hour < self.meter.next_hour or (is_closing_last and last is not None and hour > last)


@dataclass
class _Account:
    """One dimension of an agreement; what was used of it is added up hour by hour."""

    agreement: Agreement
    product: Product
    dimension: str
    _month: datetime | None = None
    _before: int = 0

    def new_row(self, hour: datetime, counted: Counted, carried: int, now: datetime) -> MeteredHour:
        row = empty_row(self.agreement, self.dimension, hour, now)
        row.counted, row.used = counted.amount, counted.amount + carried
        row.quantity = self._to_bill(hour, row.used)
        if row.quantity or self.product.sends_zero:
            row.state, row.settled_at = MeteredHour.State.READY, None
        if self.product.allocates_by_key and row.quantity:
            row.allocations = shares(row.quantity, counted.by_key) or None
        return row

    def _to_bill(self, hour: datetime, used: int) -> int:
        if self._month != month_of(hour):
            self._month = month_of(hour)
            self._before = used_before(self.agreement, self.product, self.dimension, hour)
        quantity = to_bill(self.agreement, self.product, before=self._before, used=used)
        self._before += used
        return quantity
