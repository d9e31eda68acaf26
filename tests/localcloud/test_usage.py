"""GetUsage, from the gateway's own counters."""

from datetime import UTC, datetime, timedelta

import pytest


def today():
    return datetime.now(UTC).date()


@pytest.fixture
def usage_of(gateway):
    def usage_of(key, first=None, last=None, **options):
        answer = gateway.get_usage(
            usagePlanId=key.plan_id,
            startDate=(first or today()).isoformat(),
            endDate=(last or today()).isoformat(),
            **options,
        )
        return answer.get("items", {})

    return usage_of


@pytest.fixture
def make_limited_key(make_key, make_plan):
    return lambda limit: make_key(make_plan(quota={"limit": limit, "period": "MONTH"}))


def test_each_call_is_counted(make_limited_key, call, token, echo, usage_of):
    key = make_limited_key(10)

    for _ in range(3):
        call(token=token, key=key.value)

    assert usage_of(key, keyId=key.id) == {key.id: [[3, 7]]}


def test_each_day_is_told_apart(make_limited_key, call, token, echo, usage_of):
    key = make_limited_key(10)

    call(token=token, key=key.value)

    yesterday = today() - timedelta(days=1)
    assert usage_of(key, yesterday, keyId=key.id) == {key.id: [[0, 10], [1, 9]]}


def test_without_a_key_every_used_key_is_told(make_plan, make_key, call, token, echo, usage_of):
    plan = make_plan(quota={"limit": 10, "period": "DAY"})
    used, _unused = make_key(plan), make_key(plan)

    call(token=token, key=used.value)

    assert usage_of(used) == {used.id: [[1, 9]]}


def test_calls_that_do_not_reach_the_plan_are_not_counted(make_limited_key, call, echo, usage_of):
    key = make_limited_key(10)

    response = call(token="not a token", key=key.value)

    assert response.status_code == 401
    assert usage_of(key) == {}


def test_a_call_whose_function_refuses_or_breaks_is_counted(
    make_limited_key, call, token, run_function, usage_of
):
    key = make_limited_key(10)

    for answer in ({"statusCode": 400, "body": "{}"}, {"statusCode": 500, "body": "{}"}, None):
        run_function("api", lambda event, context, answer=answer: answer)
        call(token=token, key=key.value)

    assert usage_of(key, keyId=key.id) == {key.id: [[3, 7]]}


def test_a_call_that_the_gateway_s_validator_refuses_is_not_counted(
    make_limited_key, call, token, usage_of
):
    key = make_limited_key(10)

    response = call("POST", "/v1/solve", token=token, key=key.value, json={"nothing": 1})

    assert response.status_code == 400
    assert usage_of(key, keyId=key.id) == {}


def test_over_the_quota_that_is_said_before_the_body_is_looked_at(make_limited_key, call, token):
    key = make_limited_key(0)

    response = call("POST", "/v1/solve", token=token, key=key.value, json={"nothing": 1})

    assert response.status_code == 429


def test_what_is_left_can_be_changed(gateway, make_limited_key, call, token, echo, usage_of):
    key = make_limited_key(1)
    call(token=token, key=key.value)

    gateway.update_usage(
        usagePlanId=key.plan_id,
        keyId=key.id,
        patchOperations=[{"op": "replace", "path": "/remaining", "value": "5"}],
    )

    assert call(token=token, key=key.value).status_code == 200
    assert usage_of(key) == {key.id: [[2, 4]]}


@pytest.mark.parametrize("days", [-1, 90])
def test_the_range_is_1_to_90_days(gateway, make_limited_key, usage_of, days):
    key = make_limited_key(10)

    with pytest.raises(gateway.exceptions.BadRequestException):
        usage_of(key, today(), today() + timedelta(days=days))


def test_the_usage_of_an_unknown_plan_is_not_found(gateway):
    with pytest.raises(gateway.exceptions.NotFoundException):
        gateway.get_usage(usagePlanId="nothing", startDate=str(today()), endDate=str(today()))
