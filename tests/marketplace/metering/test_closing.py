"""Closing hours where something is not as usual: who comes back, and rows that contradict."""

import pytest
from django.utils import timezone

from adapters.usage import HourOfUsage
from marketplace.metering.closing import close_due
from marketplace.metering.deadlines import hour_of
from marketplace.metering.meters import begin, wake
from marketplace.metering.rows import Meter, MeteredHour
from marketplace.models import Agreement
from tenants.models import Grant
from tests.backoffice.rows import a_customer, an_agreement
from tests.buyers import LEGACY
from tests.metering import HOUR, hours_ago

pytestmark = pytest.mark.django_db(transaction=True)

State = MeteredHour.State


@pytest.fixture
def book():
    """The API's counters: by customer, a list of hours and units."""
    return {}


@pytest.fixture
def agreement(book):
    row = an_agreement(
        agreement_id="", product_code=LEGACY, customer_identifier="X1", tenant=a_customer()
    )
    Grant.objects.create(
        tenant=row.tenant, agreement=row.source_name, tier="pro", starts_at=hours_ago(9)
    )
    begin(row)
    Meter.objects.update(next_hour=hours_ago(5), due_at=hours_ago(5))
    book[row.tenant.pk] = []
    return row


@pytest.fixture
def close(book):
    def run(now, *, due=True):
        def read(tenant_id, since):
            return [
                HourOfUsage(hour, "key", source, calls=1, units=units)
                for hour, source, units in book[tenant_id]
            ]

        if due:
            Meter.objects.update(due_at=now - HOUR)
        return close_due(now, renew=lambda: None, read=read)

    return run


def used(book, agreement, hour, units):
    source = f"agreement:{agreement.source_name}"
    book[agreement.tenant.pk].append((hour, source, units))


def ledger():
    return {
        row.hour: (row.counted, row.used, row.quantity)
        for row in MeteredHour.objects.order_by("hour")
    }


def test_what_is_used_after_the_end_is_in_the_last_hour(agreement, book, close):
    used(book, agreement, hours_ago(4), 3)
    used(book, agreement, hours_ago(3), 2)
    Agreement.objects.update(state="ended", ended_at=hours_ago(4) + HOUR / 2)

    close(timezone.now())

    assert ledger() == {hours_ago(4): (3, 5, 5), hours_ago(3): (2, 0, 0)}


def test_who_comes_back_finds_an_hour_that_was_counted_after_the_end(agreement, book, close):
    used(book, agreement, hours_ago(4), 3)
    used(book, agreement, hours_ago(3), 2)
    Agreement.objects.update(state="ended", ended_at=hours_ago(4) + HOUR / 2)
    close(timezone.now())
    Agreement.objects.update(state="active", ended_at=None)
    used(book, agreement, hours_ago(3), 7)
    used(book, agreement, hours_ago(2), 1)

    close(timezone.now())

    assert ledger() == {
        hours_ago(4): (3, 5, 5),
        hours_ago(3): (9, 0, 0),
        hours_ago(2): (1, 8, 8),
    }


def test_one_agreement_whose_rows_contradict_keeps_nobody_from_being_billed(agreement, book, close):
    other = an_agreement(license_id="l-9", tenant=agreement.tenant)
    Grant.objects.create(
        tenant=other.tenant, agreement=other.source_name, tier="pro", starts_at=hours_ago(9)
    )
    begin(other)
    Meter.objects.update(next_hour=hours_ago(5))
    # The same license, hour and dimension, on another agreement: it would be billed twice.
    MeteredHour.objects.create(
        agreement=agreement,
        dimension="units",
        hour=hours_ago(4),
        billed_to="l-9",
        deadline_at=timezone.now(),
    )
    used(book, agreement, hours_ago(3), 2)
    used(book, other, hours_ago(4), 3)

    close(timezone.now())

    assert MeteredHour.objects.get(agreement=agreement, hour=hours_ago(3)).quantity == 2
    other.refresh_from_db()
    assert "cannot be closed" in other.trouble
    assert Meter.objects.get(agreement=other).due_at > timezone.now()


def test_an_end_is_heard_at_once_and_brings_deadlines_forward(agreement, book, close):
    used(book, agreement, hours_ago(2), 3)
    close(timezone.now())
    ended_at = timezone.now()
    Agreement.objects.update(state="ended", ended_at=ended_at)
    agreement.refresh_from_db()

    wake(agreement)

    assert Meter.objects.get().due_at <= timezone.now()
    assert MeteredHour.objects.get().deadline_at == ended_at + HOUR


@pytest.mark.parametrize(
    ("told_after", "closed_after"), [(1, 10), (12, 17), (50, 40)], ids=["soon", "late", "too late"]
)
def test_the_last_hour_waits_for_what_was_counted_until_we_heard_of_the_end(
    agreement, book, close, time_machine, told_after, closed_after
):
    """What the API counts for an agreement that has ended has no later hour to go into."""
    minute = HOUR / 60
    ended_at = hours_ago(2) + 58 * minute
    Meter.objects.update(next_hour=hours_ago(2))
    used(book, agreement, hours_ago(2), 3)
    Agreement.objects.update(state="ended", ended_at=ended_at)
    agreement.refresh_from_db()
    time_machine.move_to(ended_at + told_after * minute, tick=False)
    wake(agreement)

    close(ended_at + (closed_after - 1) * minute)
    assert ledger() == {}
    used(book, agreement, hour_of(ended_at), 4)
    close(ended_at + closed_after * minute)

    assert ledger() == {hour_of(ended_at): (7, 7, 7)}


def test_what_is_counted_just_before_we_heard_of_an_old_end_is_found_and_told(
    agreement, book, close, time_machine
):
    """The API counts until we hear of the end, and a count is seen minutes after the call."""
    heard_at = hours_ago(0)
    used(book, agreement, hours_ago(4), 3)
    Agreement.objects.update(state="ended", ended_at=hours_ago(4) + HOUR / 2)
    Grant.objects.update(ended_at=hours_ago(4) + HOUR / 2)
    agreement.refresh_from_db()
    time_machine.move_to(heard_at, tick=False)
    wake(agreement)
    close(heard_at, due=False)
    MeteredHour.objects.update(state=State.REJECTED)
    used(book, agreement, hours_ago(1), 2)

    close(Meter.objects.get().due_at, due=False)

    assert ledger() == {hours_ago(4): (3, 3, 3), hours_ago(1): (2, 0, 0)}
    assert MeteredHour.objects.get(hour=hours_ago(4)).uncollected == 2
    close(heard_at + 4 * HOUR)
    assert Meter.objects.get().due_at is None
