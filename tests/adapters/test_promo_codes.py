"""The tables of codes: written once, spent once, given back by whoever has it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from adapters import promo_codes, transactions
from adapters.aws import client
from adapters.definitions import name_of
from adapters.errors import Refused, TryLater
from adapters.promo_codes import (
    NotSpent,
    PromoCode,
    give_back_one_of_many,
    give_back_single,
    insert_codes,
    read_code,
    redeemed_at,
    spend_one_of_many,
    spend_single,
)
from tests.outages import failing

MADE = datetime(2026, 11, 1, tzinfo=UTC)
AT = datetime(2026, 11, 21, 8, 30, 15, 987654, tzinfo=UTC)
STORED = AT.replace(microsecond=0)
LATER = AT + timedelta(days=1)


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


def rows():
    return client("dynamodb").scan(TableName=name_of("redemptions"))["Items"]


def statuses(code):
    item = promo_codes.read_item(code.code, consistent=True)
    return item["status_shard"]["S"].split("#")[1]


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
        spend_single(code, redeemed_by="alice", at=AT)

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


class TestSingle:
    def test_a_code_is_spent(self):
        code = stored()

        spent = spend_single(code, redeemed_by="alice", at=AT)

        assert spent == now(code)
        assert (spent.uses, spent.redeemed_by, spent.redeemed_at) == (1, "alice", STORED)
        assert statuses(code) == "used-up"

    def test_a_repeat_returns_the_first_redemption(self):
        code = stored()
        first = spend_single(code, redeemed_by="alice", at=AT)

        assert spend_single(code, redeemed_by="alice", at=LATER) == first

    def test_another_does_not_get_it(self):
        code = stored()
        spend_single(code, redeemed_by="alice", at=AT)

        with pytest.raises(NotSpent):
            spend_single(code, redeemed_by="bob", at=LATER)

        assert now(code).redeemed_by == "alice"

    def test_a_code_that_is_not_there_is_not_spent_into_being(self):
        with pytest.raises(NotSpent):
            spend_single(new(), redeemed_by="alice", at=AT)

        assert now(new()) is None

    def test_an_old_copy_of_the_code_spends_nothing(self):
        old = stored()
        spend_single(old, redeemed_by="alice", at=AT)

        with pytest.raises(NotSpent):
            spend_single(replace(old, uses=0, redeemed_by=""), redeemed_by="bob", at=AT)

    def test_of_many_at_once_one_gets_it(self):
        code = stored()

        with ThreadPoolExecutor(8) as pool:
            won = list(pool.map(lambda who: _wins(spend_single, code, who), range(16)))

        assert won.count(True) == 1

    def test_a_busy_table_says_try_later(self):
        code = stored()

        with (
            failing("dynamodb", "UpdateItem", "ThrottlingException"),
            pytest.raises(TryLater),
        ):
            spend_single(code, redeemed_by="alice", at=AT)

        assert now(code).uses == 0


class TestOneOfMany:
    def test_a_use_is_counted_and_written_down(self):
        code = stored(max_uses=3)

        assert spend_one_of_many(code, redeemed_by="alice", at=AT) == STORED

        assert now(code).uses == 1
        assert [row["redeemed_by"]["S"] for row in rows()] == ["alice"]

    def test_a_repeat_returns_the_first_time_and_counts_nothing(self):
        code = stored(max_uses=3)
        first = spend_one_of_many(code, redeemed_by="alice", at=AT)

        assert spend_one_of_many(code, redeemed_by="alice", at=LATER) == first

        assert now(code).uses == 1

    def test_a_repeat_returns_the_first_time_when_the_code_is_used_up(self):
        code = stored(max_uses=2)
        for who in ("alice", "bob"):
            spend_one_of_many(code, redeemed_by=who, at=AT)

        assert spend_one_of_many(code, redeemed_by="alice", at=LATER) == STORED

    def test_a_repeat_is_known_when_aws_names_the_full_counter_alone(
        self, dynamodb_answers, cancelled
    ):
        code = stored(max_uses=2)
        spend_one_of_many(code, redeemed_by="alice", at=AT)
        dynamodb_answers("TransactWriteItems", 400, cancelled("ConditionalCheckFailed", "None"))

        assert spend_one_of_many(code, redeemed_by="alice", at=LATER) == STORED

    def test_each_customer_has_a_use_until_there_are_none(self):
        code = stored(max_uses=2)
        spend_one_of_many(code, redeemed_by="alice", at=AT)
        spend_one_of_many(code, redeemed_by="bob", at=AT)

        with pytest.raises(NotSpent):
            spend_one_of_many(code, redeemed_by="charlie", at=AT)

        assert now(code).uses == 2
        assert len(rows()) == 2

    def test_a_code_that_is_not_there_is_not_spent_into_being(self):
        with pytest.raises(NotSpent):
            spend_one_of_many(new(max_uses=2), redeemed_by="alice", at=AT)

        assert rows() == []

    def test_of_many_at_once_no_more_get_it_than_it_allows(self, monkeypatch):
        monkeypatch.undo()
        code = stored(max_uses=3)

        with ThreadPoolExecutor(8) as pool:
            won = list(pool.map(lambda who: _wins(spend_one_of_many, code, who), range(16)))

        assert won.count(True) == 3 == now(code).uses == len(rows())

    def test_a_busy_table_says_try_later(self, dynamodb_answers, cancelled):
        code = stored(max_uses=3)
        dynamodb_answers("TransactWriteItems", 400, cancelled("ThrottlingError", "None"))

        with pytest.raises(TryLater):
            spend_one_of_many(code, redeemed_by="alice", at=AT)

        assert now(code).uses == 0


class TestGivingBackASingleUse:
    def test_the_code_is_as_it_was_before(self):
        code = stored()
        spend_single(code, redeemed_by="alice", at=AT)

        assert give_back_single(code, redeemed_by="alice") is True

        assert now(code) == code
        assert statuses(code) == "unused"

    def test_giving_back_twice_changes_nothing(self):
        code = stored()
        spend_single(code, redeemed_by="alice", at=AT)
        give_back_single(code, redeemed_by="alice")

        assert give_back_single(code, redeemed_by="alice") is False

        assert now(code) == code

    def test_an_unspent_code_has_nothing_to_give_back(self):
        assert give_back_single(stored(), redeemed_by="alice") is False

    def test_the_use_of_another_is_not_freed(self):
        code = stored()
        spend_single(code, redeemed_by="alice", at=AT)

        assert give_back_single(code, redeemed_by="bob") is False

        assert now(code).redeemed_by == "alice"

    def test_a_late_second_release_does_not_free_the_next_customer(self):
        code = stored()
        spend_single(code, redeemed_by="alice", at=AT)
        give_back_single(code, redeemed_by="alice")
        spend_single(code, redeemed_by="bob", at=LATER)

        assert give_back_single(code, redeemed_by="alice") is False

        assert now(code).redeemed_by == "bob"

    def test_a_code_that_is_not_there_is_not_made(self):
        assert give_back_single(new(), redeemed_by="alice") is False

        assert now(new()) is None

    def test_a_busy_table_says_try_later(self):
        code = stored()
        spend_single(code, redeemed_by="alice", at=AT)

        with failing("dynamodb", "UpdateItem", "InternalServerError"), pytest.raises(TryLater):
            give_back_single(code, redeemed_by="alice")


class TestGivingBackOneOfMany:
    def test_counter_and_row_are_as_they_were_before(self):
        code = stored(max_uses=3)
        spend_one_of_many(code, redeemed_by="alice", at=AT)

        assert give_back_one_of_many(code, redeemed_by="alice") is True

        assert now(code) == code
        assert rows() == []

    def test_giving_back_twice_frees_one_use(self):
        code = stored(max_uses=3)
        for who in ("alice", "bob"):
            spend_one_of_many(code, redeemed_by=who, at=AT)
        give_back_one_of_many(code, redeemed_by="alice")

        assert give_back_one_of_many(code, redeemed_by="alice") is False

        assert now(code).uses == 1

    def test_the_use_of_another_is_not_freed(self):
        code = stored(max_uses=3)
        spend_one_of_many(code, redeemed_by="alice", at=AT)

        assert give_back_one_of_many(code, redeemed_by="bob") is False

        assert redeemed_at(code, redeemed_by="alice") == STORED
        assert now(code).uses == 1

    def test_who_gave_a_use_back_can_have_one_again(self):
        code = stored(max_uses=1)
        spend_one_of_many(code, redeemed_by="alice", at=AT)
        give_back_one_of_many(code, redeemed_by="alice")

        again = spend_one_of_many(code, redeemed_by="alice", at=LATER)

        assert again == LATER.replace(microsecond=0)

    def test_a_busy_table_says_try_later(self, dynamodb_answers, cancelled):
        code = stored(max_uses=3)
        spend_one_of_many(code, redeemed_by="alice", at=AT)
        dynamodb_answers("TransactWriteItems", 400, cancelled("None", "ThrottlingError"))

        with pytest.raises(TryLater):
            give_back_one_of_many(code, redeemed_by="alice")


@pytest.mark.parametrize(
    ("max_uses", "spend", "give_back"),
    [(1, spend_single, give_back_single), (2, spend_one_of_many, give_back_one_of_many)],
    ids=["single", "one of many"],
)
def test_release_and_redeem_may_race_and_the_books_stay_right(
    monkeypatch, max_uses, spend, give_back
):
    monkeypatch.undo()
    code = stored(max_uses=max_uses)
    holders, most, released = set(), [], []
    keeper = threading.Lock()

    def spend_and_give_back(who):
        for _ in range(6):
            if _wins(spend, code, who):
                with keeper:
                    holders.add(who)
                    most.append(len(holders))
                with keeper:
                    holders.discard(who)
                released.append(give_back(code, redeemed_by=str(who)))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(spend_and_give_back, range(6)))

    assert max(most) <= max_uses
    assert all(released)
    assert now(code).uses == 0
    assert rows() == []


def _wins(spend, code, who):
    try:
        spend(code, redeemed_by=str(who), at=AT)
    except NotSpent:
        return False
    return True
