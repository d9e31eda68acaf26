"""Gates: the newest state of a campaign wins, whoever writes last."""

import itertools
from datetime import UTC, datetime

import pytest

from adapters.errors import Refused, TryLater
from adapters.gates import Gate, read_gate, read_prefixes, register_prefix, write_gate
from tests.outages import failing


def gate(generation=1, **fields):
    values = {"campaign": "c1", "name": "Autumn", "tier": "starter", "state": "open"}
    return Gate(generation=generation, **{**values, **fields})


def test_a_gate_is_read_as_it_was_written():
    full = gate(
        starts_at=datetime(2026, 11, 1, tzinfo=UTC),
        ends_at=datetime(2026, 12, 1, tzinfo=UTC),
        closed_batches={"b1": "paused", "b2": "revoked"},
    )

    write_gate(full)

    assert read_gate("c1") == full


def test_a_campaign_without_a_gate_has_none():
    assert read_gate("c1") is None


def test_campaigns_have_gates_of_their_own():
    write_gate(gate(state="paused"))
    write_gate(gate(campaign="c2"))

    assert read_gate("c1").state == "paused"


def test_a_newer_gate_replaces_the_whole_of_an_older_one():
    write_gate(gate(1, ends_at=datetime(2026, 12, 1, tzinfo=UTC)))

    write_gate(gate(2))

    assert read_gate("c1") == gate(2)


@pytest.mark.parametrize("order", list(itertools.permutations([1, 2, 3])), ids=str)
def test_the_newest_gate_wins_in_whatever_order_they_are_written(order):
    for generation in order:
        write_gate(gate(generation, name=f"Number {generation}"))

    assert read_gate("c1").name == "Number 3"


def test_generations_are_compared_as_numbers():
    write_gate(gate(10))

    write_gate(gate(9, state="paused"))

    assert read_gate("c1") == gate(10)


def test_writing_the_same_gate_again_changes_nothing():
    write_gate(gate())

    write_gate(gate())

    assert read_gate("c1") == gate()


@pytest.mark.parametrize(
    ("code", "meaning"), [("ThrottlingException", TryLater), ("ValidationException", Refused)]
)
def test_a_gate_that_was_not_written_is_not_reported_as_written(code, meaning):
    with failing("dynamodb", "PutItem", code), pytest.raises(meaning):
        write_gate(gate())


def test_a_gate_that_cannot_be_read_is_not_an_open_one():
    with failing("dynamodb", "GetItem", "InternalServerError"), pytest.raises(TryLater):
        read_gate("c1")


def test_no_prefix_is_known_at_first():
    assert read_prefixes() == frozenset()


def test_registered_prefixes_are_remembered_once():
    for prefix in ("AUTUMN", "SPR1NG", "AUTUMN"):
        register_prefix(prefix)

    assert read_prefixes() == {"AUTUMN", "SPR1NG"}


def test_a_prefix_that_was_not_written_is_not_reported_as_written():
    with failing("dynamodb", "UpdateItem", "ThrottlingException"), pytest.raises(TryLater):
        register_prefix("AUTUMN")
