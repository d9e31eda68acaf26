"""How far a function is with a batch: begun once, leased to one, done chunk by chunk, complete."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from adapters import generations
from adapters.errors import TryLater
from adapters.generations import LEASE, Generation, NotOurs
from tests.outages import failing

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
BATCH = Generation(
    "c1", "b1", "AUTUMN", 25, 1, NOW, expires_at=NOW + timedelta(days=1), seed="5eed"
)


def test_a_batch_is_begun_once():
    assert generations.begin(BATCH) == BATCH
    assert generations.begin(replace(BATCH, seed="another", count=9)) == BATCH


def test_the_lease_is_of_one_until_it_is_over():
    generations.begin(BATCH)
    generations.claim("b1", by="one", now=NOW)

    assert generations.claim("b1", by="one", now=NOW) == BATCH
    with pytest.raises(NotOurs):
        generations.claim("b1", by="two", now=NOW + LEASE - timedelta(seconds=1))
    assert generations.claim("b1", by="two", now=NOW + LEASE) == BATCH
    with pytest.raises(NotOurs):
        generations.note_chunk("b1", 0, by="one")


def test_a_lease_that_was_given_back_is_anybodys():
    generations.begin(BATCH)
    generations.claim("b1", by="one", now=NOW)
    generations.give_back("b1", by="two")
    with pytest.raises(NotOurs):
        generations.claim("b1", by="two", now=NOW)

    generations.give_back("b1", by="one")
    generations.give_back("b1", by="one")

    assert generations.claim("b1", by="two", now=NOW)


def test_a_complete_batch_has_no_seed_and_nobody_works_on_it():
    generations.begin(BATCH)
    generations.claim("b1", by="one", now=NOW)
    assert generations.note_chunk("b1", 0, by="one").next_chunk == 1

    done = generations.complete("b1", by="one")

    assert (done.seed, generations.begin(BATCH).seed) == ("", "")
    with pytest.raises(NotOurs):
        generations.claim("b1", by="one", now=NOW + timedelta(days=1))


def test_nobody_works_on_what_was_never_begun():
    with pytest.raises(NotOurs):
        generations.claim("b1", by="one", now=NOW)


def test_an_outage_is_no_loss_of_the_lease():
    generations.begin(BATCH)

    with failing("dynamodb", "UpdateItem", "InternalServerError"), pytest.raises(TryLater):
        generations.claim("b1", by="one", now=NOW)
