"""Two buyers of AWS Marketplace for the demo: one has an account, one never registered."""

import uuid
from collections.abc import Callable
from datetime import timedelta

from django.core.management.base import CommandError
from django.utils import timezone

from adapters.marketplace_simulator import Simulator
from marketplace import inbox, looking, registering, waiting
from marketplace.hand_over import HandOver
from marketplace.models import Agreement
from marketplace.products import all_products
from tenants.models import Tenant
from tenants.signups import Wish

# Asked again and again until the answer is yes; the text says what is waited for.
Wait = Callable[[Callable[[], object], str], None]

BUYER = Wish(
    email="mara@marlow.example",
    full_name="Mara Marlow",
    company="Marlow Machines",
    code="",
    marketing_opt_in=False,
)


def come_and_leave(simulator: Simulator, wait: Wait) -> list[Tenant]:
    """Return those who have an account; nobody comes to a stage with other listings."""
    listings = {
        product.pricing: product.code for product in all_products() if not product.is_legacy
    }
    if not {"contract", "subscription"} <= listings.keys():
        return []
    buy_and_leave(simulator, listings["subscription"], wait)
    return [subscribe(simulator, listings["contract"], wait)]


def subscribe(simulator: Simulator, product: str, wait: Wait) -> Tenant:
    """Buy a contract and register for it, as a buyer does who presses Set up your account."""
    bought = simulator.buy(product, dimensions={"pro": 1}, auto_renews=True)
    registration = registering.begin(HandOver(simulator.token(bought["id"])))
    tenant = registering.register(registration, BUYER, form_key=uuid.uuid4()).tenant
    if tenant is None:
        raise CommandError(f"{BUYER.email} could not register for {bought['id']}.")
    wait(lambda: _has_heard(bought["id"], tier="pro"), f"agreement {bought['id']}")
    return tenant


def buy_and_leave(simulator: Simulator, product: str, wait: Wait) -> Agreement:
    """Buy by use and never come: staff find it in the inbox."""
    bought = simulator.buy(product)
    wait(lambda: _has_heard(bought["id"]), f"agreement {bought['id']}")
    # Staff are told when the buyer has had time to come: let it have passed.
    earlier = timezone.now() - waiting.PATIENCE - timedelta(minutes=1)
    Agreement.objects.filter(agreement_id=bought["id"]).update(created_at=earlier)
    return Agreement.objects.get(agreement_id=bought["id"])


def _has_heard(agreement_id: str, **facts: str) -> bool:
    """The next sweep would do this too, but nobody who just started wants to wait for it."""
    inbox.take_notices()
    looking.look_at_due()
    rows = Agreement.objects.filter(agreement_id=agreement_id, state=Agreement.State.ACTIVE)
    return rows.filter(**facts).exists()
