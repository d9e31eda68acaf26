"""What the agreement and entitlement APIs of AWS Marketplace say of one agreement."""

from typing import Any

from adapters.aws import speaking_to
from adapters.marketplace_notices import Entitled
from adapters.seller import seller_client


def describe(agreement_id: str, *, role_arn: str = "") -> dict[str, Any]:
    """Return the facts of a `Told`, as far as AWS says them. Raises NotThere, TryLater, Refused."""
    with speaking_to("marketplace-agreement"):
        answer = seller_client("marketplace-agreement", role_arn=role_arn).describe_agreement(
            agreementId=agreement_id
        )
    return {
        "status": answer.get("status", ""),
        "offer_id": answer.get("proposalSummary", {}).get("offerId", ""),
        "initial_agreement_id": answer.get("initialAgreementId", ""),
        "accepted_at": answer.get("acceptanceTime"),
        "starts_at": answer.get("startTime"),
        "ends_at": answer.get("endTime"),
        "trial_ends_at": answer.get("freeTrialSummary", {}).get("trialEndTime"),
    }


def entitlements(
    product_code: str, filters: dict[str, str], *, license_id: str = "", role_arn: str = ""
) -> tuple[Entitled, ...]:
    """Return all that is entitled, page by page: a page may be empty and not the last one.

    With `license_id` only what that license gives: an account may have several.
    """
    asked = {"ProductCode": product_code, "Filter": {k: [v] for k, v in filters.items()}}
    found: list[Entitled] = []
    api = seller_client("marketplace-entitlement", role_arn=role_arn)
    while True:
        with speaking_to("marketplace-entitlement"):
            answer = api.get_entitlements(**asked)
        found += [
            _entitled(one)
            for one in answer.get("Entitlements", [])
            if license_id in one.get("LicenseArn", license_id)
        ]
        if not answer.get("NextToken"):
            return tuple(sorted(found, key=lambda one: one.dimension))
        asked["NextToken"] = answer["NextToken"]


def _entitled(one: dict[str, Any]) -> Entitled:
    value = next(iter(one.get("Value", {}).values()), "")
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return Entitled(one["Dimension"], text, one.get("ExpirationDate"))
