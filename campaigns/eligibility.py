"""When a code is good, and for whom. No Django, no network: portal and Lambda share it."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from adapters.gates import Gate
from adapters.promo_codes import PromoCode
from adapters.uses import CAP_SHARDS
from campaigns import domains
from campaigns.domains import NotADomain
from campaigns.errors import (
    CodeExpired,
    CodeHeld,
    CodeNotStarted,
    CodePaused,
    CodeRefused,
    CodeRevoked,
    CodeSpent,
    CodeUnknown,
    NewCustomersOnly,
    WrongDomain,
)


@dataclass(frozen=True)
class Customer:
    """Who wants to redeem. `email` is casefolded; `is_known`: they are or were a customer."""

    email: str
    is_known: bool = False
    marketplace_account: str = ""

    @property
    def domain(self) -> str:
        """The domain as staff's lists have it."""
        written = self.email.rpartition("@")[2]
        try:
            return domains.ascii_domain(written)
        except NotADomain:
            return written

    @property
    def identities(self) -> tuple[str, ...]:
        """What stays the same when the same customer comes again; hashed, it names nobody."""
        names = [f"email:{unaliased(self.email)}"]
        if self.marketplace_account:
            names.append(f"marketplace:{self.marketplace_account}")
        return tuple(hashlib.sha256(name.encode()).hexdigest()[:32] for name in names)


def unaliased(email: str) -> str:
    """Return the address without its plus-tag: alice+two@example.com is alice@example.com."""
    name, _, domain = email.strip().casefold().rpartition("@")
    return f"{name.partition('+')[0]}@{domain}"


def refusal(
    code: PromoCode | None, gate: Gate | None, now: datetime, *, customer: Customer | None = None
) -> CodeRefused | None:
    """Say why this code cannot be used now, or None if nothing speaks against it.

    Without a customer only the code is judged. Says nothing about winning: between this answer and
    the write somebody else may use it up, and CodeHeld may pass at any moment.
    """
    if code is None or gate is None:
        return CodeUnknown()
    # Whoever presents a random code of their own holds 60 bits of proof and may learn the reason.
    # An unknown code and an unusable shared or chosen one get one answer, or trying words would
    # find campaigns. That a code is for other domains is told of any that the check calls good.
    closed = {gate.state, gate.closed_batches.get(code.batch, gate.state)}
    end = code_end(code, gate)
    is_held, is_spent = _is_held(code, now), code.uses >= code.max_uses and not code.holds
    reasons: tuple[tuple[bool, type[CodeRefused]], ...] = (
        (bool(closed & {"revoked", "archived"}), CodeRevoked),
        (closed != {"open"}, CodePaused),
        (gate.starts_at is not None and now < gate.starts_at, CodeNotStarted),
        (end is not None and now >= end, CodeExpired),
        (customer is not None and not _is_welcome(customer, gate), WrongDomain),
        (customer is not None and gate.new_customers_only and customer.is_known, NewCustomersOnly),
        (is_held, CodeHeld),
        (is_spent, CodeSpent),
    )
    why = next((reason for applies, reason in reasons if applies), None)
    if why is None:
        return None
    is_told = why is WrongDomain and not is_held and not is_spent
    return why(may_tell_why=code.is_proof or is_told)


def code_end(code: PromoCode, gate: Gate) -> datetime | None:
    """Return when the code ceases to be good: with its batch or with its campaign, if ever."""
    batch_end = gate.batch_ends.get(code.batch, code.expires_at)
    return min((end for end in (gate.ends_at, batch_end) if end), default=None)


def marks(customer: Customer, gate: Gate) -> tuple[str, ...]:
    """Return what a redemption writes down so that the same customer cannot have another one."""
    scopes = [gate.campaign] if gate.once_per_customer else []
    if gate.new_customers_only:
        scopes.append("new-customer")
    return tuple(f"{identity}/{scope}" for identity in customer.identities for scope in scopes)


def cap_shares(cap: int) -> list[int]:
    """Share a cap out to the parts of its counter. No part shrinks when the cap grows, which is
    why raising it needs no other write."""
    return [cap // CAP_SHARDS + (shard < cap % CAP_SHARDS) for shard in range(CAP_SHARDS)]


def _is_held(code: PromoCode, now: datetime) -> bool:
    """A shared code does not say when its holds end."""
    if code.uses < code.max_uses or not code.holds:
        return False
    return code.held_until is None or now < code.held_until


def _is_welcome(customer: Customer, gate: Gate) -> bool:
    if any(_is_in(customer.domain, domain) for domain in gate.refused_domains):
        return False
    allowed = gate.allowed_domains
    return not allowed or any(_is_in(customer.domain, domain) for domain in allowed)


def _is_in(domain: str, other: str) -> bool:
    return domain == other or domain.endswith(f".{other}")
