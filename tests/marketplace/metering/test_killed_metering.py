"""Whoever meters is killed with -9 at random moments and before statements: the last one finishes,
and AWS has what was used, once."""

import random
from collections import Counter

import pytest
from django.utils import timezone

from adapters.seller import seller_client
from marketplace.metering import running
from marketplace.metering.rows import Meter, MeterCall, MeteredHour, Metering
from marketplace.models import Agreement
from tenants.models import Grant, Tenant
from tests.crashes import killed_after, killed_before_statement
from tests.many_agreements import close_an_hour_of
from tests.metering import HOUR, due_again, hours_ago, meter_now, use

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(1800)]

# Three calls of closed hours; and two agreements whose hours are closed on the way.
CLOSED, OPEN = 60, 2
UNITS = 5


@pytest.fixture
def anew(cloud, monkeypatch):
    """Have closed hours to send and open ones to close; return what AWS must have in the end."""
    monkeypatch.setattr("marketplace.metering.sending.BETWEEN_CALLS", 0)
    tenant = Tenant.objects.create(company="Burr Bearings")

    def make():
        for model in (*(MeteredHour.calls.through, MeterCall, MeteredHour, Meter), Grant):
            model.objects.all().delete()
        Agreement.objects.all().delete()
        Metering.objects.all().delete()
        cloud.marketplace.clear()
        close_an_hour_of(cloud, CLOSED + OPEN)
        for row in list(Agreement.objects.order_by("pk")[:OPEN]):
            row.metered_hours.all().delete()
            _let_it_be_used(row, tenant)
        sent = MeteredHour.objects.values_list("quantity", flat=True)
        return Counter(sent) + Counter({UNITS: OPEN})

    return make


def _let_it_be_used(row, tenant):
    grant = {"source": Grant.Source.MARKETPLACE, "agreement": row.source_name, "tier": "pro"}
    Grant.objects.create(tenant=tenant, starts_at=hours_ago(20), **grant)
    Agreement.objects.filter(pk=row.pk).update(tenant=tenant)
    Meter.objects.create(agreement=row, next_hour=hours_ago(3), due_at=hours_ago(2))
    row.tenant_id = tenant.pk
    use(row, UNITS, at=hours_ago(2))


def meter_in_a_process():
    """With connections of its own: the test's would be cut in the middle of a word."""
    seller_client.cache_clear()
    running.meter()


def half_a_minute_later():
    """The lease of the dead one is over, and what it put off is due."""
    Metering.objects.update(leased_until=timezone.now() - HOUR)
    due_again()


def finish(cloud, wanted):
    """Let the last one do the rest; return what is wrong then."""
    half_a_minute_later()
    meter_now()
    at_aws = Counter(int(one.quantity) for one in cloud.marketplace.usage.values() if one.quantity)
    rows = MeteredHour.objects.filter(quantity__gt=0)
    ours = Counter(rows.values_list("quantity", flat=True))
    open_rows = rows.exclude(state=MeteredHour.State.ACCEPTED).count()
    return Counter(
        lost=(wanted - at_aws).total(),
        doubled=(at_aws - wanted).total(),
        otherwise=open_rows + int(ours != at_aws),
    )


def test_killed_at_random_moments(cloud, anew, is_long, record_property):
    chance, kills, wrong = random.Random(7), 0, Counter()
    for _ in range(40 if is_long else 5):
        wanted = anew()
        for _ in range(4):
            kills += killed_after(meter_in_a_process, chance.uniform(0.05, 0.6))
            half_a_minute_later()
        wrong += finish(cloud, wanted)

    record_property(
        "figures", f"metering killed {kills} times at random: {dict(wrong) or 'all well'}"
    )
    assert kills > 3
    assert not wrong


def test_killed_before_a_statement(cloud, anew, is_long, record_property):
    """Before each one in the long run, commits included, else before one in eleven."""
    number, kills, is_killed, wrong = 0, 0, True, Counter()
    while is_killed:
        wanted = anew()
        is_killed = killed_before_statement(meter_in_a_process, number)
        kills += is_killed
        wrong += finish(cloud, wanted)
        number += 1 if is_long else 11

    figures = f"metering killed before {kills} statements: {dict(wrong) or 'all well'}"
    record_property("figures", figures)
    assert kills > 3
    assert not wrong
