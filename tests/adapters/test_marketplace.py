"""Resolving a registration token: what AWS says, and what it says is wrong."""

import pytest
from botocore.exceptions import ReadTimeoutError

from adapters.errors import Refused, TryLater
from adapters.marketplace import ResolvedCustomer, TokenExpired, TokenUnknown, resolve_customer
from tests.outages import answering, failing, unreachable

SERVICE, OPERATION = "meteringmarketplace", "ResolveCustomer"
CONCURRENT = {
    "CustomerIdentifier": "",
    "ProductCode": "3ca8p4contracttiers0000001",
    "CustomerAWSAccountId": "845735284135",
    "LicenseArn": "arn:aws:license-manager::845735284135:license/l-e52c",
    "Metadata": {"AgreementId": "agmt-1"},
}


def test_a_buyer_of_a_listing_with_concurrent_agreements_is_named_by_the_agreement():
    with answering(SERVICE, OPERATION, 200, CONCURRENT) as sent:
        found = resolve_customer("token")

    assert found == ResolvedCustomer(
        product_code="3ca8p4contracttiers0000001",
        account_id="845735284135",
        license_arn="arn:aws:license-manager::845735284135:license/l-e52c",
        agreement_id="agmt-1",
    )
    assert sent == ['{"RegistrationToken": "token"}']


def test_a_buyer_of_an_older_listing_is_named_by_the_customer_identifier():
    answer = {"CustomerIdentifier": "X01", "ProductCode": "legacycontract0000000004"}

    with answering(SERVICE, OPERATION, 200, answer):
        found = resolve_customer("token")

    assert (found.customer_identifier, found.agreement_id) == ("X01", "")


def test_an_answer_that_names_nobody_is_refused():
    with answering(SERVICE, OPERATION, 200, {"ProductCode": "p"}), pytest.raises(Refused):
        resolve_customer("token")


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("InvalidTokenException", TokenUnknown),
        ("ExpiredTokenException", TokenExpired),
        ("ThrottlingException", TryLater),
        ("InternalServiceErrorException", TryLater),
        ("DisabledApiException", Refused),
        ("AccessDeniedException", Refused),
    ],
)
def test_what_is_wrong_is_told_apart(code, meaning):
    with failing(SERVICE, OPERATION, code), pytest.raises(meaning) as caught:
        resolve_customer("a-secret-token")

    assert "a-secret-token" not in f"{caught.value!r} {caught.value}"


def test_an_aws_that_does_not_answer_is_asked_again_later():
    slow = ReadTimeoutError(endpoint_url="https://metering.example")

    with unreachable(SERVICE, slow), pytest.raises(TryLater):
        resolve_customer("token")
