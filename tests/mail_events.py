"""Bodies of events as SES publishes them through SNS."""

import json
from typing import Any

TOLD_AT = "2026-11-20T08:30:00.000Z"
PARTS = {
    "Bounce": "bounce",
    "Complaint": "complaint",
    "Delivery": "delivery",
    "DeliveryDelay": "deliveryDelay",
    "Reject": "reject",
    "Rendering Failure": "failure",
    "Send": "send",
}


def event(name: str, mail_id: str, to: str, *, shape: str = "eventType", **facts: Any) -> str:
    """Return the event bare, as SNS delivers it raw."""
    body = {
        shape: name,
        PARTS.get(name, name.lower()): {"timestamp": TOLD_AT, **facts},
        "mail": {"timestamp": TOLD_AT, "messageId": mail_id, "destination": [to]},
    }
    return json.dumps(body)


def bounce(
    mail_id: str, to: str, kind: str = "Permanent", reason: str = "General", **more: Any
) -> str:
    who = {"emailAddress": to, "diagnosticCode": "smtp; 550 5.1.1 user unknown"}
    facts = {"bounceType": kind, "bounceSubType": reason, "bouncedRecipients": [who]}
    return event("Bounce", mail_id, to, **facts | more)


def complaint(mail_id: str, to: str, feedback: str = "abuse", **more: Any) -> str:
    facts = {"complainedRecipients": [{"emailAddress": to}], "complaintFeedbackType": feedback}
    return event("Complaint", mail_id, to, **facts | more)


def delivery(mail_id: str, to: str, **more: Any) -> str:
    return event("Delivery", mail_id, to, **{"recipients": [to]} | more)


def delay(mail_id: str, to: str, reason: str = "MailboxFull", **more: Any) -> str:
    facts = {"delayType": reason, "delayedRecipients": [{"emailAddress": to}]}
    return event("DeliveryDelay", mail_id, to, **facts | more)


def enveloped(body: str) -> str:
    """Return it as SNS delivers it unless it is told to deliver raw."""
    return json.dumps({"Type": "Notification", "MessageId": "m-1", "Message": body})
