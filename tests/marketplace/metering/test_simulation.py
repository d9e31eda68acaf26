"""Sixty days in bad weather: what is accepted is what was used, to the unit."""

import pytest

from tests import buyers
from tests.metering_simulation import Simulation
from tests.naive_metering import NaiveSimulation

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]


@pytest.mark.parametrize("seed", [1, 2])
def test_what_aws_accepts_is_what_was_used_to_the_unit(cloud, seed, record_property):
    found = Simulation(cloud, seed).run()

    record_property("figures", str(found))
    assert found.unexcused == []
    assert found.used == found.accepted + found.included + found.lost
    assert found.lost == found.excused
    assert found.doubled == 0
    assert found.unalarmed == 0
    assert found.kills > 10


def test_metered_without_a_ledger_usage_is_lost(cloud, monkeypatch, record_property):
    """The positive control: the days are as bad as they are said to be. Nobody has a contract
    here, because what it includes would look like a loss."""
    monkeypatch.setattr("tests.metering_simulation.PRODUCTS", (buyers.SUBSCRIPTION, buyers.LEGACY))

    found = NaiveSimulation(cloud, 1, days=20, wanted=20).run()

    share = found.accepted / found.used
    record_property("figures", f"without a ledger: {share:.0%} of what was used is billed")
    assert share < 0.8
