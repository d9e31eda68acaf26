"""From the API's counters to what AWS has: through the ledger, once."""

from collections import Counter

import pytest
from django.utils import timezone

from marketplace.metering.closing import close_due
from marketplace.metering.rows import MeterCall, MeteredHour
from marketplace.models import Agreement
from tenants import sweep
from tests import buyers
from tests.metering import HOUR, due_again, hours_ago, meter_now, metered_since, use
from tests.outages import failing

pytestmark = pytest.mark.django_db(transaction=True)

State = MeteredHour.State


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    monkeypatch.setattr("marketplace.metering.sending.BETWEEN_CALLS", 0)


@pytest.fixture
def subscriber(arrive, buy, cloud):
    """Return the agreement of a registered buyer who pays by use, for some hours already."""

    def make(product=buyers.SUBSCRIPTION, hours=5, **terms):
        bought = buy(product, **terms)
        bought.starts_at -= hours * HOUR
        before = set(Agreement.objects.values_list("pk", flat=True))
        buyers.fill_in(arrive(bought), email=f"{bought.account_id}@example.com")
        sweep.run_due()
        row = Agreement.objects.exclude(pk__in=before).get()
        metered_since(row, hours_ago(hours))
        return row

    return make


def billed(cloud):
    """What AWS has, of everybody, by hour."""
    found = Counter()
    for (_customer, _dimension, hour), one in cloud.marketplace.usage.items():
        found[hour] += int(one.quantity)
    return found


def test_what_was_used_in_an_hour_is_billed_with_the_hour_in_which_it_was(subscriber, cloud):
    row = subscriber()
    use(row, 3, at=hours_ago(3))
    use(row, 4, at=hours_ago(3) + HOUR / 2)
    use(row, 5, at=hours_ago(2))

    meter_now()

    assert {at: n for at, n in billed(cloud).items() if n} == {hours_ago(3): 7, hours_ago(2): 5}
    states = set(MeteredHour.objects.values_list("state", flat=True))
    assert states == {State.ACCEPTED}
    assert all(MeteredHour.objects.values_list("record_id", flat=True))


def test_idle_hours_are_sent_as_zero_where_the_listing_wants_them(subscriber, cloud):
    row = subscriber(hours=3)
    use(row, 3, at=hours_ago(2))

    meter_now()

    assert billed(cloud) == {hours_ago(3): 0, hours_ago(2): 3, **_last(cloud)}


def _last(cloud):
    """The hour before this one is closed five minutes after its end."""
    is_closed = timezone.now().minute >= 5
    return {hours_ago(1): 0} if is_closed else {}


def test_metering_twice_sends_nothing_twice(subscriber, cloud):
    row = subscriber()
    use(row, 3, at=hours_ago(3))
    meter_now()
    calls = MeterCall.objects.count()

    due_again()
    meter_now()

    assert MeterCall.objects.count() == calls


def test_what_is_counted_late_is_billed_with_a_later_hour(subscriber, cloud):
    row = subscriber()
    use(row, 3, at=hours_ago(3))
    close_due(hours_ago(2) + HOUR / 2, renew=lambda: None)
    use(row, 2, at=hours_ago(3))

    due_again()
    meter_now()

    assert {at: n for at, n in billed(cloud).items() if n} == {hours_ago(3): 3, hours_ago(2): 2}
    ledger = MeteredHour.objects.values_list("hour", "counted", "used")
    assert (hours_ago(3), 5, 3) in ledger
    assert (hours_ago(2), 0, 2) in ledger


def test_promo_use_of_the_same_customer_is_never_billed(subscriber, cloud):
    row = subscriber()
    use(row, 3, at=hours_ago(3))
    use(row, 100, at=hours_ago(3), billing_source="grant:1")

    meter_now()

    assert sum(billed(cloud).values()) == 3


@pytest.mark.parametrize("error", ["ThrottlingException", "InternalServiceErrorException"])
def test_a_busy_aws_gets_the_same_records_again(subscriber, cloud, error):
    row = subscriber()
    use(row, 3, at=hours_ago(3))
    with failing("meteringmarketplace", "BatchMeterUsage", error):
        meter_now()
    assert not cloud.marketplace.usage

    due_again()
    meter_now()

    assert sum(billed(cloud).values()) == 3
    requests = [call.request for call in MeterCall.objects.all()]
    assert all(request == requests[0] for request in requests)


def test_one_bad_record_does_not_condemn_the_others(subscriber, cloud):
    rows = [subscriber(hours=2) for _ in range(4)]
    for row in rows:
        use(row, 3, at=hours_ago(2))
    Agreement.objects.filter(pk=rows[1].pk).update(license_arn="arn:aws:license-manager::1:l-0")

    meter_now()

    lost = MeteredHour.objects.filter(state=State.REJECTED)
    assert {row.agreement_id for row in lost} == {rows[1].pk}
    assert all("InvalidLicenseException" in row.trouble for row in lost)
    assert sum(billed(cloud).values()) == 9


def test_another_quantity_at_aws_is_shown_and_is_no_success(subscriber, cloud):
    row = subscriber()
    use(row, 3, at=hours_ago(3))
    meter_now()
    MeteredHour.objects.filter(quantity=3).update(
        state=State.READY, quantity=4, record=None, next_attempt_at=timezone.now()
    )

    meter_now()

    assert MeteredHour.objects.get(quantity=4).state == State.DUPLICATE
    assert sum(billed(cloud).values()) == 3


def test_unprocessed_records_are_sent_again(subscriber, cloud):
    from localcloud.marketplace.faults import Fault

    row = subscriber()
    use(row, 3, at=hours_ago(3))
    cloud.marketplace.faults.add(Fault("unprocessed", "BatchMeterUsage", records=25))
    meter_now()
    assert MeteredHour.objects.filter(state=State.READY).exists()

    due_again()
    meter_now()

    assert sum(billed(cloud).values()) == 3


def test_a_contract_is_billed_for_what_goes_beyond_it(subscriber, cloud):
    row = subscriber(buyers.CONSUMPTION, dimensions={"starter": 1})
    use(row, 990, at=hours_ago(4), key="first")
    use(row, 15, at=hours_ago(3), key="first")
    use(row, 5, at=hours_ago(3), key="second")
    use(row, 7, at=hours_ago(2), key="second")

    meter_now()

    month = hours_ago(4).month == hours_ago(2).month
    assert not month or billed(cloud) == {hours_ago(3): 10, hours_ago(2): 7}
    divided = MeteredHour.objects.get(hour=hours_ago(3))
    assert not month or divided.allocations == {"first": 8, "second": 2}


def test_a_legacy_subscriber_is_metered_by_product_and_customer(subscriber, cloud):
    row = subscriber(buyers.LEGACY)
    use(row, 3, at=hours_ago(3))

    meter_now()

    call = MeterCall.objects.get()
    assert call.request["ProductCode"] == buyers.LEGACY
    assert sum(billed(cloud).values()) == 3


def test_the_last_hour_is_sent_within_the_hour_that_aws_waits(subscriber, cloud, monkeypatch):
    row = subscriber()
    meter_now()
    bought = cloud.marketplace.agreements[row.agreement_id]
    use(row, 3, at=timezone.now())
    cloud.marketplace.cancel(bought.id)
    sweep.run_due()
    ended = Agreement.objects.get(pk=row.pk)
    assert ended.state == "ended"
    for patience in ("PATIENCE", "LAST_PATIENCE"):
        monkeypatch.setattr(f"marketplace.metering.meters.{patience}", HOUR * 0)

    meter_now()

    assert sum(billed(cloud).values()) == 3
    last = MeteredHour.objects.get(used=3)
    assert last.deadline_at == ended.ended_at + HOUR
