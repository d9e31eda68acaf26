"""A batch of codes that a function makes, over as many invocations as it takes. No Django.

The portal's own batches are jobs of its worker (campaigns/generation.py). Both write the same
chunks; here an item of DynamoDB keeps the place, because Lambda ends a function after 15 minutes.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from adapters import gates, generations, stored_files
from adapters.definitions import name_of
from adapters.generations import Generation, NotOurs
from campaigns import drawing, rules
from campaigns.drawing import Terms

# A chunk takes some seconds, a minute where DynamoDB throttles; joining a part takes 50 ms.
SECONDS_FOR_CHUNK = 20.0
SECONDS_FOR_PART = 0.1


class OtherTerms(Exception):
    """The batch was begun with other terms, or for a campaign that does not exist."""


@dataclass(frozen=True)
class Progress:
    done: int
    count: int
    complete: bool


def make_codes(wish: Generation, *, seconds_left: Callable[[], float]) -> Progress:
    """Do as many chunks as there is time for, and say how far the batch is.

    Safe to repeat, whenever and however often at once: chunks that are done stay done, and only
    one invocation works at a time. One that died is taken over after 30 seconds. Raises OtherTerms.
    """
    batch, me = _begun(wish), secrets.token_hex(8)
    if batch.seed:
        try:
            batch = _worked(_claimed(batch, me), me, seconds_left)
        except NotOurs:
            batch = generations.read(batch.batch)
        finally:
            generations.give_back(batch.batch, by=me)
    done = min(batch.count, batch.next_chunk * drawing.CHUNK)
    return Progress(done, batch.count, complete=not batch.seed)


def _begun(wish: Generation) -> Generation:
    if gates.read_gate(wish.campaign) is None:
        raise OtherTerms(f"There is no campaign {wish.campaign}.")
    if prefix := rules.normalise_prefix(wish.prefix):
        gates.register_prefix(prefix)  # before the first code is there to be checked
    begun = generations.begin(replace(wish, seed=secrets.token_hex(32)))
    ours = replace(wish, created_at=begun.created_at)
    if replace(begun, seed="", next_chunk=0) != ours:
        raise OtherTerms(f"Batch {wish.batch} was begun with other terms.")
    return begun


def _worked(batch: Generation, me: str, seconds_left: Callable[[], float]) -> Generation:
    chunks = -(-batch.count // drawing.CHUNK)
    while batch.next_chunk < chunks:
        if seconds_left() < SECONDS_FOR_CHUNK:
            return batch
        batch = _make_chunk(batch, me)
    if seconds_left() < SECONDS_FOR_CHUNK + chunks * SECONDS_FOR_PART:
        return batch
    return _finish(batch, me, chunks)


def _make_chunk(batch: Generation, me: str) -> Generation:
    terms, seed, index = _terms(batch), bytes.fromhex(batch.seed), batch.next_chunk
    codes = drawing.write_chunk(
        terms,
        seed,
        index,
        renew=lambda: _claimed(batch, me),
        chunk=drawing.CHUNK,
        stride=drawing.STRIDE,
    )
    _claimed(batch, me)
    part = drawing.part_name(batch.batch, index)
    stored_files.store(name_of("exports"), part, drawing.listed(terms, codes).encode())
    return generations.note_chunk(batch.batch, index, by=me)


def _finish(batch: Generation, me: str, chunks: int) -> Generation:
    """Join the parts, delete them, and only then forget the seed: all of it can be repeated.

    Parts that are gone were joined by an invocation that died after it.
    """
    names = [drawing.part_name(batch.batch, index) for index in range(chunks)]
    bucket, whole = name_of("exports"), drawing.list_name(batch.batch)
    if not stored_files.exists(bucket, whole):
        stored_files.join(bucket, names, whole, before_each=lambda: _claimed(batch, me))
    for name in names:
        _claimed(batch, me)
        stored_files.delete(bucket, name)
    return generations.complete(batch.batch, by=me)


def _claimed(batch: Generation, me: str) -> Generation:
    return generations.claim(batch.batch, by=me, now=datetime.now(UTC))


def _terms(batch: Generation) -> Terms:
    return Terms(
        campaign=batch.campaign,
        batch=batch.batch,
        prefix=batch.prefix,
        count=batch.count,
        max_uses=batch.max_uses,
        created_at=batch.created_at,
        expires_at=batch.expires_at,
    )
