"""GetUsage, as the roll-up asks for it."""

from datetime import date, timedelta

import pytest
import time_machine

from adapters import gateway_usage
from adapters.errors import NotThere, TryLater
from adapters.gateway_usage import KeyDay, usage_of_plan
from adapters.usage_plans import plan_of
from localcloud.usage import USAGE
from tests.outages import answering

MONDAY = date(2026, 11, 23)
TUESDAY = MONDAY + timedelta(days=1)


@pytest.fixture
def plan_id():
    return plan_of("starter")


def use(plan_id: str, key: str, day: date, times: int = 1) -> None:
    class Plan:
        id = plan_id
        quota = None

    with time_machine.travel(day, tick=False):
        for _ in range(times):
            USAGE.count(Plan, key)


def test_each_key_has_its_calls_and_what_is_left_on_each_day(plan_id):
    use(plan_id, "key-1", MONDAY, 2)
    use(plan_id, "key-1", TUESDAY, 3)

    assert list(usage_of_plan(plan_id, MONDAY, TUESDAY)) == [
        KeyDay("key-1", MONDAY, 2, 49_998),
        KeyDay("key-1", TUESDAY, 3, 49_995),
    ]


def test_days_that_were_not_asked_for_are_left_out(plan_id):
    use(plan_id, "key-1", MONDAY)

    assert list(usage_of_plan(plan_id, TUESDAY, TUESDAY)) == []


def test_keys_on_further_pages_are_found(plan_id, monkeypatch):
    monkeypatch.setattr(gateway_usage, "KEYS_A_PAGE", 2)
    for number in range(5):
        use(plan_id, f"key-{number}", MONDAY)

    keys = [found.api_key_id for found in usage_of_plan(plan_id, MONDAY, MONDAY)]

    assert keys == [f"key-{number}" for number in range(5)]


def test_usage_of_another_plan_stays_out(plan_id):
    use(plan_of("pro"), "key-1", MONDAY)

    assert list(usage_of_plan(plan_id, MONDAY, MONDAY)) == []


def test_a_plan_that_is_gone_is_not_there():
    with pytest.raises(NotThere):
        list(usage_of_plan("nothing", MONDAY, MONDAY))


def test_too_many_calls_at_once_say_try_later(plan_id):
    body = {"__type": "TooManyRequestsException", "message": "Too Many Requests"}
    with answering("apigateway", "GetUsage", 429, body), pytest.raises(TryLater):
        list(usage_of_plan(plan_id, MONDAY, MONDAY))
