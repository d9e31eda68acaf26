"""All that is so in the Marketplace, and everything that can happen there.

Each verb does what buyers, sellers or AWS do, and sends the notices that AWS would send of it.
"""

import base64
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, TypeVar, cast

from localcloud.marketplace.agreements import Agreement, new_account_id, new_license_id
from localcloud.marketplace.buying import CannotHappen, bought, purchase
from localcloud.marketplace.calls import Calls
from localcloud.marketplace.clock import Clock
from localcloud.marketplace.faults import Faults
from localcloud.marketplace.life import begin, end, fail, settle, succeed
from localcloud.marketplace.notices import Notice, Notices
from localcloud.marketplace.products import Product, listed_products
from localcloud.marketplace.telling import tell, tell_change

TOKEN_LASTS = timedelta(hours=4)
_MONTH = timedelta(days=30)

Verb = TypeVar("Verb", bound=Callable[..., Any])


@dataclass(frozen=True)
class Token:
    agreement_id: str
    issued_at: datetime

    def has_expired(self, now: datetime) -> bool:
        return now >= self.issued_at + TOKEN_LASTS


def _alone(verb: Verb) -> Verb:
    """Let one thing happen after another, however many threads ask."""

    @wraps(verb)
    def one_at_a_time(world: "World", *args: Any, **kwargs: Any) -> Any:
        with world.lock:
            return verb(world, *args, **kwargs)

    return cast(Verb, one_at_a_time)


class World:
    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.clock = Clock()
        self.calls = Calls(self.clock)
        self.faults = Faults()
        self.notices = Notices(self.clock)
        self.products: dict[str, Product] = listed_products()
        self.agreements: dict[str, Agreement] = {}
        # By the ARN of its license, for those who look one up (metering.py).
        self.licensed: dict[str, Agreement] = {}
        self.tokens: dict[str, Token] = {}
        # By license or customer, dimension and hour (metering.py).
        self.usage: dict[tuple[str, str, datetime], Any] = {}
        self.suspended: set[str] = set()
        # Listings that were legacy once.
        self.moved: set[str] = set()
        # Of a direct sale we are both, and AWS's pages disagree whether each event comes twice.
        self.tells_both_roles = False
        # AWS's pages disagree whether the license goes with the agreement or an hour after it.
        self.deprovisions_after = timedelta()

    @_alone
    def clear(self) -> None:
        for kept in (
            self.clock,
            self.calls,
            self.faults,
            self.notices,
            self.agreements,
            self.tokens,
        ):
            kept.clear()
        self.usage.clear()
        self.suspended.clear()
        self.moved.clear()
        self.products = listed_products()
        self.tells_both_roles = False
        self.deprovisions_after = timedelta()

    @_alone
    def buy(
        self,
        product_code: str,
        *,
        account_id: str = "",
        dimensions: dict[str, int] | None = None,
        months: int = 12,
        trial_days: int = 0,
        auto_renews: bool = False,
        private_offer: bool = False,
        reseller_account_id: str = "",
        payment_fails: bool = False,
        starts_in: timedelta = timedelta(),
    ) -> Agreement:
        """A buyer account accepts an offer. Raises CannotHappen."""
        product = self._product(product_code)
        agreement = purchase(
            self,
            product,
            account_id or new_account_id(),
            dimensions=dimensions,
            lasts=timedelta(days=trial_days) if trial_days else months * _MONTH,
            starts_in=starts_in,
            is_trial=trial_days > 0,
            auto_renews=auto_renews and product.is_contract,
            is_private=private_offer,
            reseller_account_id=reseller_account_id,
        )
        if payment_fails:
            fail(self, agreement)
        else:
            begin(self, agreement)
        return agreement

    @_alone
    def upgrade(self, agreement_id: str, dimensions: dict[str, int]) -> Agreement:
        """Change what is bought within the same agreement. Raises CannotHappen."""
        agreement = self._active(agreement_id)
        agreement.dimensions = bought(agreement.product, dimensions)
        agreement.updated_at = self.clock.now()
        tell_change(self, agreement)
        return agreement

    @_alone
    def renew(self, agreement_id: str, dimensions: dict[str, int] | None = None) -> Agreement:
        """Return the next agreement, which begins where this one ends."""
        return succeed(self, self._active(agreement_id), "RENEW", dimensions)

    @_alone
    def replace(
        self, agreement_id: str, dimensions: dict[str, int] | None = None, **changes: Any
    ) -> Agreement:
        """Return the agreement that a replacement offer puts in the place of this one."""
        return succeed(self, self._active(agreement_id), "REPLACE", dimensions, **changes)

    @_alone
    def cancel(self, agreement_id: str) -> Agreement:
        """The buyer leaves."""
        return end(self, self._active(agreement_id), "CANCELLED")

    @_alone
    def expire(self, agreement_id: str) -> Agreement:
        """The end date comes, and nothing follows."""
        return end(self, self._active(agreement_id), "EXPIRED")

    @_alone
    def terminate(self, agreement_id: str) -> Agreement:
        """AWS ends it, for a payment that failed, say."""
        return end(self, self._active(agreement_id), "TERMINATED")

    @_alone
    def move_listing(self, product_code: str) -> None:
        """AWS moves a legacy listing to Concurrent Agreements: its agreements get licenses. Usage
        is taken by customer as well for a while, and whoever sends both is billed twice."""
        product = replace(self._product(product_code), model="concurrent")
        self.products[product_code] = product
        self.moved.add(product_code)
        for one in self.agreements.values():
            if one.product.code == product_code:
                one.product = product
                one.license_id = new_license_id()
                if one.is_active:
                    tell(self, one, "License Updated")

    @_alone
    def suspend(self, account_id: str) -> None:
        """AWS suspends the buyer's account: no notice says so, and its usage is refused."""
        self.suspended.add(account_id)

    @_alone
    def reinstate(self, account_id: str) -> None:
        self.suspended.discard(account_id)

    @_alone
    def advise(self, agreement_id: str) -> Agreement:
        """AWS suspects the buyer of fraud, or that their account is taken over."""
        agreement = self._known(agreement_id)
        agreement.advisory_since = self.clock.now()
        tell(self, agreement, "Purchase Agreement Advisory Issued")
        return agreement

    @_alone
    def resolve_advisory(self, agreement_id: str) -> Agreement:
        agreement = self._known(agreement_id)
        if agreement.advisory_since is None:
            raise CannotHappen(f"{agreement_id} has no advisory.")
        agreement.advisory_since = None
        tell(self, agreement, "Purchase Agreement Advisory Resolved")
        return agreement

    @_alone
    def notify(
        self, kind: str, agreement_id: str, *, role: str | None = None, **facts: Any
    ) -> Notice:
        """Send a notice by hand, of a kind that AWS has or not; `facts` change its detail."""
        return tell(self, self._known(agreement_id), kind, role=role, **facts)

    @_alone
    def set_up_account(self, agreement_id: str) -> str:
        """Return the token that the buyer's browser posts to the seller: good for four hours."""
        self._known(agreement_id)
        token = base64.b64encode(secrets.token_bytes(94)).decode()
        self.tokens[token] = Token(agreement_id, self.clock.now())
        return token

    @_alone
    def advance(self, **by: Any) -> datetime:
        """Move the clock, as in `advance(hours=5)`, and let happen what is due by then."""
        now = self.clock.advance(**by)
        self.settle()
        return now

    @_alone
    def settle(self) -> None:
        """Let happen what is due: ends and renewals, and notices that wait for their time."""
        settle(self)
        self.notices.send_due()

    def _product(self, code: str) -> Product:
        if code not in self.products:
            raise CannotHappen(f"No product has the code {code}.")
        return self.products[code]

    def _known(self, agreement_id: str) -> Agreement:
        if agreement_id not in self.agreements:
            raise CannotHappen(f"There is no agreement {agreement_id}.")
        return self.agreements[agreement_id]

    def _active(self, agreement_id: str) -> Agreement:
        agreement = self._known(agreement_id)
        if not agreement.is_active:
            raise CannotHappen(f"{agreement_id} is {agreement.status.lower()}.")
        return agreement
