"""Checking, spending, holding and giving back codes. No Django: portal and Lambda share this.

The gate is read first, then the write decides. A redemption that starts after a pause was reported
is refused, because the gate is read consistently; a use is never counted by reading first. What
became of each attempt is noted when that is known: campaigns/outcomes.py.
"""

import time
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from adapters import gates, promo_codes, uses
from adapters.gates import Gate
from adapters.promo_codes import PromoCode
from adapters.use_items import Use
from adapters.uses import NotTaken
from campaigns import eligibility, outcomes, rules
from campaigns.eligibility import Customer
from campaigns.errors import (
    CampaignFull,
    CodeHeld,
    CodeMisspelled,
    CodeRefused,
    CodeSpent,
    CodeUnknown,
    OncePerCustomer,
)

# New prefixes appear with new batches; an unknown prefix only means that a typing error costs a
# read, so an old list is harmless.
PREFIXES_KEPT_SECONDS = 30
_prefixes: tuple[float, frozenset[str]] = (0.0, frozenset())

# How often one call clears expired holds out of its way: of the code, of the customer, of the
# campaign, once in vain, and then it tries for the last time. And how many of them at once.
MOST_TURNS = 5
MOST_CLEARED = 25


@dataclass(frozen=True)
class Redemption:
    """One use of one code. `code` is normalised; campaign and batch are their public ids.

    With `held_until` it is only held. `access_days` is how long the tier is given, if not for ever.
    """

    code: str
    campaign: str
    batch: str
    tier: str
    redeemed_by: str
    redeemed_at: datetime
    held_until: datetime | None = None
    access_days: int | None = None


@dataclass(frozen=True)
class Answer:
    """What the check found. `gate` is there only for a code that is good now.

    `until` is when it ceases to be good, with its campaign or on its own, if ever.
    """

    refusal: CodeRefused | None
    gate: Gate | None = None
    until: datetime | None = None


def check_code(typed: str, *, now: datetime, customer: Customer | None = None) -> Answer:
    """Say whether a code is good now, in two reads at most, none for a misspelled one.

    An unknown code costs a gate read too, so that time tells nothing. A misspelled one leaves no
    outcome either: it costs nothing, so it may be asked without limit.
    """
    try:
        code = parse(typed)
    except CodeMisspelled as error:
        return Answer(error)
    found = promo_codes.read_code(code)
    gate = gates.read_gate(found.campaign if found else "nobody's")
    refusal = eligibility.refusal(found, gate, now, customer=customer)
    outcomes.note("check", refusal.code if refusal else outcomes.GOOD, found, now=now)
    if refusal or found is None or gate is None:
        return Answer(refusal)
    return Answer(None, gate=gate, until=eligibility.code_end(found, gate))


def redeem_code(typed: str, *, redeemed_by: str, customer: Customer, now: datetime) -> Redemption:
    """Spend the code for this customer, once and for all; a code that they hold is spent.

    Safe to repeat for the same `redeemed_by`: the second call returns the first redemption, even
    after the campaign was paused or the code expired. Raises CodeRefused, or TryLater if DynamoDB
    does not answer; a code is spent only if this returns, or will be when it is repeated.
    """
    return _take(typed, redeemed_by, customer, now, lambda gate: None)


def redeem_or_hold_code(
    typed: str, *, redeemed_by: str, customer: Customer, now: datetime, hold_for: timedelta
) -> Redemption:
    """Redeem the code, or hold it if its campaign wants the address confirmed first."""

    def held_until(gate: Gate) -> datetime | None:
        return now + hold_for if gate.confirm_first else None

    return _take(typed, redeemed_by, customer, now, held_until)


def hold_code(
    typed: str, *, held_by: str, customer: Customer, now: datetime, until: datetime
) -> Redemption:
    """Keep a use for this customer until then: nobody else gets it, and nothing is spent yet.

    `redeem_code` by the same id spends it, and `release_code` gives it back. After `until` it goes
    to whoever wants it first. Safe to repeat. Raises as `redeem_code` does.
    """
    return _take(typed, held_by, customer, now, lambda gate: until)


def release_code(typed: str, *, redeemed_by: str, now: datetime) -> bool:
    """Give the use back, redeemed or held. False if this customer holds none: another's use is
    never freed."""
    found = promo_codes.read_code(parse(typed), consistent=True)
    is_released = found is not None and _release(found, redeemed_by, now)
    outcomes.note(
        "release", outcomes.GOOD if is_released else outcomes.NOTHING_HELD, found, now=now
    )
    return is_released


def clear_expired_holds(campaign: str, *, now: datetime, code: str = "") -> bool:
    """Give back holds whose time is over, of one code or of all. True if that freed anything."""
    cleared = 0
    for hold in _expired_holds(campaign, code, now):
        found = promo_codes.read_code(hold.code, consistent=True)
        if found and uses.give_back(found, hold, at=now, only_expired=True):
            outcomes.note("release", outcomes.HOLD_EXPIRED, found, now=now)
            cleared += 1
        if cleared >= MOST_CLEARED:
            break
    return cleared > 0


def _expired_holds(campaign: str, code: str, now: datetime) -> Iterable[Use]:
    """A code for one use names its holder; others are looked for among all of the campaign."""
    found = promo_codes.read_code(code, consistent=True) if code else None
    if found is None or found.is_shared:
        holds = uses.expired_holds(campaign, at=now)
        return (hold for hold in holds if not code or hold.code == code)
    hold = uses.read_use(found, taken_by=found.redeemed_by) if found.redeemed_by else None
    return [hold] if hold and hold.held_until and hold.held_until <= now else []


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


def _release(code: PromoCode, redeemed_by: str, now: datetime) -> bool:
    # A hold that is being confirmed changes under our hands: then the other state is undone.
    for _ in range(MOST_TURNS):
        mine = uses.read_use(code, taken_by=redeemed_by)
        if mine is None:
            return False
        if uses.give_back(code, mine, at=now):
            return True
    return False


def _take(
    typed: str,
    taken_by: str,
    customer: Customer,
    now: datetime,
    held_until_of: Callable[[Gate], datetime | None],
) -> Redemption:
    """Take a use, and note what became of the attempt."""
    found = None
    try:
        found = promo_codes.read_code(parse(typed), consistent=True)
        redemption = _take_found(found, taken_by, customer, now, held_until_of)
    except CodeRefused as error:
        outcomes.note("redeem", error.code, found, now=now)
        raise
    is_new = redemption.redeemed_at == now.replace(microsecond=0)
    step = "hold" if redemption.held_until else "redeem"
    outcomes.note(step, outcomes.GOOD if is_new else outcomes.REPEATED, found, now=now)
    return redemption


def _take_found(
    found: PromoCode | None,
    taken_by: str,
    customer: Customer,
    now: datetime,
    held_until_of: Callable[[Gate], datetime | None],
) -> Redemption:
    gate = gates.read_gate(found.campaign if found else "nobody's")
    if found is None or gate is None:
        # An unusable code costs this read too: time must not tell that there is one.
        uses.read_row("nobody's", taken_by=taken_by)
        raise CodeUnknown
    held_until = held_until_of(gate)
    refusal = eligibility.refusal(found, gate, now, customer=customer)
    if refusal and not isinstance(refusal, CodeHeld):
        first = uses.read_use(found, taken_by=taken_by)
        if first is None or (first.held_until and not held_until):
            raise refusal
        return _redemption(gate, first)
    wish = Use(
        code=found.code,
        campaign=found.campaign,
        batch=found.batch,
        taken_by=taken_by,
        taken_at=now,
        held_until=held_until,
        marks=eligibility.marks(customer, gate),
    )
    use = _take_or_make_room(found, gate, wish)
    if use.held_until and not held_until:
        use = uses.confirm(found, use, at=now) or _take_or_make_room(found, gate, wish)
    return _redemption(gate, use)


def _take_or_make_room(code: PromoCode, gate: Gate, wish: Use) -> Use:
    """Take a use; holds that are past their time and stand in the way are given back first.

    Where none was found the use is tried once more: somebody else may have given them back between
    our try and our look, and then there is room.
    """
    has_looked = False
    for _ in range(MOST_TURNS):
        try:
            return _take_below_cap(code, gate, wish)
        except NotTaken as error:
            why, in_the_way = _why_not(error, code), _in_the_way(error, code)
        if in_the_way is None:
            raise why
        if not clear_expired_holds(code.campaign, now=wish.taken_at, code=in_the_way):
            if has_looked:
                raise why
            has_looked = True
    raise why


def _why_not(error: NotTaken, code: PromoCode) -> CodeRefused:
    if isinstance(error, uses.CapShardFull):
        # The code is good but for that, and the check says of it what it gives.
        return CampaignFull(may_tell_why=True)
    kind: type[CodeRefused] = CodeHeld if code.holds else CodeSpent
    if isinstance(error, uses.Marked):
        kind = OncePerCustomer
    return kind(may_tell_why=code.is_proof)


def _in_the_way(error: NotTaken, code: PromoCode) -> str | None:
    """Return the code whose holds may be in the way, empty for any code, None if none can be."""
    if isinstance(error, uses.Marked):
        return error.code
    if isinstance(error, uses.CapShardFull):
        return ""
    return code.code if code.holds else None


def _take_below_cap(code: PromoCode, gate: Gate, wish: Use) -> Use:
    """Take a use in any part of the campaign's counter that has room."""
    if gate.cap is None:
        return uses.take(code, wish)
    shares = eligibility.cap_shares(gate.cap)
    shard = zlib.crc32(wish.taken_by.encode()) % min(gate.cap, uses.CAP_SHARDS)
    try:
        return uses.take(code, replace(wish, cap_shard=shard), cap_share=shares[shard])
    except uses.CapShardFull as error:
        full = error
    used = uses.uses_in_cap(gate.campaign)
    for shard in (n for n in range(uses.CAP_SHARDS) if used[n] < shares[n]):
        try:
            return uses.take(code, replace(wish, cap_shard=shard), cap_share=shares[shard])
        except uses.CapShardFull as error:
            full = error
    raise full


def _redemption(gate: Gate, use: Use) -> Redemption:
    return Redemption(
        code=use.code,
        campaign=use.campaign,
        batch=use.batch,
        tier=gate.tier,
        redeemed_by=use.taken_by,
        redeemed_at=use.taken_at,
        held_until=use.held_until,
        access_days=gate.access_days,
    )
