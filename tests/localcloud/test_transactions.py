"""DynamoDB's transactions: all or nothing, once per token, and sometimes in conflict."""

import pytest
from botocore.exceptions import ClientError

from adapters.definitions import name_of


def put(code, **rest):
    return {"Put": {"TableName": name_of("promo-codes"), "Item": {"code": {"S": code}}, **rest}}


def update(code, expression, **rest):
    return {
        "Update": {
            "TableName": name_of("promo-codes"),
            "Key": {"code": {"S": code}},
            "UpdateExpression": expression,
            **rest,
        }
    }


@pytest.fixture
def codes(dynamodb):
    """Return what is stored, by code."""

    def codes():
        items = dynamodb.scan(TableName=name_of("promo-codes"))["Items"]
        return {item.pop("code")["S"]: item for item in items}

    return codes


@pytest.fixture
def transact(dynamodb):
    def transact(*writes, **options):
        return dynamodb.transact_write_items(TransactItems=list(writes), **options)

    return transact


@pytest.fixture
def refused(transact):
    """Return the reasons that a transaction is cancelled for."""

    def refused(*writes):
        with pytest.raises(ClientError) as caught:
            transact(*writes)
        assert caught.value.response["Error"]["Code"] == "TransactionCanceledException"
        return caught.value.response["CancellationReasons"]

    return refused


def test_all_writes_of_a_transaction_are_made(transact, codes):
    transact(
        put("A"),
        put("B"),
        update("C", "SET n = :n", **{"ExpressionAttributeValues": {":n": {"N": "1"}}}),
    )

    assert codes() == {"A": {}, "B": {}, "C": {"n": {"N": "1"}}}


def test_a_refused_condition_leaves_every_item_as_it_was(transact, refused, codes):
    transact(put("B"))

    reasons = refused(put("A"), put("B", ConditionExpression="attribute_not_exists(code)"))

    assert [reason["Code"] for reason in reasons] == ["None", "ConditionalCheckFailed"]
    assert codes() == {"B": {}}


def test_a_write_that_fails_late_takes_the_earlier_ones_back(transact, refused, codes):
    transact(put("A", Item={"code": {"S": "A"}, "n": {"N": "1"}}))
    add = {"ExpressionAttributeValues": {":one": {"N": "1"}}}

    reasons = refused(
        update("A", "SET n = n + :one", **add),
        put("B"),
        update("C", "SET n = missing + :one", **add),
    )

    assert [reason["Code"] for reason in reasons] == ["None", "None", "ValidationError"]
    assert codes() == {"A": {"n": {"N": "1"}}}


def test_a_cancelled_transaction_shows_the_item_that_was_in_the_way(transact, refused):
    transact(put("A"))

    (reason,) = refused(
        put(
            "A",
            ConditionExpression="attribute_not_exists(code)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    )

    assert reason["Item"] == {"code": {"S": "A"}}


def test_a_refused_update_shows_the_item_that_was_in_the_way(dynamodb, transact):
    transact(put("A"))

    with pytest.raises(ClientError) as caught:
        dynamodb.update_item(
            **update("A", "SET n = :n")["Update"],
            ConditionExpression="attribute_not_exists(code)",
            ExpressionAttributeValues={":n": {"N": "1"}},
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )

    assert caught.value.response["Error"]["Code"] == "ConditionalCheckFailedException"
    assert caught.value.response["Item"] == {"code": {"S": "A"}}


def test_one_item_cannot_be_written_twice_in_a_transaction(transact, codes):
    with pytest.raises(ClientError, match="multiple operations on one item"):
        transact(put("A"), put("A"))

    assert codes() == {}


def test_the_same_token_writes_once(dynamodb, transact, codes):
    count = update("A", "ADD n :one", ExpressionAttributeValues={":one": {"N": "1"}})

    for _ in range(3):
        transact(count, ClientRequestToken="the-same-token")

    assert codes()["A"]["n"] == {"N": "1"}


def test_a_token_is_for_one_request_only(transact, codes):
    transact(put("A"), ClientRequestToken="the-same-token")

    with pytest.raises(ClientError, match="IdempotentParameterMismatch"):
        transact(put("B"), ClientRequestToken="the-same-token")

    assert codes() == {"A": {}}


def test_the_token_of_a_cancelled_transaction_can_be_used_again(transact, codes):
    write = put("A", ConditionExpression="attribute_exists(code)")
    with pytest.raises(ClientError):
        transact(write, ClientRequestToken="the-same-token")
    transact(put("A"))

    transact(write, ClientRequestToken="the-same-token")

    assert codes() == {"A": {}}


def test_conflicts_can_be_injected(cloud, refused, codes):
    cloud.conflict_rate = 1.0

    reasons = refused(put("A"), put("B"))

    assert [reason["Code"] for reason in reasons] == ["TransactionConflict", "None"]
    assert codes() == {}


def test_a_reset_ends_the_injection_of_conflicts(cloud, transact, codes):
    cloud.conflict_rate = 1.0

    cloud.reset()

    transact(put("A"))
    assert codes() == {"A": {}}
