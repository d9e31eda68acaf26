"""What the cases act on: the portal by its address, the simulator, the mailbox, and the rows."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from uuid import uuid4

from django.utils import timezone

from adapters.marketplace_simulator import Simulator
from adapters.visits import Visitor
from marketplace.checklist.cases import Unmet
from marketplace.models import Agreement
from marketplace.products import Product, all_products
from tenants.access import Access, access_of
from tenants.models import Member, Tenant

if TYPE_CHECKING:
    from marketplace.checklist.buyer import Buyer


def _pause() -> None:
    time.sleep(0.3)


@dataclass
class Scene:
    """`between` is called while something is waited for; a worker does the work meanwhile."""

    portal: str
    simulator: Simulator
    mailbox: str
    between: Callable[[], Any] = _pause
    patience_seconds: float = 60
    # The portal lets one address sign up ten times a minute: a few less, and nobody is in the way.
    forms_a_minute: int = 8
    run: str = field(default_factory=lambda: uuid4().hex[:8])
    _sent: list[float] = field(default_factory=list)
    _made: int = 0

    @property
    def entrance(self) -> str:
        return f"{self.portal}/marketplace/register/"

    @cached_property
    def registered(self) -> "Buyer":
        """The buyer of a contract whose way most cases look at. With an address like Gmail's."""
        from marketplace.checklist.buyer import Buyer

        buyer = Buyer(self, self.product("contract"), domain="gmail.com")
        buyer.register()
        return buyer

    def product(self, pricing: str, model: str = "concurrent") -> Product:
        """Return the first listing of the kind. Raises Unmet if there is none."""
        for product in all_products():
            if (product.pricing, product.model) == (pricing, model):
                return product
        raise Unmet(f"a {model} listing by {pricing} is in MARKETPLACE_PRODUCTS")

    def address(self, domain: str) -> str:
        self._made += 1
        return f"checklist-{self.run}-{self._made}@{domain}"

    def pace(self) -> None:
        """Wait until one more form may be sent in this minute."""
        now = time.monotonic()
        self._sent = [moment for moment in self._sent if now - moment < 61]
        if len(self._sent) >= self.forms_a_minute:
            time.sleep(61 - (now - self._sent[0]))
        self._sent.append(time.monotonic())

    @contextmanager
    def held(self) -> Iterator[Callable[[], list[dict[str, Any]]]]:
        """Let new notices wait within the block; what is given returns those that do."""
        before = {notice["number"] for notice in self.simulator.waiting()}
        self.simulator.hold(True)
        try:
            yield lambda: [one for one in self.simulator.waiting() if one["number"] not in before]
        finally:
            self.simulator.hold(False)

    def wait(self, holds: Callable[[], object], sentence: str) -> None:
        """Wait until this holds. Raises Unmet when the patience ends."""
        deadline = time.monotonic() + self.patience_seconds
        while not holds():
            if time.monotonic() > deadline:
                raise Unmet(f"{sentence} (waited {self.patience_seconds:.0f} s)")
            self.between()

    def mails(self, to: str) -> list[dict[str, str]]:
        mails: list[dict[str, str]] = Visitor().read_json(
            f"{self.mailbox}/mails.json?to={quote(to)}"
        )
        return mails

    def tenant(self, email: str) -> Tenant | None:
        member = Member.objects.filter(email=email).select_related("tenant").first()
        return member.tenant if member else None

    def access(self, email: str) -> Access | None:
        """Return what the account of this address may do now; None if there is no account."""
        tenant = self.tenant(email)
        return access_of(tenant, tenant.grants.all(), timezone.now()) if tenant else None

    def agreement(self, agreement_id: str) -> Agreement | None:
        return Agreement.objects.filter(agreement_id=agreement_id).first()
