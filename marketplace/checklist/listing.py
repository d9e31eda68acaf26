"""A listing as the settings describe it, and, with --live, as AWS answers for it. Nothing is bought
and nothing is changed."""

from dataclasses import dataclass, replace
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from adapters import listing
from adapters.definitions import definition
from adapters.queues import waiting_messages
from adapters.visits import Visitor
from marketplace.checklist import by_hand, life, registration
from marketplace.checklist.cases import Case, Notes
from marketplace.models import Notice
from marketplace.products import Product, all_products, product_of

_MODELS = {"concurrent", "legacy"}
_PRICINGS = {"contract", "subscription", "contract_with_consumption"}
# An API name of a dimension cannot be longer, says AWS's page on contracts.
_LONGEST_DIMENSION = 15
_LATELY = timedelta(days=30)


@dataclass
class LiveScene:
    """A stage and one limited listing on AWS."""

    product: Product
    portal: str

    @property
    def entrance(self) -> str:
        return f"{self.portal}/marketplace/register/"


def live_scene(product_code: str) -> LiveScene:
    """Raises ProductUnknown."""
    return LiveScene(product_of(product_code), settings.PORTAL_URL.rstrip("/"))


def _are_described(_: object, notes: Notes) -> None:
    products = all_products()
    notes.do(f"Read {len(products)} listings from MARKETPLACE_PRODUCTS.")
    notes.see(products, "At least one listing leads here.")
    tiers = set(definition("tiers"))
    for product in products:
        known = product.model in _MODELS and product.pricing in _PRICINGS
        notes.see(known, f"{product.code}: sold by {product.pricing}, {product.model}.")
        grants = set(product.tiers.values()) | ({product.tier} if product.tier else set())
        notes.see(
            grants and grants <= tiers, f"{product.code}: grants {', '.join(sorted(grants))}."
        )
        names = [*product.tiers, *product.metered]
        longest = max(map(len, names), default=0)
        notes.see(longest <= _LONGEST_DIMENSION, f"{product.code}: dimensions {', '.join(names)}.")


def _has_https(scene: LiveScene, notes: Notes) -> None:
    notes.do(f"Opened {scene.entrance}, and posted a form without a token.")
    notes.see(scene.portal.startswith("https://"), "The address is HTTPS.")
    visitor = Visitor()
    notes.see(visitor.get(scene.entrance).status == 200, "Who comes by hand sees how to come.")
    refused = visitor.post_from_elsewhere(scene.entrance, {}).status
    notes.see(400 <= refused < 500, f"A form without a token is refused: {refused}.")


def _acts_as_the_seller(_: LiveScene, notes: Notes) -> None:
    role = settings.MARKETPLACE_ROLE_ARN
    notes.do(f"Called ResolveCustomer as {role or 'the role of this process'}, with a false token.")
    held = listing.takes_us_for_the_seller(role_arn=role)
    notes.see(held, "AWS looked the token up and does not know it: the call is allowed.")


def _reads_entitlements(scene: LiveScene, notes: Notes) -> None:
    notes.do(f"Called GetEntitlements for {scene.product.code}.")
    count = listing.count_entitlements(scene.product.code, role_arn=settings.MARKETPLACE_ROLE_ARN)
    notes.see(True, f"AWS answered for this product: {count} entitlements on the first page.")


def _reads_agreements(scene: LiveScene, notes: Notes) -> None:
    notes.do(f"Called SearchAgreements for {scene.product.id}.")
    count = listing.count_agreements(scene.product.id, role_arn=settings.MARKETPLACE_ROLE_ARN)
    notes.see(True, f"AWS answered: {count} agreements on the first page.")


def _listens(_: LiveScene, notes: Notes) -> None:
    notes.see(settings.NOTICES_QUEUE_URL, "NOTICES_QUEUE_URL names a queue.")
    notes.do("Looked at the queue, and at the notices that came from it.")
    waiting = waiting_messages(settings.NOTICES_QUEUE_URL)
    notes.see(True, f"The queue can be read; about {waiting} messages wait.")
    since = timezone.now() - _LATELY
    came = Notice.objects.filter(received_at__gt=since).exclude(channel=Notice.Channel.LOOK)
    count = came.count()
    notes.see(count, f"{count} notices came in the last {_LATELY.days} days.")


DESCRIBED = Case(
    "product-code",
    "Product",
    "The product code is known, and each dimension has its meaning.",
    "checklist",
    _are_described,
)

_LIVE = [
    Case(
        "live-https",
        "Registration",
        "An HTTPS registration page takes AWS's POST.",
        "checklist",
        _has_https,
    ),
    Case(
        "live-role",
        "Access",
        "Cross-account roles are set up: calls are made as the account that published.",
        "checklist",
        _acts_as_the_seller,
    ),
    Case(
        "live-entitlements",
        "Billing",
        "Entitlements can be verified.",
        "checklist",
        _reads_entitlements,
    ),
    Case(
        "live-agreements",
        "Subscription",
        "Agreements can be looked up, so that a lost notice does no lasting harm.",
        "events",
        _reads_agreements,
    ),
    Case(
        "live-notices",
        "Product",
        "Notices are subscribed to, by EventBridge or SNS and a queue.",
        "checklist",
        _listens,
    ),
]


def live_cases(product: Product) -> list[Case]:
    """Return what can be looked at without buying, then what a person does with a test buyer."""
    looked = [case for case in _LIVE if product.has_entitlements or case.key != "live-entitlements"]
    bought = [
        replace(
            case, look=None, by_hand=f"With a test buyer of the limited listing: {case.by_hand}"
        )
        for case in (*registration.CASES, *life.CASES)
    ]
    return [DESCRIBED, *looked, *bought, *by_hand.CASES]


def simulated_cases() -> list[Case]:
    return [DESCRIBED, *registration.CASES, *life.CASES, *by_hand.CASES]
