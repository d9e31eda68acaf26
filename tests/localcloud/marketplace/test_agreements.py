"""Agreements as their seller finds and reads them."""

from datetime import timedelta

import pytest

from tests.localcloud.marketplace.conftest import (
    CONSUMPTION,
    CONTRACT,
    LEGACY_SUBSCRIPTION,
    SUBSCRIPTION,
)

OURS = {"PartyType": "Proposer", "AgreementType": "PurchaseAgreement"}


@pytest.fixture
def api(client):
    return client("marketplace-agreement")


@pytest.fixture
def search(api):
    def search(sort=None, **filters):
        asked = [{"name": name, "values": [value]} for name, value in (OURS | filters).items()]
        sorting = {"sort": sort} if sort else {}
        answer = api.search_agreements(catalog="AWSMarketplace", filters=asked, **sorting)
        return [one["agreementId"] for one in answer["agreementViewSummaries"]]

    return search


def test_every_agreement_of_ours_is_found_the_first_to_end_first(world, search):
    forever = world.buy(SUBSCRIPTION)
    later = world.buy(CONTRACT, months=12)
    sooner = world.buy(CONTRACT, months=1)

    assert search() == [sooner.id, later.id, forever.id]
    descending = {"sortBy": "EndTime", "sortOrder": "DESCENDING"}
    assert search(sort=descending) == [later.id, sooner.id, forever.id]
    assert search(PartyType="Acceptor") == []


def test_agreements_are_found_by_what_is_known_of_them(world, search):
    first = world.buy(CONTRACT)
    second = world.renew(first.id)
    third = world.buy(SUBSCRIPTION)

    assert search(LicenseArn=third.license_arn) == [third.id]
    assert search(AcceptorAccountId=first.account_id) == [first.id, second.id]
    assert search(InitialAgreementId=first.id, Status="ACTIVE") == [second.id]
    assert search(Status="RENEWED") == [first.id]
    assert search(ResourceIdentifier="prod-subscription02") == [third.id]
    assert search(OfferId=second.offer_id) == [second.id]
    tomorrow = (world.clock.now() + timedelta(days=370)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert search(BeforeEndTime=tomorrow) == [first.id, second.id]
    assert search(AfterEndTime=tomorrow) == []


@pytest.mark.parametrize(
    ("filters", "reason"),
    [
        ([], "INVALID_FILTERS"),
        ([{"name": "PartyType", "values": ["Proposer"]}], "INVALID_FILTERS"),
        ([{"name": "Colour", "values": ["red"]}], "INVALID_FILTER_NAME"),
        ([{"name": "Status", "values": ["SLEEPING"]}], "INVALID_FILTER_VALUES"),
        ([{"name": "BeforeEndTime", "values": ["soon"]}], "INVALID_FILTER_VALUES"),
        ([{"name": "Status"}], "MISSING_FILTER_VALUES"),
    ],
)
def test_a_search_that_aws_does_not_know_is_refused_with_a_reason(api, filters, reason):
    asked = {"filters": filters} if filters else {}

    with pytest.raises(api.exceptions.ValidationException) as refused:
        api.search_agreements(catalog="AWSMarketplace", **asked)

    assert refused.value.response["reason"] == reason


def test_pages_lead_to_the_end(world, api):
    for _ in range(5):
        world.buy(SUBSCRIPTION)
    filters = [{"name": name, "values": [value]} for name, value in OURS.items()]

    seen, token = [], {}
    while True:
        page = api.search_agreements(filters=filters, maxResults=2, **token)
        seen.append(len(page["agreementViewSummaries"]))
        if "nextToken" not in page:
            break
        token = {"nextToken": page["nextToken"]}

    assert seen == [2, 2, 1]


def test_an_agreement_is_described(world, api):
    agreement = world.buy(CONTRACT, dimensions={"pro": 2}, auto_renews=True)

    described = api.describe_agreement(agreementId=agreement.id)

    assert described["status"] == "ACTIVE"
    assert described["acceptor"] == {"accountId": agreement.account_id}
    assert described["estimatedCharges"] == {"currencyCode": "USD", "agreementValue": "12000.00"}
    assert described["endTimeBehavior"]["type"] == "RENEW"
    assert described["initialAgreementId"] == agreement.id
    assert "freeTrialSummary" not in described


def test_a_free_trial_shows_in_the_agreement_alone(world, api):
    agreement = world.buy(CONTRACT, trial_days=14)

    described = api.describe_agreement(agreementId=agreement.id)

    assert described["freeTrialSummary"]["trialEndTime"] == described["endTime"]
    assert described["endTimeBehavior"] == {"type": "EXPIRE", "reasonCode": "NO_RENEWAL_TERM"}


def test_pay_as_you_go_has_no_end(world, api):
    for code in (SUBSCRIPTION, LEGACY_SUBSCRIPTION):
        described = api.describe_agreement(agreementId=world.buy(code).id)

        assert not {"endTime", "endTimeBehavior"} & described.keys()


def test_an_agreement_that_is_not_there_is_not_described(api):
    for ask in (api.describe_agreement, api.get_agreement_terms):
        with pytest.raises(api.exceptions.ResourceNotFoundException) as missing:
            ask(agreementId="agmt-nothere")

        assert missing.value.response["resourceType"] == "Agreement"


def terms(api, agreement):
    answer = api.get_agreement_terms(agreementId=agreement.id)
    return {name: term for one in answer["acceptedTerms"] for name, term in one.items()}


def test_the_terms_say_what_was_bought_and_what_use_costs(world, api):
    found = terms(api, world.buy(CONSUMPTION, dimensions={"pro": 2}))

    chosen = found["configurableUpfrontPricingTerm"]["configuration"]["dimensions"]
    assert chosen == [{"dimensionKey": "pro", "dimensionValue": 2}]
    (card,) = found["usageBasedPricingTerm"]["rateCards"][0]["rateCard"]
    assert card["dimensionKey"] == "units"


def test_a_private_offer_is_paid_on_its_own_terms(world, api):
    found = terms(api, world.buy(CONTRACT, private_offer=True, dimensions={"enterprise": 1}))

    assert found["fixedUpfrontPricingTerm"]["grants"] == [
        {"dimensionKey": "enterprise", "maxQuantity": 1}
    ]
    assert {"paymentScheduleTerm", "netPaymentTerm"} <= found.keys()
    assert "configurableUpfrontPricingTerm" not in found


def test_a_trial_says_for_how_long_it_is(world, api):
    found = terms(api, world.buy(CONTRACT, trial_days=14))

    assert found["freeTrialPricingTerm"]["duration"] == "P14D"
