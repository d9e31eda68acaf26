"""A used-up quota opens again in the next period, and a burst that is too large is told so.

Time is moved, not waited for.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from adapters.definitions import definition, name_of

# The last minute of each period, of UTC. A week ends with its Saturday.
LAST_MINUTES = {
    "DAY": datetime(2027, 3, 10, 23, 59, tzinfo=UTC),
    "WEEK": datetime(2027, 3, 13, 23, 59, tzinfo=UTC),
    "MONTH": datetime(2027, 2, 28, 23, 59, tzinfo=UTC),
}


@pytest.fixture
def call_at(call, make_customer, log_in, echo):
    """Call once at a moment, with a token of that moment."""
    make_customer()

    def call_at(moment, key):
        with time_machine.travel(moment):
            return call(token=log_in()["IdToken"], key=key.value)

    return call_at


@pytest.fixture
def used_up(call_at, make_key, make_plan):
    """A key whose quota of two calls is used up since this moment."""

    def used_up(period, moment):
        key = make_key(make_plan(quota={"limit": 2, "period": period}))
        assert [call_at(moment, key).status_code for _ in range(2)] == [200, 200]
        return key

    return used_up


@pytest.mark.parametrize("period", LAST_MINUTES)
def test_a_used_up_quota_is_a_429_until_the_period_ends(used_up, call_at, period):
    last = LAST_MINUTES[period]
    key = used_up(period, last - timedelta(minutes=5))

    response = call_at(last, key)

    body = response.json()
    assert (response.status_code, body["code"], body["status"]) == (429, "quota_used_up", 429)
    assert body["title"] == definition("problems")["problems"]["quota_used_up"]["title"]
    assert response.headers["x-amzn-ErrorType"] == "LimitExceededException"
    assert "Retry-After" not in response.headers


@pytest.mark.parametrize("period", LAST_MINUTES)
def test_the_next_period_is_open_again(used_up, call_at, period):
    last = LAST_MINUTES[period]
    key = used_up(period, last)

    answers = [call_at(last + timedelta(minutes=1), key).status_code for _ in range(3)]

    assert answers == [200, 200, 429]


@pytest.mark.parametrize(("period", "days"), [("WEEK", 1), ("WEEK", 6), ("MONTH", 27)])
def test_a_new_day_within_the_period_opens_nothing(used_up, call_at, period, days):
    begin = {"WEEK": datetime(2027, 3, 14, tzinfo=UTC), "MONTH": datetime(2027, 2, 1, tzinfo=UTC)}
    key = used_up(period, begin[period])

    assert call_at(begin[period] + timedelta(days=days), key).status_code == 429


def test_usage_tells_each_period_by_itself(used_up, call_at, gateway):
    last = LAST_MINUTES["DAY"]
    key = used_up("DAY", last)
    call_at(last + timedelta(minutes=1), key)

    usage = gateway.get_usage(
        usagePlanId=key.plan_id, startDate="2027-03-10", endDate="2027-03-11", keyId=key.id
    )

    assert usage["items"] == {key.id: [[2, 0], [1, 1]]}


def test_a_burst_over_the_tier_gets_429s_in_the_documented_shape(
    call, token, make_key, gateway, echo, clock
):
    plans = {plan["name"]: plan["id"] for plan in gateway.get_usage_plans()["items"]}
    tier = definition("tiers")["free"]
    key = make_key(plans[name_of("free")]).value
    count = 4 * tier["burst"]

    with ThreadPoolExecutor(count) as pool:
        answers = list(pool.map(lambda _: call(token=token, key=key), range(count)))

    refused = [answer for answer in answers if answer.status_code == 429]
    assert count - len(refused) == tier["burst"]
    for answer in refused:
        assert answer.json()["code"] == "too_many_calls"
        assert answer.json()["type"] == definition("problems")["types"] + "too_many_calls"
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.headers["x-amzn-ErrorType"] == "TooManyRequestsException"
        assert answer.headers["Retry-After"] == "1"
    clock[0] += int(refused[0].headers["Retry-After"])
    assert call(token=token, key=key).status_code == 200
