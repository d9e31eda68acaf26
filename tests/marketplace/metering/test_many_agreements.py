"""An hour of many agreements: as few calls as AWS's 25 records allow."""

import pytest

from marketplace.metering.rows import MeterCall, MeteredHour
from tests.many_agreements import close_an_hour_of
from tests.metering import meter_now

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_hour_of_a_thousand_agreements_takes_forty_calls(cloud, is_long, monkeypatch):
    monkeypatch.setattr("marketplace.metering.sending.BETWEEN_CALLS", 0)
    agreements = 10_000 if is_long else 1_000
    close_an_hour_of(cloud, agreements)

    meter_now()

    states = MeteredHour.objects.values_list("state", flat=True)
    assert set(states) == {MeteredHour.State.ACCEPTED}
    assert MeterCall.objects.count() == agreements / 25
    assert sum(int(one.quantity) for one in cloud.marketplace.usage.values()) == sum(
        range(1, agreements + 1)
    )
