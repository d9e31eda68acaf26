"""Keys and plans: found by their exact names, made once, on one plan at a time."""

from hashlib import sha256

import pytest

from adapters import usage_plans
from adapters.aws import client
from adapters.errors import NotThere, Refused, TryLater
from tests.outages import failing

# boto3 does not repeat this one by itself.
BUSY = "ServiceUnavailableException"


@pytest.fixture
def small_pages():
    """AWS with pages of two, however many were asked for."""
    events = client("apigateway").meta.events

    def shorten(params, **_):
        return {**params, "limit": 2}

    names = [f"provide-client-params.apigateway.{name}" for name in ("GetApiKeys", "GetUsagePlans")]
    for name in names:
        events.register(name, shorten)
    yield
    for name in names:
        events.unregister(name, shorten)


@pytest.fixture
def key():
    return usage_plans.create_key("gatehouse-local-key-1")[0]


def plans(key_id):
    return usage_plans.read_key(key_id).plan_ids


@pytest.mark.parametrize("tier", ["free", "starter", "pro", "enterprise"])
def test_every_tier_has_the_plan_of_its_name(tier):
    plan = client("apigateway").get_usage_plan(usagePlanId=usage_plans.plan_of(tier))

    assert plan["name"] == f"gatehouse-local-{tier}"


def test_an_unknown_tier_is_refused():
    with pytest.raises(Refused, match="gatehouse-local-platinum"):
        usage_plans.plan_of("platinum")


def test_plans_are_found_beyond_the_first_page(small_pages):
    found = {usage_plans.plan_of(tier) for tier in ("free", "starter", "pro", "enterprise")}

    assert len(found) == 4


def test_plans_are_not_asked_for_at_every_use():
    first = usage_plans.plan_of("starter")

    with failing("apigateway", "GetUsagePlans", BUSY):
        assert usage_plans.plan_of("starter") == first


def test_a_plan_that_was_made_anew_is_found_after_a_while(time_machine):
    old = usage_plans.plan_of("starter")
    stages = client("apigateway").get_usage_plan(usagePlanId=old)["apiStages"]
    client("apigateway").delete_usage_plan(usagePlanId=old)
    made = client("apigateway").create_usage_plan(name="gatehouse-local-starter", apiStages=stages)

    usage_plans._plans = (usage_plans._plans[0] - 301, usage_plans._plans[1])

    assert usage_plans.plan_of("starter") == made["id"] != old


def test_a_key_is_found_by_its_exact_name_among_longer_ones():
    names = ["key-1", "key-11", "key-1-old", "key-", "KEY-1"]
    ids = {name: usage_plans.create_key(name)[0] for name in names}

    assert {name: usage_plans.find_key(name) for name in names} == ids


def test_a_prefix_of_a_name_finds_nothing():
    usage_plans.create_key("key-11")

    assert usage_plans.find_key("key-1") is None


def test_a_key_is_found_beyond_the_first_page(small_pages):
    for number in range(10, 16):
        usage_plans.create_key(f"key-{number}")
    wanted, _ = usage_plans.create_key("key-1")

    assert usage_plans.find_key("key-1") == wanted


def test_a_busy_gateway_does_not_say_that_there_is_no_key():
    with failing("apigateway", "GetApiKeys", BUSY), pytest.raises(TryLater):
        usage_plans.find_key("key-1")


def test_a_new_key_is_live_and_recognised_by_its_fingerprint(key):
    made, fingerprint = usage_plans.create_key("key-2")

    value = usage_plans.key_value(made)
    assert usage_plans.read_key(made).enabled
    assert fingerprint.sha256 == sha256(value.encode()).hexdigest()
    assert (fingerprint.first4, fingerprint.last4) == (value[:4], value[-4:])
    assert usage_plans.fingerprint(made) == fingerprint


def test_a_fingerprint_does_not_hold_the_key(key):
    fingerprint = usage_plans.fingerprint(key)

    assert usage_plans.key_value(key) not in repr(fingerprint)


def test_a_creation_whose_answer_is_lost_is_not_repeated_by_itself():
    often_repeated = "TooManyRequestsException"

    with failing("apigateway", "CreateApiKey", often_repeated) as sent, pytest.raises(TryLater):
        usage_plans.create_key("key-2")

    assert len(sent) == 1


def test_a_key_that_is_gone_is_none(key):
    usage_plans.delete_key(key)

    assert usage_plans.read_key(key) is None


def test_reading_a_key_never_asks_for_its_value(key):
    seen = []
    events = client("apigateway").meta.events

    def note(params, **_):
        seen.append(params["query_string"].get("includeValue"))

    events.register("before-call.apigateway.GetApiKey", note)
    try:
        usage_plans.read_key(key)
    finally:
        events.unregister("before-call.apigateway.GetApiKey", note)

    assert seen == ["false"]


def test_an_attached_key_is_on_its_plan(key):
    plan = usage_plans.plan_of("starter")

    usage_plans.attach_key(plan, key)

    assert plans(key) == (plan,)


def test_attaching_twice_is_fine(key):
    plan = usage_plans.plan_of("starter")
    usage_plans.attach_key(plan, key)

    usage_plans.attach_key(plan, key)

    assert plans(key) == (plan,)


def test_a_key_on_another_plan_is_not_reported_as_attached(key):
    starter, pro = usage_plans.plan_of("starter"), usage_plans.plan_of("pro")
    usage_plans.attach_key(starter, key)

    with pytest.raises(TryLater):
        usage_plans.attach_key(pro, key)

    assert plans(key) == (starter,)


def test_a_key_that_is_gone_cannot_be_attached(key):
    usage_plans.delete_key(key)

    with pytest.raises(NotThere):
        usage_plans.attach_key(usage_plans.plan_of("starter"), key)


def test_a_detached_key_can_go_to_another_plan(key):
    starter, pro = usage_plans.plan_of("starter"), usage_plans.plan_of("pro")
    usage_plans.attach_key(starter, key)

    usage_plans.detach_key(starter, key)

    usage_plans.attach_key(pro, key)
    assert plans(key) == (pro,)


def test_detaching_twice_is_fine(key):
    plan = usage_plans.plan_of("starter")
    usage_plans.attach_key(plan, key)
    usage_plans.detach_key(plan, key)

    usage_plans.detach_key(plan, key)

    assert plans(key) == ()


@pytest.mark.parametrize("enabled", [False, True])
def test_a_key_is_switched_and_may_be_switched_again(key, enabled):
    usage_plans.switch_key(key, enabled=not enabled)
    usage_plans.switch_key(key, enabled=enabled)

    usage_plans.switch_key(key, enabled=enabled)

    assert usage_plans.read_key(key).enabled is enabled


def test_a_key_that_is_gone_cannot_be_switched(key):
    usage_plans.delete_key(key)

    with pytest.raises(NotThere):
        usage_plans.switch_key(key, enabled=False)


def test_deleting_twice_is_fine(key):
    usage_plans.delete_key(key)

    usage_plans.delete_key(key)

    assert usage_plans.find_key("gatehouse-local-key-1") is None


@pytest.mark.parametrize(
    ("operation", "verb"),
    [
        ("CreateUsagePlanKey", lambda plan, key: usage_plans.attach_key(plan, key)),
        ("DeleteUsagePlanKey", lambda plan, key: usage_plans.detach_key(plan, key)),
        ("UpdateApiKey", lambda plan, key: usage_plans.switch_key(key, enabled=False)),
        ("DeleteApiKey", lambda plan, key: usage_plans.delete_key(key)),
        ("GetApiKey", lambda plan, key: usage_plans.read_key(key)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_busy_gateway_says_try_later(key, operation, verb):
    plan = usage_plans.plan_of("starter")

    with failing("apigateway", operation, BUSY), pytest.raises(TryLater):
        verb(plan, key)
