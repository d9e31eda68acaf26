"""A buyer comes with a token; ResolveCustomer says who that is."""

import json

import boto3
import pytest

from tests.localcloud.marketplace.conftest import CONTRACT, LEGACY_CONTRACT, PRODUCTS, SUBSCRIPTION


def resolve(metering, token):
    answer = metering.resolve_customer(RegistrationToken=token)
    answer.pop("ResponseMetadata")
    return answer


def test_a_token_resolves_to_the_agreement_and_its_license(world, metering):
    agreement = world.buy(CONTRACT)

    customer = resolve(metering, world.set_up_account(agreement.id))

    account, license_id = agreement.account_id, agreement.license_id
    assert customer == {
        "ProductCode": CONTRACT,
        "CustomerAWSAccountId": account,
        "LicenseArn": f"arn:aws:license-manager::{account}:license/{license_id}",
        "Metadata": {"AgreementId": agreement.id},
    }


def test_a_token_of_a_legacy_product_resolves_to_a_customer(world, metering):
    agreement = world.buy(LEGACY_CONTRACT)

    customer = resolve(metering, world.set_up_account(agreement.id))

    assert customer == {
        "ProductCode": LEGACY_CONTRACT,
        "CustomerAWSAccountId": agreement.account_id,
        "CustomerIdentifier": agreement.customer_identifier,
    }


def test_the_address_of_aws_answers_too(world):
    agreement = world.buy(SUBSCRIPTION)

    customer = resolve(boto3.client("meteringmarketplace"), world.set_up_account(agreement.id))

    assert customer["Metadata"] == {"AgreementId": agreement.id}


def test_a_token_may_be_used_again_for_four_hours(world, metering):
    token = world.set_up_account(world.buy(CONTRACT).id)
    first = resolve(metering, token)
    world.advance(hours=3, minutes=59)

    again = resolve(metering, token)

    assert again == first


def test_a_token_of_four_hours_has_expired_and_a_fresh_one_is_good(world, metering):
    agreement = world.buy(CONTRACT)
    token = world.set_up_account(agreement.id)
    world.advance(hours=4)

    with pytest.raises(metering.exceptions.ExpiredTokenException):
        resolve(metering, token)

    fresh = resolve(metering, world.set_up_account(agreement.id))
    assert fresh["Metadata"] == {"AgreementId": agreement.id}


@pytest.mark.parametrize("token", ["x", "'; --", " ", "ü" * 3000])
def test_a_token_that_aws_did_not_give_is_refused(world, metering, token):
    with pytest.raises(metering.exceptions.InvalidTokenException):
        resolve(metering, token)


def test_an_account_may_hold_several_agreements_of_one_product(world, metering):
    first = world.buy(CONTRACT)
    second = world.buy(CONTRACT, account_id=first.account_id)

    resolved = [resolve(metering, world.set_up_account(one.id)) for one in (first, second)]

    assert [one["Metadata"]["AgreementId"] for one in resolved] == [first.id, second.id]
    assert resolved[0]["LicenseArn"] != resolved[1]["LicenseArn"]


def test_a_buyer_who_comes_back_to_a_legacy_product_is_the_same_customer(world):
    first = world.buy(LEGACY_CONTRACT)
    world.cancel(first.id)

    again = world.buy(LEGACY_CONTRACT, account_id=first.account_id)

    assert again.customer_identifier == first.customer_identifier
    assert world.buy(LEGACY_CONTRACT).customer_identifier != first.customer_identifier


def test_calls_are_kept_without_tokens_and_credentials(world, metering):
    token = world.set_up_account(world.buy(CONTRACT).id)
    resolve(metering, token)

    (call,) = world.calls.of("ResolveCustomer")

    assert (call.service, call.status) == ("meteringmarketplace", 200)
    assert call.request == {"RegistrationToken": f"{token[:6]}…"}
    assert call.answer["ProductCode"] == CONTRACT
    assert token not in json.dumps(world.calls.as_json(), default=str)


def test_a_reset_forgets_what_was_bought(cloud, world, metering):
    token = world.set_up_account(world.buy(CONTRACT).id)
    world.advance(days=1)

    cloud.reset()

    assert not world.agreements
    assert not world.clock.ahead
    with pytest.raises(metering.exceptions.InvalidTokenException):
        resolve(metering, token)
    assert list(world.products) == PRODUCTS
