"""SearchAgreements, DescribeAgreement and GetAgreementTerms, as their proposer sees them.

https://docs.aws.amazon.com/marketplace/latest/APIReference/API_marketplace-agreements_Operations.html
"""

from typing import Any

from localcloud.marketplace.agreement_filters import checked_filters, fits, in_order
from localcloud.marketplace.agreements import Agreement
from localcloud.marketplace.paging import TokenUnknown, page_of
from localcloud.marketplace.refusals import Refused
from localcloud.marketplace.terms import CURRENCY, terms_of, value_of
from localcloud.marketplace.world import World
from localcloud.place import ACCOUNT

_MOST = 50


def search_agreements(world: World, request: dict[str, Any]) -> dict[str, Any]:
    filters = checked_filters(request.get("filters", []))
    side = "proposer" if filters["PartyType"] == "Proposer" else "acceptor"
    found = [_summary(one) for one in world.agreements.values()]
    found = [one for one in found if one[side]["accountId"] == ACCOUNT]
    found = [one for one in found if fits(one, filters)]
    page, following = _page(in_order(found, request.get("sort", {})), request)
    return {"agreementViewSummaries": page, "nextToken": following}


def describe_agreement(world: World, request: dict[str, Any]) -> dict[str, Any]:
    agreement = _found(world, request)
    charges = {"currencyCode": CURRENCY, "agreementValue": value_of(agreement)}
    trial = {"trialEndTime": agreement.trial_ends_at} if agreement.trial_ends_at else None
    return {
        **_both(agreement),
        "estimatedCharges": charges,
        "endTimeBehavior": _behaviour(agreement),
        "freeTrialSummary": trial,
    }


def get_agreement_terms(world: World, request: dict[str, Any]) -> dict[str, Any]:
    page, following = _page(terms_of(_found(world, request)), request)
    return {"acceptedTerms": page, "nextToken": following}


def _found(world: World, request: dict[str, Any]) -> Agreement:
    agreement_id = request["agreementId"]
    if agreement_id not in world.agreements:
        raise Refused(
            "ResourceNotFoundException",
            f"Agreement {agreement_id} does not exist.",
            resourceId=agreement_id,
            resourceType="Agreement",
        )
    return world.agreements[agreement_id]


def _page(items: list[Any], request: dict[str, Any]) -> tuple[list[Any], str | None]:
    size, token = request.get("maxResults", _MOST), request.get("nextToken")
    try:
        return page_of(items, request, size=size, token=token)
    except TokenUnknown as error:
        fields = [{"name": "nextToken", "message": "The token is not valid."}]
        raise Refused(
            "ValidationException",
            "The token is not valid.",
            reason="INVALID_NEXT_TOKEN",
            fields=fields,
        ) from error


def _both(agreement: Agreement) -> dict[str, Any]:
    """What a summary and a description have in common."""
    proposal = {
        "resources": [{"id": agreement.product.id, "type": "SaaSProduct"}],
        "offerId": agreement.offer_id,
        "offerSetId": f"offerset-{agreement.offer_id[6:]}" if agreement.is_private else None,
    }
    return {
        "agreementId": agreement.id,
        "agreementType": "PurchaseAgreement",
        "acceptanceTime": agreement.accepted_at,
        "startTime": agreement.starts_at,
        "endTime": agreement.ends_at,
        "acceptor": {"accountId": agreement.account_id},
        "proposer": {"accountId": agreement.reseller_account_id or ACCOUNT},
        "proposalSummary": proposal,
        "status": agreement.status,
        "initialAgreementId": agreement.initial_id,
    }


def _summary(agreement: Agreement) -> dict[str, Any]:
    behaviour = _behaviour(agreement) or {}
    arn = agreement.license_arn
    return {
        **_both(agreement),
        "lastUpdateTime": agreement.updated_at,
        "entitlements": [{"licenseArn": arn}] if arn else None,
        "endTimeBehaviorType": behaviour.get("type"),
        "endTimeBehaviorReasonCode": behaviour.get("reasonCode"),
        "freeTrialEndTime": agreement.trial_ends_at,
        "includesContactOfType": ["ACCEPTOR"],
    }


def _behaviour(agreement: Agreement) -> dict[str, Any] | None:
    """What happens at the end: only of an agreement that lasts and has an end."""
    if not agreement.is_active or agreement.ends_at is None:
        return None
    if agreement.auto_renews:
        return {"type": "RENEW", "renewalSummary": {"offerId": agreement.offer_id}}
    has_terms = not agreement.is_private and not agreement.trial_ends_at
    reason = "ACCEPTOR_RENEW_OPTED_OUT" if has_terms else "NO_RENEWAL_TERM"
    return {"type": "EXPIRE", "reasonCode": reason}
