"""Bodies of notices as EventBridge and SNS print them, one second after another."""

import json
import uuid
from datetime import UTC, datetime, timedelta

ACCOUNT = "845735284135"
CONTRACT = {"code": "3ca8p4contracttiers0000001", "id": "prod-contract000001"}
SUBSCRIPTION = {"code": "3ca8p4subscription00000002", "id": "prod-subscription02"}
LEGACY = "legacysubscription000005"
BEGIN = datetime(2026, 11, 1, 12, tzinfo=UTC)


def moment(second):
    return (BEGIN + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%SZ")


def event(kind, second, agreement="agmt-1", *, role="Proposer", product=SUBSCRIPTION, **detail):
    about = {"id": agreement, **detail.pop("about", {})}
    if kind.startswith("License"):
        arn = f"aws:license-manager:us-east-1:{ACCOUNT}:l-{agreement.encode().hex()}"
        detail |= {"license": {"arn": arn}, "product": product}
    return json.dumps(
        {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": f"{kind} - {role}",
            "source": "aws.agreement-marketplace",
            "time": moment(second),
            "detail": {"agreement": about, "acceptor": {"accountId": ACCOUNT}, **detail},
        }
    )


def created(second=0, agreement="agmt-1", intent="NEW", **about):
    facts = {"intent": intent, "status": "ACTIVE", "acceptanceTime": moment(second)}
    facts["startTime"] = moment(second)
    return event("Purchase Agreement Created", second, agreement, about={**facts, **about})


def licensed(second=1, agreement="agmt-1", **more):
    return event("License Updated", second, agreement, role="Manufacturer", **more)


def ended(second=9, agreement="agmt-1", status="CANCELLED"):
    return event("Purchase Agreement Ended", second, agreement, about={"status": status})


def deprovisioned(second=10, agreement="agmt-1"):
    return event("License Deprovisioned", second, agreement, role="Manufacturer")


def amended(second=5, agreement="agmt-1"):
    about = {"intent": "AMEND", "autoRenewalEnabled": True, "endTime": moment(9_999_999)}
    return event("Purchase Agreement Amended", second, agreement, about=about)


def advised(second=3, agreement="agmt-1", what="Issued"):
    return event(f"Purchase Agreement Advisory {what}", second, agreement)


def sns(action, second, product=LEGACY, customer="X01"):
    said = {"action": action, "customer-identifier": customer, "product-code": product}
    said |= {"isFreeTrialTermPresent": "false"} if "subscribe" in action else {}
    envelope = {"Type": "Notification", "MessageId": str(uuid.uuid4()), "Message": json.dumps(said)}
    return json.dumps({**envelope, "Timestamp": moment(second).replace("Z", ".000Z")})


HISTORIES = {
    "bought and cancelled": [created(), licensed(), amended(), ended(), deprovisioned()],
    "an advisory comes and goes": [
        *(created(), licensed(), advised(3), advised(4, what="Resolved"), advised(6)),
    ],
    "renewed": [
        *(created(), licensed(), ended(9, status="RENEWED")),
        created(9, "agmt-2", "RENEW", previousAgreementId="agmt-1"),
        licensed(10, "agmt-2"),
    ],
    "replaced, and nobody says by what": [
        *(created(), licensed(), ended(9, status="REPLACED")),
        *(created(9, "agmt-2", "REPLACE"), licensed(10, "agmt-2")),
    ],
    "an end that is new to us": [created(), licensed(), ended(8, status="VAPORISED")],
    "cancelled and bought again": [
        *(created(), licensed(), ended(), created(9, "agmt-2"), licensed(10, "agmt-2")),
    ],
    "legacy, left and back": [
        *(sns("subscribe-success", 0), sns("unsubscribe-pending", 5)),
        *(sns("unsubscribe-success", 6), sns("subscribe-success", 7)),
    ],
    "legacy, gone": [
        *(sns("subscribe-fail", 0), sns("subscribe-success", 1), sns("entitlement-updated", 2)),
        *(sns("unsubscribe-pending", 5), sns("unsubscribe-success", 6)),
    ],
}
