"""Uses of codes of every kind: taken once, taken twice, held, given back, in a race, failing."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from adapters import transactions, uses
from adapters.aws import client
from adapters.definitions import name_of
from adapters.errors import TryLater
from adapters.promo_codes import PromoCode, insert_codes, read_code, read_item
from adapters.use_items import Use
from adapters.uses import CapShardFull, CodeFull, Marked, NotTaken
from tests.outages import failing

MADE = datetime(2026, 11, 1, tzinfo=UTC)
AT = datetime(2026, 11, 21, 8, 30, 15, 987654, tzinfo=UTC)
STORED = AT.replace(microsecond=0)
LATER = AT + timedelta(days=1)
UNTIL = STORED + timedelta(minutes=15)

# What a use writes besides the code itself: nothing, a row, marks, a part of the cap, or all.
KINDS = {
    "single": (1, {}),
    "shared": (2, {}),
    "marked": (1, {"marks": ("alice/c1", "acme/c1")}),
    "capped": (1, {"cap_shard": 3}),
    "held": (1, {"held_until": UNTIL}),
    "shared and held": (2, {"held_until": UNTIL}),
    "everything": (2, {"marks": ("alice/c1",), "cap_shard": 3, "held_until": UNTIL}),
}
every_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(autouse=True)
def pauses(monkeypatch):
    asked = []
    monkeypatch.setattr(transactions.time, "sleep", asked.append)
    return asked


def stored(code="AUTUMN1", max_uses=1):
    made = PromoCode(code, campaign="c1", batch="b1", max_uses=max_uses, created_at=MADE)
    assert insert_codes([made]) == []
    return made


def code_of(kind):
    return stored(max_uses=KINDS[kind][0])


def wish(code, by="alice", **fields):
    return Use(code.code, code.campaign, code.batch, by, AT, **fields)


def take(code, by="alice", *, kind="single", cap_share=9, **fields):
    """Each customer has marks of their own."""
    extras = dict(KINDS[kind][1]) | fields
    if "marks" in extras:
        extras["marks"] = tuple(mark.replace("alice", by) for mark in extras["marks"])
    return uses.take(code, wish(code, by, **extras), cap_share=cap_share)


def now(code):
    return read_code(code.code, consistent=True)


def everything():
    """All that the two tables hold, without what tells of the past."""
    tables = [name_of("promo-codes"), name_of("redemptions")]
    items = [item for name in tables for item in client("dynamodb").scan(TableName=name)["Items"]]
    gone = ({"N": "0"}, {"S": ""})
    return sorted(
        str(sorted((name, value) for name, value in item.items() if value not in gone))
        for item in items
        if "released_at" not in item and not item["code"]["S"].startswith("cap#")
    )


def in_cap():
    return sum(uses.uses_in_cap("c1"))


@every_kind
class TestEveryKind:
    def test_a_use_is_taken_and_can_be_read(self, kind):
        code = code_of(kind)

        use = take(code, kind=kind)

        assert (use.taken_by, use.taken_at) == ("alice", STORED)
        assert uses.read_use(code, taken_by="alice") == use
        assert now(code).uses == 1
        assert in_cap() == (use.cap_shard is not None)

    def test_a_repeat_returns_the_very_first_use(self, kind):
        code = code_of(kind)
        first = take(code, kind=kind)

        assert take(code, kind=kind) == first

        assert now(code).uses == 1
        assert in_cap() <= 1

    def test_one_too_many_gets_nothing_and_leaves_nothing(self, kind):
        code = code_of(kind)
        for number in range(code.max_uses):
            take(code, f"customer-{number}", kind=kind)
        before, counted = everything(), in_cap()

        with pytest.raises(CodeFull):
            take(code, "late", kind=kind, marks=())

        assert (everything(), in_cap()) == (before, counted)

    def test_giving_back_is_the_exact_inverse(self, kind):
        code = code_of(kind)
        before = everything()
        use = take(code, kind=kind)

        assert uses.give_back(code, use, at=LATER) is True

        assert everything() == before
        assert in_cap() == 0
        assert uses.read_use(code, taken_by="alice") is None

    def test_giving_back_twice_frees_once(self, kind):
        code = code_of(kind)
        use = take(code, kind=kind)
        take(stored("OTHER", 5), "bob", kind="capped")
        uses.give_back(code, use, at=LATER)

        assert uses.give_back(code, use, at=LATER) is False

        assert (now(code).uses, in_cap()) == (0, 1)

    def test_what_was_given_back_is_told(self, kind):
        code = code_of(kind)
        use = take(code, kind=kind)

        uses.give_back(code, use, at=LATER)

        rows = client("dynamodb").scan(TableName=name_of("redemptions"))["Items"]
        told = [row for row in rows if "released_at" in row]
        assert [row["released_from"]["S"] for row in told] == ["alice"]

    def test_an_older_use_of_the_same_customer_frees_no_newer_one(self, kind):
        code = code_of(kind)
        old = take(code, kind=kind)
        uses.give_back(code, old, at=LATER)
        take(code, kind=kind)

        assert uses.give_back(code, old, at=LATER) is False

        assert now(code).uses == 1

    def test_a_code_that_is_not_there_gives_no_use(self, kind):
        nowhere = PromoCode("NOWHERE", "c1", "b1", KINDS[kind][0], MADE)

        with pytest.raises(CodeFull):
            take(nowhere, kind=kind)

        assert read_item("NOWHERE", consistent=True) is None

    def test_an_outage_says_try_later_and_changes_nothing(self, kind):
        code = code_of(kind)
        before = everything()
        operation = "UpdateItem" if kind == "single" else "TransactWriteItems"

        with failing("dynamodb", operation, "InternalServerError"), pytest.raises(TryLater):
            take(code, kind=kind)

        assert everything() == before

    def test_a_race_has_as_many_winners_as_uses(self, kind):
        code = code_of(kind)

        with ThreadPoolExecutor(16) as pool:
            won = list(pool.map(lambda who: wins(code, f"racer-{who}", kind), range(16)))

        assert sum(won) == code.max_uses == now(code).uses

    def test_taking_and_giving_back_may_race_and_the_books_stay_right(self, kind, monkeypatch):
        monkeypatch.undo()
        code = code_of(kind)
        before = everything()
        most, holders, keeper = [], set(), threading.Lock()

        def take_and_give_back(number):
            for _ in range(4):
                try:
                    use = take(code, f"racer-{number}", kind=kind)
                except NotTaken:
                    continue
                with keeper:
                    holders.add(number)
                    most.append(len(holders))
                    holders.discard(number)
                assert uses.give_back(code, use, at=LATER)

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(take_and_give_back, range(6)))

        assert max(most) <= code.max_uses
        assert (everything(), in_cap()) == (before, 0)


class TestMarks:
    def test_a_marked_customer_gets_no_second_use_in_that_scope(self):
        take(stored("FIRST"), kind="marked")
        second = stored("SECOND")

        with pytest.raises(Marked) as refused:
            uses.take(second, wish(second, "alice-again", marks=("alice/c1",)))

        assert (refused.value.code, refused.value.taken_by) == ("FIRST", "alice")
        assert now(second).uses == 0

    def test_another_scope_and_another_customer_are_free(self):
        take(stored("FIRST"), kind="marked")
        second = stored("SECOND", 2)

        uses.take(second, wish(second, "alice-again", marks=("alice/c2",)))
        uses.take(second, wish(second, "bob", marks=("bob/c1",)))

        assert now(second).uses == 2

    def test_sixteen_codes_at_once_give_one_customer_one_use(self):
        codes = [stored(f"CODE{number:02}") for number in range(16)]

        def grab(code):
            try:
                uses.take(code, wish(code, f"form-{code.code}", marks=("alice/c1",)))
            except Marked:
                return False
            return True

        with ThreadPoolExecutor(16) as pool:
            assert sum(pool.map(grab, codes)) == 1

        assert sum(now(code).uses for code in codes) == 1

    def test_an_erased_mark_keeps_nobody_from_giving_back(self):
        code = stored()
        use = take(code, kind="marked")
        key = {"code": {"S": "customer#alice"}, "redeemed_by": {"S": "c1"}}
        client("dynamodb").delete_item(TableName=name_of("redemptions"), Key=key)

        assert uses.give_back(code, use, at=LATER) is True


class TestCap:
    def test_a_full_part_refuses_and_the_code_stays_unused(self):
        first, second = stored("FIRST"), stored("SECOND")
        take(first, kind="capped", cap_share=1)

        with pytest.raises(CapShardFull):
            take(second, "bob", kind="capped", cap_share=1)

        assert (now(second).uses, in_cap()) == (0, 1)

    def test_another_part_may_have_room(self):
        take(stored("FIRST"), kind="capped", cap_share=1)

        take(stored("SECOND"), "bob", kind="capped", cap_share=1, cap_shard=4)

        assert uses.uses_in_cap("c1") == [0, 0, 0, 1, 1, 0, 0, 0]

    def test_a_part_without_a_share_takes_nobody(self):
        with pytest.raises(CapShardFull):
            take(stored(), kind="capped", cap_share=0)

    def test_sixteen_codes_at_once_stay_below_the_cap(self):
        codes = [stored(f"CODE{number:02}") for number in range(16)]

        def grab(code):
            try:
                take(code, code.code, kind="capped", cap_share=3)
            except CapShardFull:
                return False
            return True

        with ThreadPoolExecutor(16) as pool:
            assert sum(pool.map(grab, codes)) == 3

        assert in_cap() == 3


@pytest.mark.parametrize("kind", ["held", "shared and held", "everything"])
class TestHolds:
    def test_a_hold_is_confirmed_and_keeps_its_use(self, kind):
        code = code_of(kind)
        hold = take(code, kind=kind)

        use = uses.confirm(code, hold, at=LATER)

        assert (use.held_until, use.taken_at) == (None, STORED + timedelta(days=1))
        assert uses.read_use(code, taken_by="alice") == use
        assert (now(code).uses, now(code).holds, now(code).held_until) == (1, 0, None)

    def test_confirming_twice_confirms_once(self, kind):
        code = code_of(kind)
        hold = take(code, kind=kind)
        first = uses.confirm(code, hold, at=AT)

        assert uses.confirm(code, hold, at=LATER) == first

        assert now(code).holds == 0

    def test_a_confirmed_use_is_given_back_whole(self, kind):
        code = code_of(kind)
        before = everything()
        use = uses.confirm(code, take(code, kind=kind), at=LATER)

        assert uses.give_back(code, use, at=LATER) is True

        assert (everything(), in_cap()) == (before, 0)

    def test_only_a_hold_whose_time_is_over_expires(self, kind):
        code = code_of(kind)
        hold = take(code, kind=kind)
        just_before = UNTIL - timedelta(seconds=1)

        assert uses.give_back(code, hold, at=just_before, only_expired=True) is False
        assert uses.give_back(code, hold, at=UNTIL, only_expired=True) is True

        assert (now(code).uses, now(code).holds) == (0, 0)

    def test_a_confirmed_hold_never_expires(self, kind):
        code = code_of(kind)
        hold = take(code, kind=kind)
        uses.confirm(code, hold, at=AT)

        assert uses.give_back(code, hold, at=LATER, only_expired=True) is False

        assert now(code).uses == 1

    def test_a_hold_that_expired_cannot_be_confirmed(self, kind):
        code = code_of(kind)
        hold = take(code, kind=kind)
        uses.give_back(code, hold, at=LATER, only_expired=True)

        assert uses.confirm(code, hold, at=LATER) is None

    def test_expired_holds_are_found_by_campaign(self, kind):
        hold = take(code_of(kind), kind=kind)

        assert list(uses.expired_holds("c1", at=UNTIL)) == [hold]
        assert list(uses.expired_holds("c1", at=AT)) == []
        assert list(uses.expired_holds("c2", at=UNTIL)) == []

    def test_confirming_and_expiring_race_and_one_of_them_wins(self, kind, monkeypatch):
        monkeypatch.undo()
        code = code_of(kind)
        for _ in range(8):
            hold = take(code, kind=kind)
            with ThreadPoolExecutor(2) as pool:
                kept = pool.submit(uses.confirm, code, hold, at=LATER)
                freed = pool.submit(uses.give_back, code, hold, at=LATER, only_expired=True)

            assert (kept.result() is not None) is not freed.result()
            assert (now(code).uses, now(code).holds) == (int(not freed.result()), 0)
            if kept.result():
                uses.give_back(code, kept.result(), at=LATER)


def wins(code, by, kind):
    try:
        take(code, by, kind=kind)
    except NotTaken:
        return False
    return True


def test_a_stranger_has_no_use_to_read():
    code = stored()
    take(code)

    assert uses.read_use(code, taken_by="mallory") is None
    assert uses.give_back(code, replace(wish(code, "mallory"), use_id="x"), at=LATER) is False


@every_kind
def test_past_uses_of_a_code_are_told_with_those_that_were_given_back(kind):
    code = code_of(kind)
    gone = take(code, kind=kind)
    uses.give_back(code, gone, at=LATER)
    here = take(code, "bob", kind=kind)

    past = uses.uses_of(code, most=9)

    told = {(each.use.taken_by, each.released_at) for each in past}
    assert told == {("alice", STORED + timedelta(days=1)), ("bob", None)}
    assert here in [each.use for each in past]
