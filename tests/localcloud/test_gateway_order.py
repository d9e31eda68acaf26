"""Which check comes first, and what a call is that fails several.

AWS documents no order of authorizer and key: that the token comes first is seen, not promised.
Throttling is in the order of
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
"""

import pytest


@pytest.fixture
def post(call):
    headers = {"Content-Type": "application/json"}
    return lambda body=b"{}", **given: call(
        "POST", "/v1/solve", data=body, headers=headers, **given
    )


def told(response):
    return response.status_code, response.json()["code"]


def test_an_address_comes_before_everything(call, make_key):
    assert told(call("DELETE", "/v1/solve", key=make_key().value)) == (404, "not_found")


def test_the_size_comes_before_the_token(post):
    assert told(post(b" " * (10 * 1024 * 1024 + 1))) == (413, "body_too_large")


def test_the_token_comes_before_the_key(post):
    assert told(post()) == (401, "token_invalid")


def test_the_key_comes_before_the_body(post, token):
    assert told(post(token=token)) == (403, "key_invalid")


def test_the_rate_comes_before_the_quota(call, token, make_key, make_plan, echo):
    plan = make_plan(
        throttle={"rateLimit": 0.1, "burstLimit": 1}, quota={"limit": 1, "period": "DAY"}
    )
    key = make_key(plan).value
    call(token=token, key=key)

    assert told(call(token=token, key=key)) == (429, "too_many_calls")


def test_the_quota_comes_before_the_body(call, post, token, make_key, make_plan, echo):
    key = make_key(make_plan(quota={"limit": 1, "period": "DAY"})).value
    call(token=token, key=key)

    assert told(post(token=token, key=key)) == (429, "quota_used_up")


def test_the_body_comes_before_the_function(post, token, make_key, echo):
    assert told(post(token=token, key=make_key().value)) == (400, "body_invalid")
    assert echo == []


def test_a_call_without_a_token_takes_nothing_from_the_key(call, token, make_key, make_plan, echo):
    key = make_key(make_plan(throttle={"rateLimit": 0.1, "burstLimit": 1})).value
    for _ in range(3):
        assert call(key=key).status_code == 401

    assert call(token=token, key=key).status_code == 200
