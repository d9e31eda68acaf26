"""Our function's counters, copied customer by customer."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from adapters import usage
from adapters.errors import TryLater
from adapters.usage import unknown_key
from tenants import sweep
from tenants.models import Tenant, UsageDay, UsageHour, UsageLook
from tenants.usage import gateway_counts, rollup
from tests.usage import called, counted, key_of, metered

pytestmark = pytest.mark.django_db(transaction=True)

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
TODAY = NOON.date()
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def make_customer(make_tenant):
    def make(*args, since=NOON - 10 * DAY, **fields):
        with time_machine.travel(since):
            return make_tenant(*args, **fields)

    return make


@pytest.fixture
def customer(make_customer):
    return make_customer()


def copy(at=NOON) -> int:
    with time_machine.travel(at, tick=False):
        return rollup.copy_our_counts()


def days(*fields: str) -> list[tuple]:
    return list(UsageDay.objects.order_by("day").values_list("day", *(fields or ("calls",))))


def test_calls_are_copied_by_key_and_day(customer):
    metered(customer, 2, at=NOON - DAY)
    metered(customer, 3, at=NOON - timedelta(hours=3))
    metered(customer, 1, at=NOON)

    copy()

    assert days("calls", "units", "api_key_id") == [
        (TODAY - DAY, 2, 4, key_of(customer)),
        (TODAY, 4, 8, key_of(customer)),
    ]


def test_calls_that_got_nothing_are_told_apart(customer):
    metered(customer, 2, at=NOON)
    metered(customer, 3, at=NOON, units=0, outcome="refused")
    metered(customer, 1, at=NOON, units=0, outcome="failed")

    copy()

    row = UsageDay.objects.get()
    assert (row.calls, row.refused, row.failed, row.units, row.admitted) == (2, 3, 1, 4, 6)


def test_grants_of_one_hour_are_added_up(customer):
    metered(customer, 2, at=NOON, billing_source="grant:1")
    metered(customer, 3, at=NOON, billing_source="agreement:1")

    copy()

    assert days() == [(TODAY, 5)]
    assert UsageHour.objects.get().calls == 5


def test_copying_again_changes_nothing(customer):
    metered(customer, 2, at=NOON)
    copy()

    rollup.want_looks([customer.pk])
    copy(NOON + 6 * MINUTE)

    assert days() == [(TODAY, 2)]


def test_hours_are_kept_for_two_days(customer):
    metered(customer, 1, at=NOON - timedelta(hours=75))
    metered(customer, 2, at=NOON - timedelta(hours=47))
    metered(customer, 3, at=NOON)
    copy()

    assert [hour.calls for hour in UsageHour.objects.all()] == [2, 3]
    copy(NOON + 2 * DAY)

    assert [hour.calls for hour in UsageHour.objects.all()] == []
    assert [calls for _, calls in days()] == [1, 2, 3]


def test_missed_days_are_caught_up_with(customer):
    copy(NOON - 9 * DAY)
    for back in range(9):
        metered(customer, 1 + back, at=NOON - back * DAY)

    copy()

    assert days() == [(TODAY - back * DAY, 1 + back) for back in reversed(range(9))]


def test_a_call_of_yesterday_that_is_counted_late_is_seen(customer):
    metered(customer, at=NOON - DAY)
    copy()
    metered(customer, at=NOON - timedelta(hours=12, seconds=1))
    rollup.want_looks([customer.pk])

    copy(NOON + MINUTE)

    assert days() == [(TODAY - DAY, 2)]


def test_a_day_that_is_over_is_not_read_again(customer, monkeypatch):
    asked = []
    original = usage.hours_of

    def ask(tenant_id: str, since: datetime, *, hurried: bool = False) -> list[usage.HourOfUsage]:
        asked.append(since)
        return original(tenant_id, since, hurried=hurried)

    monkeypatch.setattr(usage, "hours_of", ask)
    copy(NOON)
    copy(NOON + 2 * DAY)

    assert [since.date() for since in asked] == [TODAY - 10 * DAY, TODAY - DAY]


def test_a_customer_is_looked_at_again_when_the_gateway_counts_more_or_after_a_day(customer):
    assert copy() == 1
    assert copy(NOON + 6 * MINUTE) == 0
    called(customer, at=NOON)
    with time_machine.travel(NOON + 7 * MINUTE, tick=False):
        gateway_counts.copy_gateway_counts()

    assert copy(NOON + 8 * MINUTE) == 1
    assert copy(NOON + 9 * MINUTE) == 0
    assert copy(NOON + 2 * DAY) == 1


def test_a_closed_customer_is_not_looked_at_every_day(customer):
    copy()
    type(customer).objects.update(state="closed")

    assert copy(NOON + 2 * DAY) == 0


def refresh(tenant: Tenant, at: datetime) -> None:
    with time_machine.travel(at, tick=False):
        rollup.refresh(tenant)


def test_somebody_who_opens_the_page_sees_the_call_they_just_made(customer):
    copy()
    metered(customer, at=NOON)

    refresh(customer, NOON + MINUTE)

    assert days() == [(TODAY, 1)]


def test_a_customer_who_was_never_looked_at_is_looked_at(customer):
    metered(customer, at=NOON)

    refresh(customer, NOON + MINUTE)

    assert days() == [(TODAY, 1)]


def test_opening_the_page_again_and_again_reads_once(customer, monkeypatch):
    copy()
    reads = []
    monkeypatch.setattr(rollup, "look_at", lambda look, **_: reads.append(look))

    for seconds in (1, 4, 6):
        refresh(customer, NOON + timedelta(seconds=seconds))

    assert len(reads) == 1


def test_the_page_does_with_old_numbers_while_dynamodb_is_busy(customer, monkeypatch):
    copy()
    metered(customer, at=NOON)

    def busy(*args: object, **kwargs: object) -> None:
        raise TryLater("dynamodb: busy")

    with monkeypatch.context() as patch:
        patch.setattr(rollup.usage, "hours_of", busy)
        refresh(customer, NOON + MINUTE)
    assert days() == []

    refresh(customer, NOON + 2 * MINUTE)
    assert days() == [(TODAY, 1)]


def test_a_sweep_looks_at_a_bounded_number_who_wait_longest_first(make_customer, monkeypatch):
    first, second = make_customer(), make_customer("bob@example.com")
    copy()
    monkeypatch.setattr(rollup, "MOST_LOOKS", 1)
    for minute, waiting in enumerate((second, first), start=1):
        with time_machine.travel(NOON + minute * MINUTE, tick=False):
            rollup.want_looks([waiting.pk])

    assert [copy(NOON + minute * MINUTE) for minute in (3, 4, 5)] == [1, 1, 0]

    looked_at = dict(UsageLook.objects.values_list("tenant", "looked_at"))
    assert looked_at[second.pk] < looked_at[first.pk]


def test_a_call_that_came_before_we_knew_whose_key_it_was_is_added(customer):
    metered(customer, 2, at=NOON)
    metered(customer, at=NOON, tenant_id=unknown_key(key_of(customer)), units=0, outcome="refused")
    counted(customer, 3, at=NOON)
    with time_machine.travel(NOON, tick=False):
        gateway_counts.copy_gateway_counts()

    copy()

    row = UsageDay.objects.get()
    assert (row.calls, row.refused, row.difference) == (2, 1, 0)


def test_the_last_served_call_is_remembered(customer):
    metered(customer, at=NOON - 3 * DAY)
    metered(customer, at=NOON, units=0, outcome="refused")
    copy()
    copy(NOON + 2 * DAY)

    assert UsageLook.objects.get().last_call_on == TODAY - 3 * DAY


def test_an_outage_leaves_the_customer_due(customer, monkeypatch):
    metered(customer, at=NOON)

    def away(*_, **__):
        raise TryLater("away")

    with monkeypatch.context() as patch:
        patch.setattr(usage, "hours_of", away)
        with pytest.raises(TryLater):
            copy()

    assert copy() == 1
    assert days() == [(TODAY, 1)]


def test_the_sweep_copies_both(customer):
    called(customer, 3, at=NOON)

    with time_machine.travel(NOON, tick=False):
        found = sweep.run_due()

    assert (found["usage at the gateway"], found["usage"]) == (1, 1)
    assert days("calls", "gateway_calls", "difference") == [(TODAY, 3, 3, 0)]


@pytest.mark.parametrize(
    ("ours", "gateways", "is_off"),
    [(100, 100, False), (100, 103, False), (100, 104, True), (104, 100, True), (1000, 1005, False)],
)
def test_a_day_whose_counts_differ_too_much_is_marked(customer, ours, gateways, is_off):
    row = {"tenant": customer, "api_key_id": "key", "day": TODAY - DAY}
    UsageDay.objects.create(**row, calls=ours, gateway_calls=gateways)

    rollup.drift.judge(UsageDay.objects.all(), now=NOON)

    row = UsageDay.objects.get()
    assert (row.is_off, row.difference) == (is_off, gateways - ours)


def test_a_day_is_not_judged_before_it_is_over_for_three_hours(customer):
    row = {"tenant": customer, "api_key_id": "key", "day": TODAY - DAY}
    UsageDay.objects.create(**row, calls=1, gateway_calls=100)
    midnight = datetime(2026, 11, 25, tzinfo=UTC)
    judged = []

    for hours in (2, 4):
        rollup.drift.judge(UsageDay.objects.all(), now=midnight + timedelta(hours=hours))
        judged.append(UsageDay.objects.get().is_off)

    assert judged == [False, True]
