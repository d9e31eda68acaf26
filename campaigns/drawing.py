"""Writing the codes of a batch, chunk by chunk. No Django: portal and Lambda share this.

The codes of a chunk follow from the batch's random seed, so a chunk that is done twice writes the
same codes again, and INSERT leaves the ones that are there alone.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from adapters import promo_codes
from adapters.promo_codes import PromoCode
from campaigns import rules

CHUNK = 1000
# So many codes are written within a lease even when DynamoDB throttles.
STRIDE = 100


@dataclass(frozen=True)
class Terms:
    """What the codes of a batch have in common. `prefix` is as people read it."""

    campaign: str
    batch: str
    prefix: str
    count: int
    max_uses: int
    created_at: datetime
    expires_at: datetime | None = None


def write_chunk(
    terms: Terms,
    seed: bytes,
    index: int,
    *,
    renew: Callable[[], object],
    chunk: int = CHUNK,
    stride: int = STRIDE,
) -> list[str]:
    """Write a chunk of codes and return them. One that another batch or chunk has is drawn anew.

    `renew` is called before every stride; what it raises ends the work.
    """
    drawn = _once_each(rules.draw_codes(rules.normalise_prefix(terms.prefix), seed, index))
    size = min(chunk, terms.count - index * chunk)
    mine: list[str] = []
    while len(mine) < size:
        renew()
        wanted = min(stride, size - len(mine))
        fresh = [_new_code(terms, index, next(drawn)) for _ in range(wanted)]
        taken = {code.code for code in promo_codes.insert_codes(fresh)}
        mine += [code.code for code in fresh if code.code not in taken or is_made_by(code)]
    return mine


def listed(terms: Terms, codes: list[str]) -> str:
    """Return the codes as people read them, one a line."""
    return "".join(f"{rules.displayed(code, terms.prefix)}\n" for code in codes)


def list_name(batch: str) -> str:
    """Return the storage name of the batch's finished list of codes."""
    return f"batches/{batch}/codes.csv"


def part_name(batch: str, index: int) -> str:
    return f"batches/{batch}/parts/{index:06d}"


def is_made_by(fresh: PromoCode) -> bool:
    """Whether a code that exists is ours: this chunk was done before.

    Codes that were made before codes told their chunk count as the chunk's own.
    """
    found = promo_codes.read_code(fresh.code, consistent=True)
    if found is None or found.batch != fresh.batch:
        return False
    return found.chunk in (None, fresh.chunk)


def _once_each(drawn: Iterator[str]) -> Iterator[str]:
    """Leave out what the chunk has drawn before, always in the same places."""
    seen: set[str] = set()
    for code in drawn:
        if code not in seen:
            seen.add(code)
            yield code


def _new_code(terms: Terms, index: int, code: str) -> PromoCode:
    return PromoCode(
        code=code,
        campaign=terms.campaign,
        batch=terms.batch,
        max_uses=terms.max_uses,
        created_at=terms.created_at,
        expires_at=terms.expires_at,
        chunk=index,
    )
