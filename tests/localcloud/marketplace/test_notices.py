"""What happens in the Marketplace is told to the seller's queue: once, twice, late, or never."""

import json
from datetime import timedelta

import boto3
import pytest

from adapters.definitions import name_of
from localcloud.marketplace.events import EVENT_KINDS, MANUFACTURER, PROPOSER
from localcloud.marketplace.topics import TOPIC_ACTIONS
from tests.localcloud.marketplace.conftest import (
    CONTRACT,
    LEGACY_CONTRACT,
    LEGACY_SUBSCRIPTION,
    SUBSCRIPTION,
)

CREATED = "Purchase Agreement Created - Proposer"
ENDED = "Purchase Agreement Ended - Proposer"
UPDATED = "License Updated - Manufacturer"
GONE = "License Deprovisioned - Manufacturer"


@pytest.fixture
def taken(cloud):
    """Return what is in the queue, and take it out."""
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName=name_of("notices"))["QueueUrl"]

    def taken():
        bodies = []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                bodies.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return bodies

    return taken


def kinds(bodies):
    return [kind_of(body) for body in bodies]


def kind_of(body):
    if "detail-type" in body:
        return body["detail-type"]
    return json.loads(body["Message"])["action"]


def test_a_purchase_is_told_by_two_events(world, taken):
    agreement = world.buy(CONTRACT, auto_renews=True)

    created, updated = taken()

    assert (created["detail-type"], updated["detail-type"]) == (CREATED, UPDATED)
    assert created["source"] == updated["source"] == "aws.agreement-marketplace"
    assert created["region"] == "us-east-1"
    assert created["detail"]["agreement"]["intent"] == "NEW"
    assert created["detail"]["acceptor"] == {"accountId": agreement.account_id}
    assert not {"license", "product"} & created["detail"].keys()
    assert updated["detail"]["agreement"] == {"id": agreement.id}
    assert updated["detail"]["product"] == {"code": CONTRACT, "id": "prod-contract000001"}


def test_an_event_prints_the_license_in_another_layout_than_resolve_customer(world, taken):
    agreement = world.buy(CONTRACT)

    (arn,) = [body["detail"]["license"]["arn"] for body in taken() if "License" in kind_of(body)]

    account, license_id = agreement.account_id, agreement.license_id
    assert arn == f"aws:license-manager:us-east-1:{account}:{license_id}"
    assert agreement.license_arn == f"arn:aws:license-manager::{account}:license/{license_id}"


@pytest.mark.parametrize(
    ("verb", "status"),
    [("cancel", "CANCELLED"), ("expire", "EXPIRED"), ("terminate", "TERMINATED")],
)
def test_an_end_is_told_with_its_reason(world, taken, verb, status):
    agreement = world.buy(SUBSCRIPTION)
    taken()

    getattr(world, verb)(agreement.id)

    ended, gone = taken()
    assert (ended["detail-type"], gone["detail-type"]) == (ENDED, GONE)
    assert ended["detail"]["agreement"] == {"id": agreement.id, "status": status}


def test_the_license_may_go_an_hour_after_the_agreement(world, taken):
    world.deprovisions_after = timedelta(hours=1)
    agreement = world.buy(SUBSCRIPTION)
    world.cancel(agreement.id)
    first = kinds(taken())

    world.advance(hours=1)

    assert GONE not in first
    assert kinds(taken()) == [GONE]


@pytest.mark.parametrize(
    ("verb", "status", "intent"),
    [("renew", "RENEWED", "RENEW"), ("replace", "REPLACED", "REPLACE")],
)
def test_a_successor_is_told_and_no_license_is_taken_away(world, taken, verb, status, intent):
    old = world.buy(CONTRACT)
    taken()

    new = getattr(world, verb)(old.id)

    ended, created, updated = taken()
    assert kinds([ended, created, updated]) == [ENDED, CREATED, UPDATED]
    assert ended["detail"]["agreement"] == {"id": old.id, "status": status}
    assert created["detail"]["agreement"]["intent"] == intent
    assert created["detail"]["agreement"].get("previousAgreementId", old.id) == old.id
    assert new.license_id != old.license_id


def test_an_end_date_ends_a_contract_or_renews_it(world, taken):
    ending, renewing = world.buy(CONTRACT, months=1), world.buy(CONTRACT, auto_renews=True)
    taken()

    world.advance(days=30)
    assert kinds(taken()) == [ENDED, GONE]
    world.advance(days=330)

    assert kinds(taken()) == [ENDED, CREATED, UPDATED]
    assert (ending.status, renewing.status) == ("EXPIRED", "RENEWED")
    assert ending.ended_at == ending.ends_at


def test_an_agreement_of_the_future_gets_its_license_when_it_starts(world, taken):
    world.buy(CONTRACT, starts_in=timedelta(days=3))
    dropped = world.buy(CONTRACT, starts_in=timedelta(days=3))
    world.cancel(dropped.id)
    before = kinds(taken())

    world.advance(days=3)

    assert UPDATED not in before
    assert kinds(taken()) == [UPDATED]


def test_a_legacy_contract_is_told_by_its_topics(world, taken):
    agreement = world.buy(LEGACY_CONTRACT)

    subscribed, entitled = taken()

    assert kinds([subscribed, entitled]) == ["subscribe-success", "entitlement-updated"]
    assert subscribed["Type"] == "Notification"
    assert subscribed["TopicArn"].endswith(f"aws-mp-subscription-notification-{LEGACY_CONTRACT}")
    assert entitled["TopicArn"].endswith(f"aws-mp-entitlement-notification-{LEGACY_CONTRACT}")
    said = json.loads(subscribed["Message"])
    assert said["customer-identifier"] == agreement.customer_identifier
    assert said["isFreeTrialTermPresent"] == "false"


def test_the_last_word_of_a_legacy_subscription_comes_after_an_hour(world, taken):
    agreement = world.buy(LEGACY_SUBSCRIPTION)
    world.cancel(agreement.id)
    first = kinds(taken())

    world.advance(hours=1)

    assert first == ["subscribe-success", "unsubscribe-pending"]
    assert kinds(taken()) == ["unsubscribe-success"]


def test_a_buyer_who_is_back_within_the_hour_hears_no_last_word(world, taken):
    agreement = world.buy(LEGACY_SUBSCRIPTION)
    world.cancel(agreement.id)
    world.buy(LEGACY_SUBSCRIPTION, account_id=agreement.account_id)

    world.advance(hours=2)

    assert kinds(taken()) == ["subscribe-success", "unsubscribe-pending", "subscribe-success"]


def test_a_payment_that_fails_is_told_of_a_legacy_product(world, taken):
    agreement = world.buy(LEGACY_SUBSCRIPTION, payment_fails=True)

    assert kinds(taken()) == ["subscribe-fail"]
    assert not agreement.is_active


def test_an_advisory_is_told_and_ends_nothing(world, taken):
    agreement = world.buy(CONTRACT)
    taken()

    world.advise(agreement.id)
    world.resolve_advisory(agreement.id)

    issued, resolved = taken()
    assert "issuedAt" in issued["detail"]["advisory"]
    assert "resolvedAt" in resolved["detail"]["advisory"]
    assert agreement.is_active


@pytest.mark.parametrize("role", [PROPOSER, MANUFACTURER])
@pytest.mark.parametrize("kind", EVENT_KINDS)
def test_every_event_of_the_guide_may_be_sent_by_hand_in_either_role(world, taken, kind, role):
    agreement = world.buy(CONTRACT)
    taken()

    world.notify(kind, agreement.id, role=role)

    (body,) = taken()
    assert body["detail-type"] == f"{kind} - {role}"
    assert body["detail"]["catalog"] == "AWSMarketplace"
    assert agreement.id in json.dumps(body) or body["source"] != "aws.agreement-marketplace"


@pytest.mark.parametrize("action", TOPIC_ACTIONS)
def test_every_message_of_the_topics_may_be_sent_by_hand(world, taken, action):
    agreement = world.buy(LEGACY_CONTRACT)
    taken()

    world.notify(action, agreement.id)

    assert kinds(taken()) == [action]


def test_a_kind_that_nobody_knows_may_be_sent_too(world, taken):
    agreement = world.buy(CONTRACT)
    taken()

    world.notify("Purchase Agreement Paused", agreement.id, pause={"days": 3})

    (body,) = taken()
    assert body["detail-type"] == "Purchase Agreement Paused - Proposer"
    assert body["detail"]["pause"] == {"days": 3}


def test_both_roles_may_hear_of_everything(world, taken):
    world.tells_both_roles = True

    world.buy(CONTRACT)

    created = [body for body in taken() if "Created" in kind_of(body)]
    assert {kind_of(body)[29:] for body in created} == {PROPOSER, MANUFACTURER}
    assert created[0]["id"] != created[1]["id"]


def test_a_resold_product_is_told_to_its_manufacturer(world, taken):
    world.buy(CONTRACT, private_offer=True, reseller_account_id="210987654321")

    created, _ = taken()

    assert created["detail-type"] == "Purchase Agreement Created - Manufacturer"
    assert created["detail"]["proposer"] == {"accountId": "210987654321"}
    assert created["detail"]["resaleAuthorization"]["id"].startswith("resaleauthz-")


def test_held_notices_are_delivered_in_any_order_and_any_number(world, taken):
    with world.notices.held() as held:
        world.cancel(world.buy(SUBSCRIPTION).id)
    assert taken() == []

    world.notices.deliver_all([held[3], held[0]], copies=2)

    assert kinds(taken()) == [GONE, GONE, CREATED, CREATED]
    assert [notice.sent for notice in held] == [2, 0, 0, 2]
    assert world.notices.waiting() == [held[1], held[2]]


def test_the_copies_of_a_notice_are_the_same(world, taken):
    world.buy(CONTRACT)
    world.notices.deliver(1, copies=2)

    created = [body for body in taken() if kind_of(body) == CREATED]

    assert len(created) == 3
    assert len({body["id"] for body in created}) == 1


def test_a_notice_may_be_late_or_lost(world, taken):
    with world.notices.held() as held:
        world.buy(CONTRACT)
    late, lost = held
    world.notices.deliver(late, after=timedelta(hours=2))
    world.notices.drop(lost)
    world.advance(hours=1)
    before = taken()

    world.advance(hours=1)

    assert before == []
    assert kinds(taken()) == [CREATED]
