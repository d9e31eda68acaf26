"""What AWS Marketplace says of legacy products: SNS messages, as SQS hands them on.

https://docs.aws.amazon.com/marketplace/latest/userguide/saas-notification.html
"""

import json
import secrets
import uuid
from datetime import datetime
from typing import Any

from localcloud.marketplace.agreements import Agreement

ENTITLEMENT_UPDATED = "entitlement-updated"
TOPIC_ACTIONS = (
    "subscribe-success",
    "subscribe-fail",
    "unsubscribe-pending",
    "unsubscribe-success",
    ENTITLEMENT_UPDATED,
)
# AWS's own account.
_OWNER = "287250355862"


def message(action: str, agreement: Agreement, *, at: datetime, **facts: Any) -> dict[str, Any]:
    """Return the envelope with the message in it, as text."""
    topic = "entitlement" if action == ENTITLEMENT_UPDATED else "subscription"
    code = agreement.product.code
    return {
        "Type": "Notification",
        "MessageId": str(uuid.uuid4()),
        "TopicArn": f"arn:aws:sns:us-east-1:{_OWNER}:aws-mp-{topic}-notification-{code}",
        "Message": json.dumps({**_said(action, agreement), **facts}),
        "Timestamp": at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}Z",
        "SignatureVersion": "1",
        # SQS needs no signature to be checked: nobody but SNS may write to the queue.
        "Signature": secrets.token_urlsafe(32),
        "SigningCertURL": "https://sns.us-east-1.amazonaws.com/SimpleNotificationService.pem",
        "UnsubscribeURL": "https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe",
    }


def _said(action: str, agreement: Agreement) -> dict[str, str]:
    said = {
        "action": action,
        "customer-identifier": agreement.customer_identifier,
        "product-code": agreement.product.code,
    }
    if action == ENTITLEMENT_UPDATED:
        return said
    # The flag is a word, not a truth value.
    trial = "true" if agreement.trial_ends_at else "false"
    return {**said, "offer-identifier": agreement.offer_id, "isFreeTrialTermPresent": trial}
