"""Transactions: a conflict is waited out, everything else is told at once."""

import pytest

from adapters import transactions
from adapters.aws import client
from adapters.definitions import name_of
from adapters.errors import Refused, TryLater
from adapters.transactions import ATTEMPTS, ConditionFailed, write_together


@pytest.fixture(autouse=True)
def pauses(monkeypatch):
    """The pauses that were asked for; none is waited out."""
    asked = []
    monkeypatch.setattr(transactions.time, "sleep", asked.append)
    return asked


def put(window, **more):
    item = {"window": {"S": window}}
    return {"Put": {"TableName": name_of("windows"), "Item": item, **more}}


def put_new(window):
    return put(
        window,
        ConditionExpression="attribute_not_exists(#w)",
        ExpressionAttributeNames={"#w": "window"},
        ReturnValuesOnConditionCheckFailure="ALL_OLD",
    )


def windows():
    items = client("dynamodb").scan(TableName=name_of("windows"))["Items"]
    return {item["window"]["S"] for item in items}


def test_all_is_written():
    write_together([put("one"), put("two")])

    assert windows() == {"one", "two"}


def test_one_failed_condition_means_that_nothing_is_written():
    write_together([put("two")])

    with pytest.raises(ConditionFailed):
        write_together([put_new("one"), put_new("two")])

    assert windows() == {"two"}


def test_a_failed_condition_says_what_stood_in_the_way():
    write_together([put("two")])

    with pytest.raises(ConditionFailed) as failed:
        write_together([put_new("one"), put_new("two")])

    assert failed.value.items == [{}, {"window": {"S": "two"}}]


def test_a_failed_condition_is_not_tried_again(dynamodb_answers, cancelled):
    failed = cancelled("ConditionalCheckFailed", "None")
    asked = dynamodb_answers("TransactWriteItems", 400, failed)

    with pytest.raises(ConditionFailed):
        write_together([put("one"), put("two")])

    assert len(asked) == 1


def test_a_conflict_is_waited_out(dynamodb_answers, cancelled):
    conflict = cancelled("TransactionConflict", "None")
    dynamodb_answers("TransactWriteItems", 400, conflict, times=ATTEMPTS - 1)

    write_together([put("one")])

    assert windows() == {"one"}


def test_a_lasting_conflict_says_try_later(dynamodb_answers, cancelled):
    conflict = cancelled("TransactionConflict", "TransactionConflict")
    asked = dynamodb_answers("TransactWriteItems", 400, conflict)

    with pytest.raises(TryLater):
        write_together([put("one")])

    assert len(asked) == ATTEMPTS


def test_a_conflict_beside_a_failed_condition_is_a_failed_condition(dynamodb_answers, cancelled):
    both = cancelled("TransactionConflict", "ConditionalCheckFailed")
    dynamodb_answers("TransactWriteItems", 400, both)

    with pytest.raises(ConditionFailed):
        write_together([put("one")])


@pytest.mark.parametrize("code", ["ThrottlingError", "ProvisionedThroughputExceeded"])
def test_a_throttled_transaction_says_try_later(dynamodb_answers, cancelled, code):
    asked = dynamodb_answers("TransactWriteItems", 400, cancelled("TransactionConflict", code))

    with pytest.raises(TryLater):
        write_together([put("one")])

    assert len(asked) == 1


@pytest.mark.parametrize("code", ["ValidationError", "ItemCollectionSizeLimitExceeded", "Unheard"])
def test_any_other_reason_is_refused_at_once(dynamodb_answers, cancelled, code):
    asked = dynamodb_answers("TransactWriteItems", 400, cancelled("TransactionConflict", code))

    with pytest.raises(Refused):
        write_together([put("one")])

    assert len(asked) == 1


def test_a_refusal_without_reasons_is_refused(dynamodb_answers):
    dynamodb_answers("TransactWriteItems", 400, {"__type": "ValidationException"})

    with pytest.raises(Refused):
        write_together([put("one")])


def test_pauses_are_random_grow_and_end_at_a_second(pauses):
    for _ in range(200):
        for attempt in range(8):
            transactions.pause_with_jitter(attempt)

    longest = [max(pauses[attempt::8]) for attempt in range(8)]
    limits = [0.05, 0.1, 0.2, 0.4, 0.8, 1.0, 1.0, 1.0]
    assert all(0.8 * limit < got <= limit for got, limit in zip(longest, limits, strict=True))
    assert min(pauses) < 0.01
