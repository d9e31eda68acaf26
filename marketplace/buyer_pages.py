"""What the pages that buyers see have in common, and what they say of an agreement."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from adapters.definitions import definition
from backoffice.request_ids import current_request_id
from marketplace.models import Agreement, AgreementSearch
from marketplace.products import ProductUnknown, product_of
from marketplace.tiers import tier_of

# Where a buyer finds what they bought, "Set up your account" beside it.
SUBSCRIPTIONS = "https://console.aws.amazon.com/marketplace/home#/subscriptions"


@dataclass(frozen=True)
class Bought:
    """An agreement in the words of its buyer. `plan` is empty while AWS has not said."""

    title: str
    plan: str
    account: str


def frame() -> dict[str, Any]:
    return {
        "support": settings.SUPPORT_ADDRESS,
        "subscriptions": SUBSCRIPTIONS,
        "request_id": current_request_id.get(),
    }


def bought_of(agreement: Agreement) -> Bought:
    tier = tier_of(agreement)
    return Bought(
        title=title_of(agreement),
        plan=str(definition("tiers")[tier]["label"]) if tier else "",
        account=f"•••• {agreement.account_id[-4:]}" if agreement.account_id else "",
    )


def title_of(agreement: Agreement | AgreementSearch) -> str:
    try:
        return product_of(agreement.product_code).title
    except ProductUnknown:
        return _("A product that is no longer offered")
