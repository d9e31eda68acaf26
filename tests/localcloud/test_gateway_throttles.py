"""Token buckets of a key, of a key and a method, of a method of the stage, and of the account.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
"""

import pytest

from localcloud.throttles import Limit, Throttles

TIGHT = {"rateLimit": 0.01, "burstLimit": 2}


@pytest.fixture
def api(gateway):
    (api,) = gateway.get_rest_apis()["items"]
    return {"restApiId": api["id"], "stageName": "local"}


@pytest.fixture
def limit_stage(gateway, api):
    def limit(method, *, rate, burst):
        gateway.update_stage(
            **api,
            patchOperations=[
                {"op": "replace", "path": f"/{method}/throttling/rateLimit", "value": str(rate)},
                {"op": "replace", "path": f"/{method}/throttling/burstLimit", "value": str(burst)},
            ],
        )

    return limit


@pytest.fixture
def statuses(call, token, echo):
    def statuses(count, key, method="GET", path="/v1/me"):
        given = {"token": token, "key": key.value, "headers": {"Content-Type": "text/plain"}}
        return [call(method, path, **given).status_code for _ in range(count)]

    return statuses


def test_the_stage_limits_a_method_whoever_calls(statuses, make_key, limit_stage):
    limit_stage("*/*", rate=0.01, burst=2)

    assert statuses(2, make_key()) + statuses(1, make_key()) == [200, 200, 429]


def test_each_method_of_the_stage_has_a_bucket_of_its_own(statuses, make_key, limit_stage):
    limit_stage("*/*", rate=0.01, burst=1)
    key = make_key()

    assert statuses(2, key) + statuses(2, key, "POST", "/v1/solve") == [200, 429, 200, 429]


def test_a_methods_own_limit_goes_before_that_of_all(statuses, make_key, limit_stage):
    limit_stage("*/*", rate=0.01, burst=1)
    limit_stage("~1v1~1me/GET", rate=0.01, burst=3)

    assert statuses(4, make_key()) == [200, 200, 200, 429]


def test_a_plan_limits_a_method_of_its_stage(statuses, make_key, gateway, api):
    stage = {"apiId": api["restApiId"], "stage": "local", "throttle": {"/v1/solve/POST": TIGHT}}
    plan = gateway.create_usage_plan(name="tight", apiStages=[stage])
    key = make_key(plan["id"])

    assert statuses(3, key, "POST", "/v1/solve") == [200, 200, 429]
    assert statuses(3, key) == [200, 200, 200]


def test_all_methods_share_the_bucket_of_the_key(statuses, make_key, make_plan):
    key = make_key(make_plan(throttle={"rateLimit": 0.01, "burstLimit": 3}))

    assert statuses(2, key) + statuses(2, key, "POST", "/v1/solve") == [200, 200, 200, 429]


def test_the_public_document_is_throttled_by_the_stage(call, clock):
    statuses = [call(path="/v1/openapi.json").status_code for _ in range(43)]

    assert statuses == [200] * 40 + [429] * 3


def test_a_preflight_is_throttled_by_the_stage_too(call, limit_stage):
    limit_stage("~1v1~1me/OPTIONS", rate=0.01, burst=1)

    assert [call("OPTIONS").status_code for _ in range(2)] == [204, 429]


def admitted(buckets, limits, count):
    return sum(buckets.admits(limits) for _ in range(count))


def test_a_bucket_holds_the_burst_and_fills_at_the_rate(clock):
    buckets, limits = Throttles(), [Limit("key", rate=10, burst=20)]
    assert admitted(buckets, limits, 50) == 20

    clock[0] += 0.5
    assert admitted(buckets, limits, 50) == 5

    clock[0] += 3600
    assert admitted(buckets, limits, 50) == 20


def test_a_steady_caller_at_the_rate_is_never_refused(clock):
    buckets, limits = Throttles(), [Limit("key", rate=10, burst=1)]

    for _ in range(100):
        assert buckets.admits(limits)
        clock[0] += 0.1001


def test_what_one_bucket_refuses_stays_in_the_other(clock):
    buckets = Throttles()
    wide, narrow = Limit("key", rate=1, burst=2), Limit("method", rate=1, burst=1)

    assert admitted(buckets, [wide, narrow], 5) == 1
    assert admitted(buckets, [wide], 5) == 1
