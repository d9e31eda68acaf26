"""Queries answer from one partition, in order and in pages, from a table and from an index."""

import pytest

from adapters.definitions import name_of

CODES = [f"CODE-{number:02}" for number in range(12)]


@pytest.fixture
def stored(dynamodb):
    """Store codes of two campaigns, mixed, and one that is of none."""
    for number, code in enumerate([*reversed(CODES), "ZZZ"]):
        item = {"code": {"S": code}, "campaign_shard": {"S": f"campaign-{number % 2}"}}
        if code == "ZZZ":
            del item["campaign_shard"]
        dynamodb.put_item(TableName=name_of("promo-codes"), Item=item)


@pytest.fixture
def found(dynamodb, stored):
    def found(condition="campaign_shard = :c", *, size=None, **options):
        values = {":c": {"S": "campaign-1"}} | options.pop("values", {})
        pages = dynamodb.get_paginator("query").paginate(
            TableName=name_of("promo-codes"),
            IndexName="by-campaign",
            KeyConditionExpression=condition,
            ExpressionAttributeValues=values,
            PaginationConfig={"PageSize": size},
            **options,
        )
        return [[item["code"]["S"] for item in page["Items"]] for page in pages]

    return found


def test_an_index_shows_one_partition_in_order(found):
    assert found() == [CODES[0::2]]


def test_an_index_is_read_in_pages(found):
    pages = found(size=2)

    assert pages == [CODES[0:4:2], CODES[4:8:2], CODES[8::2]]


def test_an_index_is_read_backwards_in_pages(found):
    pages = found(size=2, ScanIndexForward=False)

    assert pages == [CODES[10:6:-2], CODES[6:2:-2], CODES[2::-2]]


def test_a_range_is_read_in_pages(found):
    pages = found(
        "campaign_shard = :c AND code BETWEEN :a AND :b",
        size=2,
        values={":a": {"S": CODES[2]}, ":b": {"S": CODES[8]}},
    )

    assert [code for page in pages for code in page] == CODES[2:9:2]


def test_an_empty_partition_is_empty(found):
    assert found(values={":c": {"S": "nothing"}}) == [[]]


def test_a_table_shows_one_partition_in_pages(dynamodb):
    for tenant in ("tenant-1", "tenant-2"):
        for record in ("hour#2", "hour#1", "hour#3"):
            item = {"tenant_id": {"S": tenant}, "record": {"S": record}}
            dynamodb.put_item(TableName=name_of("usage"), Item=item)

    pages = dynamodb.get_paginator("query").paginate(
        TableName=name_of("usage"),
        KeyConditionExpression="tenant_id = :t AND begins_with(#r, :h)",
        ExpressionAttributeNames={"#r": "record"},
        ExpressionAttributeValues={":t": {"S": "tenant-2"}, ":h": {"S": "hour#"}},
        PaginationConfig={"PageSize": 2},
    )

    items = [item for page in pages for item in page["Items"]]
    assert {item["tenant_id"]["S"] for item in items} == {"tenant-2"}
    assert [item["record"]["S"] for item in items] == ["hour#1", "hour#2", "hour#3"]


def test_a_scan_shows_the_whole_table_in_pages(dynamodb, stored):
    scan = dynamodb.get_paginator("scan")
    pages = scan.paginate(TableName=name_of("promo-codes"), PaginationConfig={"PageSize": 5})

    codes = [item["code"]["S"] for page in pages for item in page["Items"]]
    assert sorted(codes) == [*CODES, "ZZZ"]
