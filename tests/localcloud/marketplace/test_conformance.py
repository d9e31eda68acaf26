"""The simulator against the models that botocore carries: every constraint, member and error.

The figures are printed at the end of a run.
"""

import json
from collections import Counter
from datetime import UTC, datetime

import boto3
import botocore.session
import pytest
import requests
from botocore.config import Config
from botocore.validate import ParamValidator

from localcloud.marketplace import cbor
from localcloud.marketplace.faults import Fault
from tests.localcloud.marketplace.conftest import (
    CONSUMPTION,
    CONTRACT,
    LEGACY_CONTRACT,
    LEGACY_SUBSCRIPTION,
)
from tests.localcloud.marketplace.model_walks import (
    example_of,
    members_in,
    members_of,
    wrong_requests,
)

OPERATIONS = {
    "ResolveCustomer": "meteringmarketplace",
    "BatchMeterUsage": "meteringmarketplace",
    "MeterUsage": "meteringmarketplace",
    "RegisterUsage": "meteringmarketplace",
    "GetEntitlements": "marketplace-entitlement",
    "SearchAgreements": "marketplace-agreement",
    "DescribeAgreement": "marketplace-agreement",
    "GetAgreementTerms": "marketplace-agreement",
}
PROTOCOLS = ("json", "smithy-rpc-v2-cbor")
# Metering has no error for every constraint; the other services have one for all of them.
REFUSALS = {
    "marketplace-entitlement": {"InvalidParameterException"},
    "marketplace-agreement": {"ValidationException"},
}


def model_of(service):
    return botocore.session.get_session().get_service_model(service)


def operation_of(name):
    return model_of(OPERATIONS[name]).operation_model(name)


@pytest.fixture
def client_in(cloud):
    """Return botocore's client, told by its model to speak this protocol."""

    def client_in(service, protocol):
        session = botocore.session.Session()
        model = session.get_component("data_loader").load_service_model(service, "service-2")
        model["metadata"]["protocols"] = [protocol]
        made = session.create_client(
            service,
            region_name="us-east-1",
            endpoint_url=cloud.addresses.marketplace,
            aws_access_key_id="local",
            aws_secret_access_key="local",
            config=Config(parameter_validation=False, retries={"total_max_attempts": 1}),
        )
        assert made.meta.service_model.resolved_protocol == protocol
        return made

    return client_in


@pytest.fixture
def post(cloud):
    """Send a request that no client would, and return the status and the answer."""

    def post(name, request, protocol):
        model = model_of(OPERATIONS[name])
        prefix = model.metadata["targetPrefix"]
        address = cloud.addresses.marketplace
        if protocol == "json":
            headers = {
                "X-Amz-Target": f"{prefix}.{name}",
                "Content-Type": f"application/x-amz-json-{model.metadata['jsonVersion']}",
            }
            body = json.dumps(request).encode()
            answer = requests.post(address, data=body, headers=headers, timeout=10)
            assert answer.headers["Content-Type"] == headers["Content-Type"]
            return answer.status_code, answer.json()
        headers = {"smithy-protocol": "rpc-v2-cbor", "Content-Type": "application/cbor"}
        url = f"{address}/service/{prefix}/operation/{name}"
        answer = requests.post(url, data=cbor.encoded(request), headers=headers, timeout=10)
        assert answer.headers["smithy-protocol"] == "rpc-v2-cbor"
        return answer.status_code, cbor.decoded(answer.content)

    return post


def is_of_the_shape(code, message):
    return code == "SerializationException" or "validation error detected" in message


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("name", OPERATIONS)
def test_every_constraint_of_a_request_is_enforced(post, client, name, protocol, record_property):
    operation, service = operation_of(name), OPERATIONS[name]
    modelled = {error.name for error in operation.error_shapes}
    allowed = REFUSALS.get(service, modelled | {"ValidationException"})
    counts = Counter()

    status, whole = post(name, example_of(operation.input_shape), protocol)
    assert not is_of_the_shape(whole.get("__type"), whole.get("message", ""))
    for wrong in wrong_requests(operation.input_shape):
        status, answer = post(name, wrong.request, protocol)

        assert status == 400, wrong
        assert is_of_the_shape(answer["__type"], answer["message"]), (wrong, answer)
        assert wrong.path.split(".")[-1] in answer["message"], (wrong, answer)
        if wrong.kind == "type":
            assert answer["__type"] == "SerializationException", wrong
        else:
            assert answer["__type"] in allowed, (wrong, answer)
        counts[wrong.kind] += 1

    assert counts["type"] > 0
    said = ", ".join(f"{count} of {kind}" for kind, count in sorted(counts.items()))
    record_property("figures", f"{name} by {protocol}: {counts.total()} wrong requests: {said}")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_error_of_every_operation_is_an_exception_of_the_client(
    world, client_in, protocol, record_property
):
    checked = 0
    for name, service in OPERATIONS.items():
        operation, client = operation_of(name), client_in(service, protocol)
        call = getattr(client, botocore.xform_name(name))
        for error in operation.error_shapes:
            world.faults.add(Fault("error", name, code=error.name))

            with pytest.raises(getattr(client.exceptions, error.name)) as raised:
                call(**example_of(operation.input_shape))

            response = raised.value.response
            modelled = error.metadata.get("error", {}).get("httpStatusCode")
            expected = modelled or (500 if error.name.startswith("Internal") else 400)
            assert response["ResponseMetadata"]["HTTPStatusCode"] == expected
            assert response["Error"]["Message"]
            checked += 1
    assert checked > 40
    record_property("figures", f"{protocol}: {checked} errors of {len(OPERATIONS)} operations")


def filled(world):
    """Let there be something of every kind, and return requests that show it."""
    plain = world.buy(CONSUMPTION, dimensions={"pro": 2}, auto_renews=True)
    private = world.buy(CONTRACT, private_offer=True)
    trial = world.buy(CONTRACT, trial_days=14)
    legacy = world.buy(LEGACY_SUBSCRIPTION)
    world.buy(LEGACY_CONTRACT)
    tokens = [world.set_up_account(one.id) for one in (plain, legacy)]
    part = {"AllocatedUsageQuantity": 5, "Tags": [{"Key": "team", "Value": "a"}]}
    exact = {"AllocatedUsageQuantityAsDecimal": "1.5", "Tags": [{"Key": "team", "Value": "a"}]}
    usage = {"Timestamp": datetime.now(UTC), "Dimension": "units"}
    licensed = {"CustomerAWSAccountId": plain.account_id, "LicenseArn": plain.license_arn}
    records = [
        {**usage, **licensed, "Quantity": 5, "UsageAllocations": [part]},
        {**usage, **licensed, "QuantityAsDecimal": "1.5", "UsageAllocations": [exact]},
    ]
    customer = {"CustomerIdentifier": legacy.customer_identifier}
    of_legacy = [{**one, **customer} for one in records]
    for one in of_legacy:
        del one["CustomerAWSAccountId"], one["LicenseArn"]
    world.faults.add(Fault("unprocessed", "BatchMeterUsage", times=3, records=1))
    ours = {"PartyType": "Proposer", "AgreementType": "PurchaseAgreement"}
    filters = [{"name": name, "values": [value]} for name, value in ours.items()]
    agreements = [plain, private, trial]
    return {
        "ResolveCustomer": [{"RegistrationToken": token} for token in tokens],
        "BatchMeterUsage": [
            {"UsageRecords": records},
            {"UsageRecords": of_legacy, "ProductCode": LEGACY_SUBSCRIPTION},
            {"UsageRecords": records},
            {"UsageRecords": of_legacy, "ProductCode": LEGACY_SUBSCRIPTION},
            {"UsageRecords": records[::-1]},
        ],
        "GetEntitlements": [
            {"ProductCode": CONTRACT, "MaxResults": 1},
            {"ProductCode": LEGACY_CONTRACT},
        ],
        "SearchAgreements": [{"filters": filters, "maxResults": 2}, {"filters": filters}],
        "DescribeAgreement": [{"agreementId": one.id} for one in agreements],
        "GetAgreementTerms": [{"agreementId": one.id, "maxResults": 50} for one in agreements],
    }


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_answers_are_of_the_shapes_of_the_model_and_of_nothing_else(
    world, client_in, protocol, record_property
):
    shown, there = Counter(), Counter()
    for name, asked in filled(world).items():
        operation, client = operation_of(name), client_in(OPERATIONS[name], protocol)
        seen = set()
        for request in asked:
            answer = getattr(client, botocore.xform_name(name))(**request)
            answer.pop("ResponseMetadata")
            errors = ParamValidator().validate(answer, operation.output_shape)
            assert not errors.has_errors(), errors.generate_report()
            raw = world.calls.of(name)[-1].answer
            assert members_in(raw) == members_in(answer)
            seen |= members_in(answer)
        known = members_of(operation.output_shape)
        assert seen <= known
        shown[name], there[name] = len(seen), len(known)
    assert all(shown.values())
    said = ", ".join(f"{name} {shown[name]}/{there[name]}" for name in shown)
    record_property("figures", f"{protocol}: members shown of those in the model: {said}")


def test_an_unmodified_client_chooses_json_for_all_three_services():
    chosen = {
        service: boto3.client(service, region_name="us-east-1").meta.service_model.resolved_protocol
        for service in set(OPERATIONS.values())
    }

    assert set(chosen.values()) == {"json"}


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_is_no_request_at_all_is_refused(cloud, protocol):
    target = {"X-Amz-Target": "AWSMPMeteringService.ResolveCustomer"}
    path = "" if protocol == "json" else "/service/AWSMPMeteringService/operation/ResolveCustomer"
    for body in (b"\xff\xff", b"{", b"[" * 5000):
        answer = requests.post(
            f"{cloud.addresses.marketplace}{path}", data=body, headers=target, timeout=10
        )

        assert answer.status_code == 400
        assert b"SerializationException" in answer.content


def test_an_operation_that_is_not_simulated_says_so(client):
    agreements = client("marketplace-agreement")

    with pytest.raises(agreements.exceptions.ClientError, match="not simulated"):
        agreements.get_agreement_entitlements(agreementId="agmt-1")
