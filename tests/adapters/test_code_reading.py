"""Reading many codes at once: all that exist, each once, and patience when DynamoDB is busy."""

from datetime import UTC, datetime

import pytest

from adapters import code_reading, transactions, uses
from adapters.code_reading import read_codes
from adapters.definitions import name_of
from adapters.errors import TryLater
from adapters.promo_codes import PromoCode, insert_codes
from adapters.use_items import Use

MADE = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def pauses(monkeypatch):
    asked = []
    monkeypatch.setattr(transactions.time, "sleep", asked.append)
    return asked


def put(*names):
    codes = [PromoCode(name, "c1", "b1", 1, created_at=MADE) for name in names]
    assert insert_codes(codes) == []
    return codes


def left_over(name):
    keys = {"Keys": [{"code": {"S": name}}], "ConsistentRead": True}
    return {"Responses": {}, "UnprocessedKeys": {name_of("promo-codes"): keys}}


def test_codes_that_exist_are_returned_as_they_stand():
    first, _ = put("AUTUMN1", "AUTUMN2")
    uses.take(first, Use(first.code, "c1", "b1", "alice", MADE))

    found = read_codes(["AUTUMN1", "AUTUMN2", "AUTUMN3"])

    assert sorted(found) == ["AUTUMN1", "AUTUMN2"]
    assert (found["AUTUMN1"].redeemed_by, found["AUTUMN2"].uses) == ("alice", 0)


def test_more_codes_than_one_call_may_ask_for_are_read_in_several():
    names = [f"AUTUMN{number:04d}" for number in range(250)]
    put(*names)

    assert sorted(read_codes(names)) == names


def test_a_code_that_is_asked_for_twice_is_no_trouble():
    put("AUTUMN1")

    assert sorted(read_codes(["AUTUMN1", "AUTUMN1"])) == ["AUTUMN1"]


def test_nothing_asked_is_nothing_found(dynamodb_answers):
    asked = dynamodb_answers("BatchGetItem", 500, {})

    assert read_codes([]) == {}
    assert asked == []


def test_a_consistent_read_says_so(dynamodb_answers):
    asked = dynamodb_answers("BatchGetItem", 200, {"Responses": {}})

    read_codes(["AUTUMN1"], consistent=True)
    read_codes(["AUTUMN1"])

    assert ['"ConsistentRead": true' in body for body in asked] == [True, False]


def test_keys_left_unprocessed_are_asked_for_again(dynamodb_answers, pauses):
    put("AUTUMN1")
    dynamodb_answers("BatchGetItem", 200, left_over("AUTUMN1"), times=2)

    assert sorted(read_codes(["AUTUMN1"])) == ["AUTUMN1"]
    assert len(pauses) == 2


def test_keys_that_stay_unprocessed_say_try_later(dynamodb_answers):
    asked = dynamodb_answers("BatchGetItem", 200, left_over("AUTUMN1"))

    with pytest.raises(TryLater):
        read_codes(["AUTUMN1"])

    assert len(asked) == code_reading.READ_ATTEMPTS


def test_a_busy_dynamodb_says_try_later(dynamodb_answers):
    dynamodb_answers("BatchGetItem", 400, {"__type": "ProvisionedThroughputExceededException"})

    with pytest.raises(TryLater):
        read_codes(["AUTUMN1"])
