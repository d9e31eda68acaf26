"""One purchase of one buyer account, as AWS keeps it."""

import secrets
import string
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from localcloud.marketplace.products import Product

# Usage of the last hours is taken for this long after the end.
# https://docs.aws.amazon.com/marketplace/latest/userguide/saas-product-customer-setup.html
FINAL_USAGE = timedelta(hours=1)

_SMALL = string.ascii_lowercase + string.digits
_LARGE = string.ascii_uppercase + string.digits


@dataclass
class Agreement:
    """`license_id` and `customer_identifier`: a product of either model gives only one of them."""

    product: Product
    account_id: str
    accepted_at: datetime
    starts_at: datetime
    ends_at: datetime | None
    dimensions: dict[str, int]
    intent: str = "NEW"
    previous_id: str = ""
    initial_id: str = ""
    customer_identifier: str = ""
    license_id: str = ""
    trial_ends_at: datetime | None = None
    auto_renews: bool = False
    is_private: bool = False
    reseller_account_id: str = ""
    id: str = field(default_factory=lambda: new_agreement_id())
    offer_id: str = field(default_factory=lambda: new_offer_id())
    status: str = "ACTIVE"
    updated_at: datetime | None = None
    ended_at: datetime | None = None
    # When a legacy customer is told to be gone for good.
    closes_at: datetime | None = None
    advisory_since: datetime | None = None

    def __post_init__(self) -> None:
        self.initial_id = self.initial_id or self.id
        self.updated_at = self.updated_at or self.accepted_at

    @property
    def is_active(self) -> bool:
        return self.status == "ACTIVE"

    @property
    def license_arn(self) -> str:
        """As ResolveCustomer and the other APIs give it; events print it otherwise."""
        if not self.license_id:
            return ""
        return f"arn:aws:license-manager::{self.account_id}:license/{self.license_id}"

    def is_entitled(self, now: datetime) -> bool:
        return self.is_active and self.starts_at <= now

    def takes_usage(self, now: datetime) -> bool:
        """Whether usage can still be reported: while it lasts, and for the hour after its end."""
        if self.ended_at is None:
            return self.starts_at <= now
        return now < self.ended_at + FINAL_USAGE


def new_agreement_id() -> str:
    return f"agmt-{_random(_SMALL, 25)}"


def new_offer_id() -> str:
    return f"offer-{_random(_SMALL, 13)}"


def new_license_id() -> str:
    return f"l-{secrets.token_hex(16)}"


def new_customer_identifier() -> str:
    return _random(_LARGE, 11)


def new_account_id() -> str:
    return str(secrets.randbelow(9 * 10**11) + 10**11)


def _random(letters: str, length: int) -> str:
    return "".join(secrets.choice(letters) for _ in range(length))
