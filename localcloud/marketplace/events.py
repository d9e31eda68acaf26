"""What AWS Marketplace says on EventBridge, in the words of its seller guide.

https://docs.aws.amazon.com/marketplace/latest/userguide/notifications-eventbridge.html
"""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from localcloud.marketplace.agreements import Agreement
from localcloud.marketplace.terms import CURRENCY, value_of
from localcloud.place import ACCOUNT

PROPOSER, MANUFACTURER = "Proposer", "Manufacturer"
_SOURCE = "aws.agreement-marketplace"
_RESELLERS_LEAD = timedelta(days=30)


def event(
    kind: str, agreement: Agreement, *, at: datetime, role: str = "", **facts: Any
) -> dict[str, Any]:
    """Return the whole event. A kind that AWS has not is told with the parties alone.

    `facts` are put into the detail, over what would be there.
    """
    detail = _DETAILS.get(kind, _parties)(agreement, role, at)
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": f"{kind} - {role}" if role else kind,
        "source": _OTHER_SOURCES.get(kind, _SOURCE),
        "account": ACCOUNT,
        "time": iso(at),
        "region": "us-east-1",
        "resources": [] if kind in _WITHOUT_RESOURCES else [_resource(agreement)],
        "detail": {
            "requestId": str(uuid.uuid4()),
            "catalog": "AWSMarketplace",
            **detail,
            **facts,
        },
    }


def usual_role(kind: str, agreement: Agreement) -> str:
    """Return whose event comes of a direct sale, where we are both, or of a reseller's."""
    if kind in _WITHOUT_ROLE:
        return ""
    of_manufacturers = kind.startswith("License") or "Advisory" in kind
    return MANUFACTURER if of_manufacturers or agreement.reseller_account_id else PROPOSER


def iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _resource(agreement: Agreement) -> str:
    return f"arn:aws:aws-marketplace::aws:agreement:{agreement.id}"


def _parties(agreement: Agreement, role: str, at: datetime) -> dict[str, Any]:
    parties: dict[str, Any] = {
        "agreement": {"id": agreement.id},
        "acceptor": {"accountId": agreement.account_id},
        "proposer": {"accountId": agreement.reseller_account_id or ACCOUNT},
        "offer": {"id": agreement.offer_id},
    }
    if agreement.reseller_account_id:
        parties["resaleAuthorization"] = {"id": f"resaleauthz-{agreement.offer_id[-13:]}"}
    return parties


def _product(agreement: Agreement) -> dict[str, str]:
    return {"id": agreement.product.id, "title": agreement.product.title}


def _term(agreement: Agreement) -> dict[str, str]:
    ends = {"endTime": iso(agreement.ends_at)} if agreement.ends_at else {}
    return {"startTime": iso(agreement.starts_at), **ends}


def _created(agreement: Agreement, role: str, at: datetime) -> dict[str, Any]:
    """Neither license nor product code are in it; what came before is, for a renewal."""
    about = {
        "id": agreement.id,
        "intent": agreement.intent,
        "status": "ACTIVE",
        "acceptanceTime": iso(agreement.accepted_at),
        **_term(agreement),
    }
    detail = {**_parties(agreement, role, at), "agreement": about}
    if agreement.intent == "RENEW":
        about["previousAgreementId"] = agreement.previous_id
        detail["product"] = _product(agreement)
    return detail


def _amended(agreement: Agreement, role: str, at: datetime) -> dict[str, Any]:
    detail = _created(agreement, role, at)
    detail["agreement"]["intent"] = "AMEND"
    detail["agreement"].pop("previousAgreementId", None)
    if role == PROPOSER:
        detail["agreement"]["autoRenewalEnabled"] = agreement.auto_renews
        detail |= {"renewalSummary": _renewal(agreement), "product": _product(agreement)}
    return detail


def _renewal(agreement: Agreement) -> dict[str, Any]:
    locked = agreement.ends_at - _RESELLERS_LEAD if agreement.ends_at else None
    return {
        "lockoutStartTime": iso(locked) if locked else None,
        "disabledBy": None if agreement.auto_renews or locked is None else "ACCEPTOR",
    }


def _ended(agreement: Agreement, role: str, at: datetime) -> dict[str, Any]:
    about = {"id": agreement.id, "status": agreement.status}
    return {**_parties(agreement, role, at), "agreement": about}


def _license(agreement: Agreement, role: str, at: datetime) -> dict[str, Any]:
    """The license is printed without `arn:`, and in another layout than everywhere else."""
    arn = f"aws:license-manager:us-east-1:{agreement.account_id}:{agreement.license_id}"
    about = {"code": agreement.product.code, "id": agreement.product.id}
    return {**_parties(agreement, role, at), "product": about, "license": {"arn": arn}}


def _advisory(agreement: Agreement, at: datetime, when: str) -> dict[str, Any]:
    about = {"product": {"id": agreement.product.id}, "advisory": {when: iso(at)}}
    return {**_parties(agreement, MANUFACTURER, at), **about}


def _ending(agreement: Agreement, role: str, at: datetime) -> dict[str, Any]:
    left = (agreement.ends_at - at).days if agreement.ends_at else 30
    about = {
        "id": agreement.id,
        **_term(agreement),
        "status": agreement.status,
        "daysBeforeEndTime": next((days for days in (180, 120, 90, 60, 30) if days <= left), 30),
        "autoRenewalEnabled": agreement.auto_renews,
    }
    return {
        **_parties(agreement, role, at),
        "agreement": about,
        "renewalSummary": _renewal(agreement),
        "product": _product(agreement),
    }


def _renewing(agreement: Agreement, at: datetime, **more: Any) -> dict[str, Any]:
    detail = _parties(agreement, PROPOSER, at)
    del detail["offer"]
    value = {"tcv": value_of(agreement), "currency": CURRENCY}
    about = {"id": agreement.id, **_term(agreement)}
    summary = {**value, **more}
    return {
        **detail,
        "agreement": about,
        "product": _product(agreement),
        "renewalSummary": summary,
    }


def _finalized(agreement: Agreement, role: str, at: datetime) -> dict[str, Any]:
    locked = _renewal(agreement)["lockoutStartTime"]
    more = {"termsFinalizedTime": iso(at), "lockoutReached": False, "lockoutStartTime": locked}
    return _renewing(agreement, at, **more)


def _cancelling(status: str) -> Callable[[Agreement, str, datetime], dict[str, Any]]:
    def detail(agreement: Agreement, role: str, at: datetime) -> dict[str, Any]:
        about = {
            "id": agreement.id,
            "acceptorId": agreement.account_id,
            "productId": agreement.product.id,
            "offerId": agreement.offer_id,
        }
        request = {
            "id": f"acr-{agreement.id[-13:]}",
            "reasonCode": "INCORRECT_TERMS_ACCEPTED",
            "reasonMessage": "",
            "statusCode": status,
            "statusMessage": "",
            "createdAt": iso(at),
            "updatedAt": iso(at),
        }
        return {"agreement": about, "agreementCancellationRequest": request}

    return detail


def _adjusted(agreement: Agreement, role: str, at: datetime) -> dict[str, Any]:
    request = {
        "id": f"ba-{agreement.id[-13:]}",
        "adjustmentAmount": "-100.00",
        "currencyCode": CURRENCY,
        "adjustmentReasonCode": "INCORRECT_TERMS_ACCEPTED",
    }
    return {
        "agreement": {"id": agreement.id},
        "billingAdjustmentRequest": request,
        "invoice": {"originalInvoiceId": "2028746221"},
    }


def _offer(agreement: Agreement, role: str, at: datetime) -> dict[str, Any]:
    return {"offer": {"id": agreement.offer_id}, "product": _product(agreement)}


_CANCELLATION = "Agreement Cancellation Request"
_ADJUSTMENT = "Purchase Agreement Billing Adjustment"

_DETAILS: dict[str, Callable[[Agreement, str, datetime], dict[str, Any]]] = {
    "Purchase Agreement Created": _created,
    "Purchase Agreement Amended": _amended,
    "Purchase Agreement Ended": _ended,
    "License Updated": _license,
    "License Deprovisioned": _license,
    "Purchase Agreement Advisory Issued": lambda one, _, at: _advisory(one, at, "issuedAt"),
    "Purchase Agreement Advisory Resolved": lambda one, _, at: _advisory(one, at, "resolvedAt"),
    "Purchase Agreement Ending": _ending,
    "Purchase Agreement Renewal Upcoming": lambda one, _, at: _renewing(
        one, at, lockoutReached=True
    ),
    "Purchase Agreement Renewal Terms Finalized": _finalized,
    f"{_CANCELLATION} Pending Approval": _cancelling("PENDING_APPROVAL"),
    f"{_CANCELLATION} Approved": _cancelling("APPROVED"),
    f"{_CANCELLATION} Rejected": _cancelling("REJECTED"),
    f"{_CANCELLATION} Cancelled": _cancelling("CANCELLED"),
    f"{_CANCELLATION} Validation Failed": _cancelling("VALIDATION_FAILED"),
    f"{_ADJUSTMENT} Completed": _adjusted,
    f"{_ADJUSTMENT} Failed": _adjusted,
    # AWS prints no body of these three anywhere.
    "Spend Threshold Reached": _parties,
    "Spend Threshold Vet Succeeded": _parties,
    "Spend Threshold Vet Failed": _parties,
    "Offer Released": _offer,
    "Disbursement Paused": lambda one, role, at: {},
}

EVENT_KINDS = tuple(_DETAILS)

_OTHER_SOURCES = {
    "Offer Released": "aws.marketplacecatalog",
    "Disbursement Paused": "aws.marketplace",
}
_WITHOUT_ROLE = {*_OTHER_SOURCES, *(kind for kind in EVENT_KINDS if kind.startswith("Spend"))}
_WITHOUT_RESOURCES = {
    *_OTHER_SOURCES,
    *(kind for kind in EVENT_KINDS if kind.startswith((_CANCELLATION, _ADJUSTMENT))),
}
