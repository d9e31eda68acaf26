"""The Marketplace simulator as people see it."""

import pytest
from playwright.sync_api import Page, expect

from localcloud.marketplace.faults import Fault
from tests.browser.looks import hold_to_the_rules

pytestmark = pytest.mark.browser

CONTRACT = "3ca8p4contracttiers0000001"


@pytest.fixture
def world(cloud):
    return cloud.marketplace


@pytest.fixture
def simulator(cloud, page: Page) -> Page:
    page.goto(cloud.addresses.marketplace)
    return page


def test_a_contract_is_bought_renewed_and_left_by_keyboard(simulator, world):
    simulator.get_by_role("link", name="Buy Gatehouse solver, by contract", exact=True).press(
        "Enter"
    )
    simulator.get_by_label("starter").press("ArrowDown")
    simulator.get_by_role("button", name="Buy").press("Enter")
    expect(simulator.get_by_role("status")).to_contain_text("Bought.")

    simulator.get_by_role("button", name="Renew with this").press("Enter")
    expect(simulator.get_by_role("status")).to_contain_text("Renewed")

    simulator.get_by_role("button", name="The buyer cancels").press("Enter")
    expect(simulator.get_by_role("status")).to_contain_text("Cancelled")
    statuses = {one.status: one.dimensions for one in world.agreements.values()}
    assert statuses == {"RENEWED": {"pro": 1}, "CANCELLED": {"pro": 1}}


def test_the_pages_look_right(simulator, world, cloud):
    complaints: list[str] = []
    simulator.on("console", lambda m: m.type == "error" and complaints.append(m.text))
    hold_to_the_rules(simulator)
    agreement = world.buy(CONTRACT, trial_days=14, private_offer=True)
    world.faults.add(Fault("late", seconds=2, times=None))
    world.calls.record(
        request={},
        service="marketplace-entitlement",
        operation="GetEntitlements",
        protocol="json",
        status=400,
        answer={"__type": "InvalidParameterException"},
        fault="throttle",
    )

    for path in (
        "/",
        f"/products/{CONTRACT}",
        "/products/legacycontract0000000004",
        f"/agreements/{agreement.id}",
        "/settings",
        "/calls",
    ):
        simulator.goto(cloud.addresses.marketplace + path)
        hold_to_the_rules(simulator)

    assert complaints == []
