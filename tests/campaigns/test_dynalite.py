"""The same redemption core on dynalite: what it does not owe to our own local cloud.

dynalite has conditional writes, consistent reads and queries, and neither TransactWriteItems nor
PartiQL. So this covers the whole way of a code for one use: gate, check, redeem, repeat, refuse,
race. Shared codes, holds, caps, marks and giving back are transactions: here they are seen to fail
and to spend nothing, and only the local cloud tests how they count.
"""

import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from adapters import gates, promo_codes, use_items, windows
from adapters.aws import client
from adapters.definitions import name_of
from adapters.errors import Refused
from adapters.gates import Gate
from adapters.promo_codes import PromoCode
from campaigns import redemptions, rules
from campaigns.eligibility import Customer
from campaigns.errors import CodeExpired, CodeMisspelled, CodePaused, CodeSpent, CodeUnknown
from tests import dynalite

pytestmark = pytest.mark.node

THREADS, ROUNDS = 64, 10
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
GATE = Gate("c1", name="Autumn", tier="starter", state="open", generation=2)


@pytest.fixture(scope="module")
def address():
    with dynalite.running() as address:
        yield address


@pytest.fixture(autouse=True)
def on_dynalite(cloud, address):
    with dynalite.instead_of_the_local_cloud(address):
        redemptions.forget_prefixes()
        gates.register_prefix("AUTUMN")
        yield
    redemptions.forget_prefixes()


@pytest.fixture
def gate():
    """The gate of a campaign of this test's own."""
    gate = replace(GATE, campaign=secrets.token_hex(6))
    gates.write_gate(gate)
    return gate


@pytest.fixture
def make_code(gate):
    def make(**fields):
        code = next(rules.draw_codes("AUTUMN", secrets.token_bytes(32), 0))
        put(PromoCode(code, gate.campaign, "b1", **{"max_uses": 1, "created_at": NOW, **fields}))
        return code

    return make


def put(code):
    client("dynamodb").put_item(
        TableName=name_of("promo-codes"),
        Item=promo_codes._item_of(code),
        ConditionExpression="attribute_not_exists(code)",
    )


def redeem(code, who="alice", now=NOW):
    customer = Customer(f"{who}@example.com")
    return redemptions.redeem_code(code, redeemed_by=who, customer=customer, now=now)


def refusal(code, now=NOW):
    return type(redemptions.check_code(code, now=now).refusal)


def stored(code):
    return promo_codes.read_code(code, consistent=True)


def winners_of_a_race(code, in_threads):
    def attempt(number):
        try:
            return redeem(code, f"racer-{number}").redeemed_by
        except CodeSpent:
            return None

    return [name for name in in_threads(THREADS, attempt) if name]


def test_a_good_code_is_good_and_checking_spends_nothing(make_code):
    code = make_code()

    answer = redemptions.check_code(code, now=NOW)

    assert (answer.refusal, answer.gate.tier, stored(code).uses) == (None, "starter", 0)


def test_a_code_is_redeemed_once_for_one_and_refused_to_the_next(make_code):
    code = make_code()

    first = redeem(code)

    assert redeem(code.lower(), now=NOW + timedelta(days=1)) == first
    with pytest.raises(CodeSpent):
        redeem(code, "bob")
    assert (stored(code).uses, stored(code).redeemed_by) == (1, "alice")
    assert refusal(code) is CodeSpent


def test_who_loses_between_the_look_and_the_write_is_refused(make_code, monkeypatch):
    code = make_code()
    unused = stored(code)
    redeem(code)
    monkeypatch.setattr(promo_codes, "read_code", lambda *_, **__: unused)

    with pytest.raises(CodeSpent):
        redeem(code, "bob")

    assert use_items.use_of(promo_codes.read_item(code, consistent=True)).taken_by == "alice"


def test_what_cannot_be_used_is_refused_and_stays_unspent(make_code, gate):
    code = make_code(expires_at=NOW + timedelta(days=1))

    assert refusal(code, NOW + timedelta(days=1)) is CodeExpired
    gates.write_gate(replace(gate, state="paused", generation=3))
    with pytest.raises(CodePaused):
        redeem(code)
    assert stored(code).uses == 0


def test_what_was_never_made_is_unknown_and_what_cannot_be_is_misspelled(make_code):
    code = make_code()
    wrong = code[:-1] + ("A" if code[-1] != "A" else "B")

    assert refusal("NEVERMADE") is CodeUnknown
    assert refusal(wrong) is CodeMisspelled


def test_an_older_gate_never_wins_over_a_newer_one(gate):
    gates.write_gate(replace(gate, state="paused", generation=3))
    gates.write_gate(gate)

    assert gates.read_gate(gate.campaign).state == "paused"


def test_a_code_is_not_written_over_a_spent_one(make_code):
    code = make_code()
    redeem(code)

    with pytest.raises(client("dynamodb").exceptions.ConditionalCheckFailedException):
        put(PromoCode(code, "c2", "b2", 1, NOW))

    assert stored(code).redeemed_by == "alice"


def test_a_code_is_listed_under_what_became_of_it(make_code, gate):
    code = make_code()
    redeem(code)

    listed = client("dynamodb").query(
        TableName=name_of("promo-codes"),
        IndexName="by-status",
        KeyConditionExpression="status_shard = :shard",
        ExpressionAttributeValues={
            ":shard": {"S": promo_codes.status_shard(stored(code), "used-up")}
        },
    )["Items"]

    assert [item["code"]["S"] for item in listed] == [code]


def test_tries_are_counted_one_by_one(in_threads):
    who = secrets.token_hex(4)
    hour = timedelta(hours=1)

    counts = in_threads(16, lambda _: windows.count_in_window("try", who, length=hour, now=NOW))

    assert sorted(counts) == list(range(1, 17))


def test_a_code_is_spent_once_whoever_races(make_code, in_threads, record_property):
    over = lost = 0
    for _ in range(ROUNDS):
        code = make_code()
        winners = winners_of_a_race(code, in_threads)
        over += len(winners) > 1
        lost += [stored(code).redeemed_by] != winners

    figures = f"dynalite, {THREADS} threads x {ROUNDS} rounds: {over} over, {lost} lost"
    record_property("figures", figures)
    assert (over, lost) == (0, 0)


def test_the_same_race_without_our_condition_is_lost(make_code, in_threads, monkeypatch):
    """The positive control: dynalite lets who does not ask win."""
    guarded = use_items.count_in_code

    def unguarded(code, use):
        action = guarded(code, use)
        action["Update"]["ConditionExpression"] = "attribute_exists(code)"
        return action

    monkeypatch.setattr(use_items, "count_in_code", unguarded)

    assert len(winners_of_a_race(make_code(), in_threads)) > 1


def test_what_needs_a_transaction_fails_here_and_spends_nothing(make_code):
    shared, spent = make_code(max_uses=2), make_code()
    redeem(spent)

    with pytest.raises(Refused, match="TransactWriteItems"):
        redeem(shared)
    with pytest.raises(Refused, match="TransactWriteItems"):
        redemptions.release_code(spent, redeemed_by="alice", now=NOW)

    assert (stored(shared).uses, stored(spent).redeemed_by) == (0, "alice")
