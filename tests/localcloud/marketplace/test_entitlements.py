"""What a buyer of a contract has paid for, page by page."""

from datetime import timedelta

import pytest

from localcloud.marketplace.faults import Fault
from tests.localcloud.marketplace.conftest import (
    CONSUMPTION,
    CONTRACT,
    LEGACY_CONTRACT,
    SUBSCRIPTION,
)


@pytest.fixture
def entitlement(client):
    return client("marketplace-entitlement")


@pytest.fixture
def entitlements(entitlement):
    def entitlements(code=CONTRACT, **asked):
        return entitlement.get_entitlements(ProductCode=code, **asked)["Entitlements"]

    return entitlements


def dimensions(entitlements):
    return {one["Dimension"]: one["Value"]["IntegerValue"] for one in entitlements}


def test_a_contract_entitles_to_what_was_bought_until_its_end(world, entitlements):
    agreement = world.buy(CONTRACT, dimensions={"starter": 1, "pro": 3})

    found = entitlements(Filter={"LICENSE_ARN": [agreement.license_arn]})

    assert dimensions(found) == {"starter": 1, "pro": 3}
    for one in found:
        assert abs(one["ExpirationDate"] - agreement.ends_at) < timedelta(milliseconds=1)
    assert {one["CustomerAWSAccountId"] for one in found} == {agreement.account_id}
    assert "CustomerIdentifier" not in found[0]


def test_a_legacy_contract_names_the_customer(world, entitlements):
    agreement = world.buy(LEGACY_CONTRACT)
    asked = {"CUSTOMER_IDENTIFIER": [agreement.customer_identifier]}

    (found,) = entitlements(LEGACY_CONTRACT, Filter=asked)

    assert found["CustomerIdentifier"] == agreement.customer_identifier
    assert "LicenseArn" not in found


def test_an_upgrade_shows_and_an_end_leaves_nothing(world, entitlements):
    agreement = world.buy(CONSUMPTION)
    world.upgrade(agreement.id, {"enterprise": 2})
    upgraded = dimensions(entitlements(CONSUMPTION))

    world.cancel(agreement.id)

    assert upgraded == {"enterprise": 2}
    assert entitlements(CONSUMPTION) == []


def test_pay_as_you_go_entitles_to_nothing(world, entitlements):
    world.buy(SUBSCRIPTION)

    assert entitlements(SUBSCRIPTION) == []


def test_values_of_a_filter_are_alternatives_and_filters_must_all_fit(world, entitlements):
    first = world.buy(CONTRACT, dimensions={"starter": 1, "pro": 1})
    second = world.buy(CONTRACT, dimensions={"starter": 1})
    world.buy(CONTRACT)
    accounts = [first.account_id, second.account_id]

    found = entitlements(Filter={"CUSTOMER_AWS_ACCOUNT_ID": accounts, "DIMENSION": ["starter"]})

    assert sorted(one["CustomerAWSAccountId"] for one in found) == sorted(accounts)


def test_account_and_customer_identifier_exclude_each_other(entitlement):
    asked = {"CUSTOMER_IDENTIFIER": ["X"], "CUSTOMER_AWS_ACCOUNT_ID": ["1"]}

    with pytest.raises(entitlement.exceptions.InvalidParameterException):
        entitlement.get_entitlements(ProductCode=CONTRACT, Filter=asked)


def test_a_product_of_somebody_else_is_refused(entitlement):
    with pytest.raises(entitlement.exceptions.InvalidParameterException):
        entitlement.get_entitlements(ProductCode="somebodyelses")


def test_pages_have_25_at_most_and_lead_to_the_end(world, entitlement, entitlements):
    for _ in range(27):
        world.buy(CONTRACT)

    pages = list(entitlement.get_paginator("get_entitlements").paginate(ProductCode=CONTRACT))

    assert [len(page["Entitlements"]) for page in pages] == [25, 2]
    assert len(entitlements(MaxResults=3)) == 3


def test_an_empty_page_may_have_a_next_one(world, entitlement):
    world.buy(CONTRACT)
    world.faults.add(Fault("empty_page", "GetEntitlements"))

    empty = entitlement.get_entitlements(ProductCode=CONTRACT)
    rest = entitlement.get_entitlements(ProductCode=CONTRACT, NextToken=empty["NextToken"])

    assert empty["Entitlements"] == []
    assert dimensions(rest["Entitlements"]) == {"starter": 1}


def test_a_token_of_another_question_is_refused(world, entitlement):
    for _ in range(3):
        world.buy(CONTRACT)
    token = entitlement.get_entitlements(ProductCode=CONTRACT, MaxResults=1)["NextToken"]

    for asked in ({"ProductCode": CONSUMPTION, "NextToken": token}, {"NextToken": "bm8="}):
        with pytest.raises(entitlement.exceptions.InvalidParameterException):
            entitlement.get_entitlements(**{"ProductCode": CONTRACT, **asked})
