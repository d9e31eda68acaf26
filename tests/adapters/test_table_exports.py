"""Tables as files and back: every type of value, AWS's folders, and nothing newer overwritten."""

import base64
import gzip
import json

import pytest

from adapters import table_exports
from adapters.aws import client
from adapters.definitions import name_of

ITEM = {
    "code": {"S": "AUTUMN1"},
    "uses": {"N": "3"},
    "is_open": {"BOOL": True},
    "nothing": {"NULL": True},
    "tags": {"SS": ["a", "b"]},
    "seed": {"B": b"\x00\xff"},
    "seeds": {"BS": [b"\x01"]},
    "inner": {"M": {"list": {"L": [{"N": "1"}, {"B": b"\x02"}]}}},
}


def put(**item):
    client("dynamodb").put_item(TableName=name_of("promo-codes"), Item=item or ITEM)


def empty():
    for item in list(table_exports.read_items("promo-codes")):
        client("dynamodb").delete_item(TableName=name_of("promo-codes"), Key={"code": item["code"]})


def test_every_type_of_value_comes_back(tmp_path):
    put()

    exported = table_exports.export_table("promo-codes", tmp_path)
    empty()
    restored = table_exports.restore_table("promo-codes", tmp_path)

    assert (exported, restored) == (1, (1, 0))
    assert list(table_exports.read_items("promo-codes")) == [ITEM]


def test_the_file_is_what_dynamodb_itself_exports(tmp_path):
    put()

    table_exports.export_table("promo-codes", tmp_path)

    with gzip.open(tmp_path / "promo-codes.json.gz", "rt") as lines:
        [line] = [json.loads(line) for line in lines]
    assert line["Item"]["code"] == {"S": "AUTUMN1"}
    assert line["Item"]["seed"] == {"B": base64.b64encode(b"\x00\xff").decode()}


def test_an_item_that_is_there_stays_as_it_is(tmp_path):
    put(code={"S": "SPENT"}, uses={"N": "0"})
    table_exports.export_table("promo-codes", tmp_path)
    put(code={"S": "SPENT"}, uses={"N": "1"})

    restored = table_exports.restore_table("promo-codes", tmp_path)

    assert restored == (0, 1)
    assert list(table_exports.read_items("promo-codes"))[0]["uses"] == {"N": "1"}


def test_it_may_be_repeated(tmp_path):
    put()
    table_exports.export_table("promo-codes", tmp_path)
    empty()

    again = [table_exports.restore_table("promo-codes", tmp_path) for _ in range(2)]

    assert again == [(1, 0), (0, 1)]


def test_files_of_an_export_by_aws_are_read_where_aws_puts_them(tmp_path):
    data = tmp_path / "promo-codes" / "AWSDynamoDB" / "01700000000000-abcdef" / "data"
    data.mkdir(parents=True)
    for number in range(2):
        with gzip.open(data / f"part{number}.json.gz", "wt") as lines:
            lines.write(json.dumps({"Item": {"code": {"S": f"CODE{number}"}}}) + "\n")

    assert table_exports.restore_table("promo-codes", tmp_path) == (2, 0)


@pytest.mark.parametrize("table", ["promo-codes", "redemptions", "usage", "permissions"])
def test_what_must_not_be_lost_is_exported(table):
    assert table in table_exports.tables()
