"""PartiQL's INSERT, with which codes are written: it never overwrites."""

import pytest
from botocore.exceptions import ClientError

from adapters.definitions import name_of

INSERT = f"""INSERT INTO "{name_of("promo-codes")}" VALUE {{'code': ?, 'status': ?}}"""


def insert(code, status="open"):
    return {"Statement": INSERT, "Parameters": [{"S": code}, {"S": status}]}


@pytest.fixture
def status_of(dynamodb):
    def status_of(code):
        key = {"code": {"S": code}}
        item = dynamodb.get_item(TableName=name_of("promo-codes"), Key=key).get("Item")
        return item and item["status"]["S"]

    return status_of


def test_a_batch_inserts_each_item(dynamodb, status_of):
    answer = dynamodb.batch_execute_statement(Statements=[insert("A"), insert("B", "spent")])

    assert answer["Responses"] == [{"TableName": name_of("promo-codes")}] * 2
    assert (status_of("A"), status_of("B")) == ("open", "spent")


def test_an_item_that_exists_is_reported_and_kept(dynamodb, status_of):
    dynamodb.batch_execute_statement(Statements=[insert("A", "spent")])

    answer = dynamodb.batch_execute_statement(Statements=[insert("A", "open"), insert("B")])

    duplicate, fine = answer["Responses"]
    assert duplicate["Error"]["Code"] == "DuplicateItem"
    assert "Error" not in fine
    assert (status_of("A"), status_of("B")) == ("spent", "open")


def test_a_single_statement_refuses_an_item_that_exists(dynamodb, status_of):
    dynamodb.execute_statement(**insert("A", "spent"))

    with pytest.raises(dynamodb.exceptions.DuplicateItemException):
        dynamodb.execute_statement(**insert("A"))

    assert status_of("A") == "spent"


def test_values_may_stand_in_the_statement(dynamodb, status_of):
    statement = f"INSERT INTO \"{name_of('promo-codes')}\" VALUE {{'code': 'A', 'status': 'it''s'}}"

    dynamodb.batch_execute_statement(Statements=[{"Statement": statement}])

    assert status_of("A") == "it's"


@pytest.mark.parametrize("parameters", [[{"S": "A"}], [{"S": "A"}, {"S": "x"}, {"S": "y"}]])
def test_parameters_must_match_the_statement(dynamodb, status_of, parameters):
    statement = {"Statement": INSERT, "Parameters": parameters}

    answer = dynamodb.batch_execute_statement(Statements=[statement])

    assert answer["Responses"][0]["Error"]["Code"] == "ValidationError"
    assert status_of("A") is None


def test_more_than_25_statements_are_refused(dynamodb, status_of):
    with pytest.raises(ClientError, match="less than or equal to 25"):
        dynamodb.batch_execute_statement(Statements=[insert(str(n)) for n in range(26)])

    assert status_of("0") is None


def test_an_unknown_table_is_reported(dynamodb):
    statement = insert("A") | {"Statement": INSERT.replace("promo-codes", "nothing")}

    answer = dynamodb.batch_execute_statement(Statements=[statement])

    assert answer["Responses"][0]["Error"]["Code"] == "ResourceNotFound"
