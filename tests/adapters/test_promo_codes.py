"""The table of codes: what is written once is never overwritten."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from adapters import transactions, uses
from adapters.aws import client
from adapters.definitions import name_of
from adapters.errors import Refused, TryLater
from adapters.promo_codes import PromoCode, insert_codes, read_code
from adapters.use_items import Use

MADE = datetime(2026, 11, 1, tzinfo=UTC)
AT = datetime(2026, 11, 21, 8, 30, 15, 987654, tzinfo=UTC)


@pytest.fixture(autouse=True)
def pauses(monkeypatch):
    asked = []
    monkeypatch.setattr(transactions.time, "sleep", asked.append)
    return asked


def new(code="AUTUMN1", **fields):
    values = {"campaign": "c1", "batch": "b1", "max_uses": 1, "created_at": MADE}
    return PromoCode(code=code, **{**values, **fields})


def stored(code="AUTUMN1", **fields):
    made = new(code, **fields)
    assert insert_codes([made]) == []
    return made


def now(code):
    return read_code(code.code, consistent=True)


class TestWriting:
    def test_a_code_is_read_as_it_was_written(self):
        code = stored(max_uses=7, expires_at=MADE + timedelta(days=3))

        assert now(code) == code

    def test_a_code_that_was_never_made_is_none(self):
        assert read_code("NEVERMADE", consistent=True) is None

    def test_new_codes_are_all_written_however_many(self):
        codes = [new(f"CODE{number:04}") for number in range(61)]

        assert insert_codes(codes) == []

        assert all(now(code) == code for code in codes)

    def test_no_call_writes_more_than_aws_allows(self, dynamodb_answers):
        calls = dynamodb_answers("BatchExecuteStatement", 200, {"Responses": [{}] * 25})

        insert_codes([new(f"CODE{number:04}") for number in range(50)])

        assert [body.count("INSERT INTO") for body in calls] == [25, 25]

    def test_codes_that_exist_are_reported_and_the_others_are_written(self):
        mine = stored("CODE0003")
        codes = [replace(new(f"CODE{number:04}"), batch="b2") for number in range(30)]

        taken = insert_codes(codes)

        assert [code.code for code in taken] == ["CODE0003"]
        assert now(mine).batch == "b1"
        assert now(codes[29]).batch == "b2"

    def test_writing_a_spent_code_again_leaves_it_spent(self):
        code = stored()
        uses.take(code, Use(code.code, code.campaign, code.batch, "alice", AT))

        assert insert_codes([code]) == [code]

        assert (now(code).uses, now(code).redeemed_by) == (1, "alice")

    def test_statements_that_were_throttled_alone_are_sent_again(self, dynamodb_answers):
        busy = {"Error": {"Code": "ThrottlingError"}}
        calls = dynamodb_answers(
            "BatchExecuteStatement", 200, {"Responses": [busy, {}, busy]}, times=1
        )
        codes = [new(f"CODE{number}") for number in range(3)]

        assert insert_codes(codes) == []

        assert len(calls) == 1
        assert [bool(now(code)) for code in codes] == [True, False, True]

    def test_a_duplicate_among_throttled_ones_is_reported_once(self, dynamodb_answers):
        answers = [{"Error": {"Code": "DuplicateItem"}}, {"Error": {"Code": "ThrottlingError"}}]
        dynamodb_answers("BatchExecuteStatement", 200, {"Responses": answers}, times=1)
        codes = [new("CODE0"), new("CODE1")]

        assert insert_codes(codes) == [codes[0]]

    def test_lasting_throttling_says_try_later(self, dynamodb_answers):
        busy = {"Error": {"Code": "ProvisionedThroughputExceeded"}}
        dynamodb_answers("BatchExecuteStatement", 200, {"Responses": [busy]})

        with pytest.raises(TryLater):
            insert_codes([new()])

    def test_a_statement_that_aws_does_not_accept_is_refused(self, dynamodb_answers):
        wrong = {"Error": {"Code": "ValidationError"}}
        asked = dynamodb_answers("BatchExecuteStatement", 200, {"Responses": [wrong]})

        with pytest.raises(Refused):
            insert_codes([new()])

        assert len(asked) == 1

    def test_codes_of_a_campaign_are_spread_over_the_index(self):
        insert_codes([new(f"CODE{number:04}") for number in range(100)])

        items = client("dynamodb").scan(TableName=name_of("promo-codes"))["Items"]
        assert len({item["status_shard"]["S"] for item in items}) > 8
