"""Whether AWS Marketplace answers us as the seller of a listing: questions that change nothing."""

from adapters import agreements
from adapters.aws import speaking_to
from adapters.marketplace import TokenUnknown, resolve_customer
from adapters.seller import seller_client


def takes_us_for_the_seller(*, role_arn: str = "") -> bool:
    """Ask about a token that nobody was given: a seller is told so, anybody else is refused.

    Raises TryLater or Refused.
    """
    try:
        resolve_customer("gatehouse-checklist-no-such-token", role_arn=role_arn)
    except TokenUnknown:
        return True
    return False


def count_entitlements(product_code: str, *, role_arn: str = "") -> int:
    """Return how many entitlements are on the first page. Raises TryLater or Refused."""
    with speaking_to("marketplace-entitlement"):
        answer = seller_client("marketplace-entitlement", role_arn=role_arn).get_entitlements(
            ProductCode=product_code
        )
    return len(answer.get("Entitlements", []))


def count_agreements(product_id: str, *, role_arn: str = "") -> int:
    """Return how many agreements are on the first page. Raises TryLater or Refused."""
    return len(next(agreements.search(product_id, role_arn=role_arn)))
