"""How much gets through the gateway: rate, burst, quota and size."""

import time

import pytest


@pytest.fixture
def statuses(call, token, echo):
    """Call many times, as fast as it goes, and return the status of each call."""
    return lambda count, key: [call(token=token, key=key).status_code for _ in range(count)]


def test_more_calls_than_the_burst_are_throttled(statuses, make_key, make_plan, call, token):
    key = make_key(make_plan(throttle={"rateLimit": 0.1, "burstLimit": 3})).value

    assert statuses(5, key) == [200, 200, 200, 429, 429]
    assert call(token=token, key=key).json()["code"] == "too_many_calls"


def test_the_bucket_fills_again_at_the_rate(statuses, make_key, make_plan):
    key = make_key(make_plan(throttle={"rateLimit": 10, "burstLimit": 1})).value
    statuses(2, key)

    time.sleep(0.15)

    assert statuses(1, key) == [200]


def test_keys_on_one_plan_have_buckets_of_their_own(statuses, make_key, make_plan):
    plan = make_plan(throttle={"rateLimit": 0.1, "burstLimit": 1})
    first, second = make_key(plan).value, make_key(plan).value

    assert statuses(2, first) + statuses(2, second) == [200, 429, 200, 429]


@pytest.mark.parametrize("period", ["DAY", "WEEK", "MONTH"])
def test_a_used_up_quota_refuses(statuses, make_key, make_plan, call, token, period):
    key = make_key(make_plan(quota={"limit": 2, "period": period})).value

    assert statuses(3, key) == [200, 200, 429]
    assert call(token=token, key=key).json()["code"] == "quota_used_up"


def test_throttled_calls_do_not_use_the_quota(statuses, make_key, make_plan, gateway):
    plan = make_plan(
        throttle={"rateLimit": 0.1, "burstLimit": 1}, quota={"limit": 5, "period": "DAY"}
    )
    key = make_key(plan)
    statuses(3, key.value)

    today = time.strftime("%Y-%m-%d", time.gmtime())
    usage = gateway.get_usage(usagePlanId=plan, startDate=today, endDate=today)

    assert usage["items"] == {key.id: [[1, 4]]}


def test_a_body_over_10_megabytes_is_refused(call, token, make_key, echo):
    key = make_key().value
    most = 10 * 1024 * 1024

    def post(size):
        headers = {"Content-Type": "text/plain"}
        return call("POST", "/v1/solve", token=token, key=key, data=b"x" * size, headers=headers)

    fits, too_large = post(most), post(most + 1)

    assert (fits.status_code, too_large.status_code) == (200, 413)
    assert "10485760" in too_large.json()["message"]
