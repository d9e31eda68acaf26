"""The gateway's numbers, copied by key and day."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from adapters import gateway_usage
from adapters.errors import TryLater
from backoffice.audit import SYSTEM
from tenants import accounts, sweep
from tenants.models import UsageDay, UsageLook, UsageRead
from tenants.usage import gateway_counts
from tests.outages import answering
from tests.usage import counted, key_of, metered

pytestmark = pytest.mark.django_db(transaction=True)

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
TODAY = NOON.date()
DAY = timedelta(days=1)


@pytest.fixture
def customer(make_tenant):
    with time_machine.travel(NOON - 10 * DAY):
        return make_tenant()


def copy(at: datetime = NOON) -> int:
    with time_machine.travel(at, tick=False):
        return gateway_counts.copy_gateway_counts()


def copied() -> dict[date, int | None]:
    return dict(UsageDay.objects.order_by("day").values_list("day", "gateway_calls"))


def test_calls_are_copied_by_key_and_day(customer):
    counted(customer, 2, at=NOON - DAY)
    counted(customer, 3, at=NOON)

    assert copy() == 2

    assert copied() == {TODAY - DAY: 2, TODAY: 3}
    row = UsageDay.objects.get(day=TODAY)
    assert (row.tenant, row.api_key_id) == (customer, key_of(customer))
    assert row.by_tier == {"starter": [3, 49_995]}


def test_copying_again_changes_nothing(customer):
    counted(customer, 3, at=NOON)
    copy()

    assert copy(NOON + timedelta(minutes=6)) == 0

    assert copied() == {TODAY: 3}


def test_a_later_number_replaces_the_earlier_one(customer):
    counted(customer, 3, at=NOON)
    copy()
    counted(customer, 1, at=NOON)

    assert copy(NOON + timedelta(minutes=6)) == 1

    assert copied() == {TODAY: 4}


def test_the_gateway_is_asked_every_five_minutes_at_most(customer):
    copy()
    counted(customer, at=NOON)

    assert copy(NOON + timedelta(minutes=4)) == 0
    assert copy(NOON + timedelta(minutes=5)) == 1


def test_a_key_that_was_moved_is_counted_on_both_plans(customer):
    counted(customer, 2, at=NOON, tier="starter")
    counted(customer, 5, at=NOON, tier="pro")

    copy()

    row = UsageDay.objects.get()
    assert row.gateway_calls == 7
    assert {tier: calls for tier, (calls, _) in row.by_tier.items()} == {"starter": 2, "pro": 5}


def test_days_of_an_outage_are_caught_up_with(customer):
    copy(NOON - 9 * DAY)
    for back in range(9):
        counted(customer, 1 + back, at=NOON - back * DAY)

    copy()

    assert copied() == {TODAY - back * DAY: 1 + back for back in range(9)}


def test_days_that_are_over_are_not_asked_for_again(customer, monkeypatch):
    asked = []
    original = gateway_usage.usage_of_plan
    monkeypatch.setattr(
        gateway_counts,
        "usage_of_plan",
        lambda plan, first, last: asked.append((first, last)) or original(plan, first, last),
    )
    copy(NOON)
    copy(NOON + DAY)

    assert set(asked[:4]) == {(TODAY - 89 * DAY, TODAY)}
    assert set(asked[4:]) == {(TODAY - DAY, TODAY + DAY)}


def test_who_called_is_looked_at_next(customer):
    with time_machine.travel(NOON, tick=False):
        sweep.run_due()
    counted(customer, at=NOON)

    copy(NOON + timedelta(minutes=6))

    look = UsageLook.objects.get()
    assert look.wanted_at > look.looked_at


def test_calls_that_only_we_counted_are_none_of_the_gateway_s(customer):
    metered(customer, at=NOON)
    with time_machine.travel(NOON, tick=False):
        sweep.run_due()

    assert copied() == {TODAY: None}
    copy(NOON + timedelta(minutes=6))

    row = UsageDay.objects.get()
    assert (row.gateway_calls, row.difference) == (0, -1)


def test_a_key_of_nobody_is_kept_without_a_customer(customer):
    counted(customer, 2, at=NOON, key="made-by-hand")

    copy()

    row = UsageDay.objects.get()
    assert (row.tenant, row.api_key_id, row.difference) == (None, "made-by-hand", 2)


def test_an_outage_leaves_the_next_sweep_free_to_try(customer):
    counted(customer, at=NOON)
    body = {"__type": "TooManyRequestsException"}
    with answering("apigateway", "GetUsage", 429, body), pytest.raises(TryLater):
        copy()

    assert copy() == 1


def test_who_died_while_copying_is_followed_by_another(customer):
    counted(customer, at=NOON)
    UsageRead.objects.create(
        pk=1, lease="of the dead", leased_until=timezone.now() - timedelta(seconds=1)
    )

    with time_machine.travel(timezone.now()):
        assert gateway_counts.copy_gateway_counts() == 1


def test_while_one_copies_another_does_not(customer):
    counted(customer, at=NOON)
    UsageRead.objects.create(pk=1, lease="of another", leased_until=NOON + timedelta(seconds=30))

    assert copy() == 0


def test_a_change_of_tier_is_followed_by_the_new_plan(customer, run_tasks):
    counted(customer, 2, at=NOON, tier="starter")
    accounts.change_tier(customer, "pro", SYSTEM)
    run_tasks()
    counted(customer, 1, at=NOON, tier="pro")

    copy()

    assert UsageDay.objects.get().used_on("pro") == 1
