"""Checking, spending and giving back codes. No Django: portal and Lambda share this.

The gate is read first, then the write decides. A redemption that starts after a pause was reported
is refused, because the gate is read consistently; a use is never counted by reading first.
"""

import time
from dataclasses import dataclass
from datetime import datetime

from adapters import gates, promo_codes
from adapters.gates import Gate
from adapters.promo_codes import NotSpent, PromoCode
from campaigns import rules
from campaigns.errors import CodeMisspelled, CodeRefused, CodeSpent, CodeUnknown

# New prefixes appear with new batches; an unknown prefix only means that a typing error costs a
# read, so an old list is harmless.
PREFIXES_KEPT_SECONDS = 30
_prefixes: tuple[float, frozenset[str]] = (0.0, frozenset())


@dataclass(frozen=True)
class Redemption:
    """One use of one code. `code` is normalised; campaign and batch are their public ids."""

    code: str
    campaign: str
    batch: str
    tier: str
    redeemed_by: str
    redeemed_at: datetime


@dataclass(frozen=True)
class Answer:
    """What the check found. `gate` is there only for a code that is good now.

    `until` is when it ceases to be good, with its campaign or on its own, if ever.
    """

    refusal: CodeRefused | None
    gate: Gate | None = None
    until: datetime | None = None


def check_code(typed: str, *, now: datetime) -> Answer:
    """Say whether a code is good now, in two reads at most, none for a misspelled one.

    An unknown code costs a gate read too, so that time tells nothing.
    """
    try:
        code = parse(typed)
    except CodeMisspelled as error:
        return Answer(error)
    found = promo_codes.read_code(code)
    gate = gates.read_gate(found.campaign if found else "nobody's")
    refusal = rules.refusal(found, gate, now)
    if refusal or found is None or gate is None:
        return Answer(refusal)
    ends = [end for end in (gate.ends_at, found.expires_at) if end]
    return Answer(None, gate=gate, until=min(ends, default=None))


def redeem_code(typed: str, *, redeemed_by: str, now: datetime) -> Redemption:
    """Spend the code for this customer, once and for all.

    Safe to repeat for the same customer: the second call returns the first redemption, even after
    the campaign was paused or the code expired. Raises CodeRefused, or TryLater if DynamoDB does
    not answer; a code is spent only if this returns, or will be when it is repeated.
    """
    code = parse(typed)
    found = promo_codes.read_code(code, consistent=True)
    gate = gates.read_gate(found.campaign if found else "nobody's")
    if found is None or gate is None:
        raise CodeUnknown
    refusal = rules.refusal(found, gate, now)
    if refusal:
        first = _first_redemption(found, redeemed_by)
        if first is None:
            raise refusal
        return _redemption(found, gate, redeemed_by, first)
    return _redemption(found, gate, redeemed_by, _spend(found, redeemed_by, now))


def release_code(typed: str, *, redeemed_by: str) -> bool:
    """Give the use back. False if this customer holds none: another's use is never freed."""
    found = promo_codes.read_code(parse(typed), consistent=True)
    if found is None:
        return False
    if found.is_shared:
        return promo_codes.give_back_one_of_many(found, redeemed_by=redeemed_by)
    return promo_codes.give_back_single(found, redeemed_by=redeemed_by)


def parse(typed: str) -> str:
    """Return the normalised code. Raises CodeMisspelled without asking for the code itself."""
    code = rules.normalise(typed)
    if not rules.is_spelled_well(code, _known_prefixes()):
        raise CodeMisspelled
    return code


def forget_prefixes() -> None:
    """Read the registered prefixes anew at the next code."""
    global _prefixes
    _prefixes = (0.0, frozenset())


def _known_prefixes() -> frozenset[str]:
    global _prefixes
    read_at, prefixes = _prefixes
    if not read_at or time.monotonic() - read_at > PREFIXES_KEPT_SECONDS:
        prefixes = gates.read_prefixes()
        _prefixes = (time.monotonic(), prefixes)
    return prefixes


def _spend(code: PromoCode, redeemed_by: str, now: datetime) -> datetime:
    try:
        if code.is_shared:
            return promo_codes.spend_one_of_many(code, redeemed_by=redeemed_by, at=now)
        spent = promo_codes.spend_single(code, redeemed_by=redeemed_by, at=now)
    except NotSpent as error:
        raise CodeSpent(may_tell_why=not code.is_shared) from error
    return spent.redeemed_at or now


def _first_redemption(code: PromoCode, redeemed_by: str) -> datetime | None:
    """When this customer redeemed this code before, if ever."""
    if code.is_shared:
        return promo_codes.redeemed_at(code, redeemed_by=redeemed_by)
    return code.redeemed_at if code.redeemed_by == redeemed_by else None


def _redemption(code: PromoCode, gate: Gate, redeemed_by: str, at: datetime) -> Redemption:
    return Redemption(
        code=code.code,
        campaign=code.campaign,
        batch=code.batch,
        tier=gate.tier,
        redeemed_by=redeemed_by,
        redeemed_at=at,
    )
