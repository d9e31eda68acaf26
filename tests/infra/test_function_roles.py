"""Each function's role allows what the function asks of AWS, and nothing that it never asks."""

import json
from datetime import timedelta

import pytest
from botocore.endpoint import Endpoint
from django.utils import timezone

from adapters import queues
from adapters.definitions import name_of, stage
from backoffice.audit import SYSTEM
from campaigns import gatekeeping, redemptions
from campaigns.eligibility import Customer
from functions import after_confirmation, generate_codes, redeem_code, validate_code
from localcloud.place import ACCOUNT, REGION
from localcloud.templates import template
from tests.functions.calls import open_key, post
from tests.functions.direct import invoked
from tests.infra.test_portal_role import parts

pytestmark = pytest.mark.django_db(transaction=True)

LOGGING = {"logs:CreateLogStream", "logs:PutLogEvents"}
PSEUDO = {
    "${AWS::Partition}": "aws",
    "${AWS::Region}": REGION,
    "${AWS::AccountId}": ACCOUNT,
    "${Stage}": stage(),
}


def allowed_to(role):
    """Return every pair of action and resource, but for the logs, that a role allows."""
    [policy] = template("functions")["Resources"][role]["Properties"]["Policies"]
    pairs = set()
    for statement in policy["PolicyDocument"]["Statement"]:
        actions = statement["Action"]
        for action in [actions] if isinstance(actions, str) else actions:
            if action not in LOGGING:
                pairs.add((action, resolved(statement["Resource"]["Fn::Sub"])))
    return pairs


def resolved(text):
    for name, value in PSEUDO.items():
        text = text.replace(name, value)
    return text


def s3_ask(name):
    bucket = f"arn:aws:s3:::{name_of('exports')}"
    if name == "ListObjectsV2":
        return "s3:ListBucket", bucket
    return f"s3:{name}", f"{bucket}/batches/*"


@pytest.fixture
def asked(cloud, monkeypatch):
    """Collect what IAM would be asked about each call."""
    seen = set()
    original = Endpoint.make_request

    def make_request(endpoint, operation, request):
        if operation.service_model.service_name == "s3":
            seen.add(s3_ask(operation.name))
            return original(endpoint, operation, request)
        body = json.loads(request["body"])
        if operation.service_model.service_name == "sqs":
            queue = body.get("QueueName") or body["QueueUrl"].rpartition("/")[2]
            seen.add((f"sqs:{operation.name}", f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}"))
            return original(endpoint, operation, request)
        for action, table in parts(operation.name, body):
            arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table}"
            seen.add((f"dynamodb:{action}", arn))
        return original(endpoint, operation, request)

    def collect(work):
        redemptions.forget_prefixes()
        with monkeypatch.context() as patch:
            patch.setattr(Endpoint, "make_request", make_request)
            return work()

    collect.seen = seen
    return collect


def redeem(code, who, **fields):
    return invoked(redeem_code, code=code, redeemed_by=who, email=f"{who}@example.com", **fields)


def test_answering_customers_needs_what_its_role_allows_and_all_of_it(asked):
    open_key()
    calls = [('{"qubo": [[-1]]}', "request-1"), ('{"qubo": []}', "request-2")]

    def live():
        for body, request_id in calls:
            yield post(body, headers={"Idempotency-Key": request_id}, request_id=request_id)[0]

    assert asked(lambda: list(live())) == [200, 400]

    assert asked.seen == allowed_to("ApiRole")


def test_telling_of_confirmed_people_needs_what_its_role_allows_and_all_of_it(asked):
    queues.address_of.cache_clear()
    event = {
        "triggerSource": "PostConfirmation_ConfirmSignUp",
        "userName": "0c9b6f0e-6d3f-4f6f-9a53-0d5a4f6f1c11",
        "request": {"userAttributes": {"email": "alice@example.com"}},
    }

    assert asked(lambda: after_confirmation.handler(event, None)) == event

    assert asked.seen == allowed_to("AfterConfirmationRole")


def test_checking_needs_what_its_role_allows_and_all_of_it(asked, make_code):
    code = make_code()

    assert asked(lambda: invoked(validate_code, code=code))["valid"] is True

    assert asked.seen == allowed_to("ValidateCodeRole")


def test_redeeming_needs_what_its_role_allows_and_all_of_it(asked, make_campaign, make_code):
    campaign = make_campaign(cap=2, once_per_customer=True)
    plain = make_code(make_campaign(slug="plain"))
    own, other, shared = (make_code(campaign, max_uses=uses) for uses in (1, 1, 2))
    soon = timezone.now() + timedelta(minutes=1)
    for code, who in ((own, "alice"), (shared, "bob")):
        redemptions.hold_code(
            code,
            held_by=who,
            customer=Customer(f"{who}@example.com"),
            now=timezone.now() - timedelta(hours=1),
            until=soon - timedelta(hours=1) if who == "bob" else soon,
        )

    def live():
        yield redeem(plain, "dave")["redeemed"]
        yield redeem(own, "alice")["redeemed"]
        yield redeem(other, "carol")["redeemed"]
        yield invoked(redeem_code, code=other, redeemed_by="carol", release=True)["released"]

    assert asked(lambda: list(live())) == [True] * 4
    gatekeeping.pause_campaign(campaign, SYSTEM)
    assert asked(lambda: redeem(own, "alice"))["redeemed"] is True

    assert asked.seen == allowed_to("RedeemCodeRole")


def test_making_codes_needs_what_its_role_allows_and_all_of_it(asked, make_campaign):
    wish = {"campaign": make_campaign().public_id, "batch": "0c1d2e3f4a5b", "prefix": "AUTUMN"}
    event = {**wish, "count": 5, "max_uses": 1}

    class Context:
        def get_remaining_time_in_millis(self):
            return 900_000

    assert asked(lambda: generate_codes.handler(event, Context()))["complete"] is True

    assert asked.seen == allowed_to("GenerateCodesRole")
