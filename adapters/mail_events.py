"""What SES tells of a mail that it took, in our words: one `Told` for each recipient.

https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html (the older shape)
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parseaddr
from enum import StrEnum
from typing import Any


class Unreadable(Exception):
    """A body that is no event of SES. The sentence quotes nothing of it."""


class Kind(StrEnum):
    """What may become of a mail. `NOTED` is what SES says of itself and not of a mail."""

    DELIVERED = "delivered"
    DELAYED = "delayed"
    BOUNCED = "bounced"
    SOFT_BOUNCED = "soft"
    COMPLAINED = "complained"
    REJECTED = "rejected"
    SENT = "sent"
    NOTED = "noted"
    UNKNOWN = "unknown"


# The type of the event, the name of its own part, and of the list of recipients in it.
_PARTS = {
    "Bounce": ("bounce", "bouncedRecipients"),
    "Complaint": ("complaint", "complainedRecipients"),
    "Delivery": ("delivery", "recipients"),
    "DeliveryDelay": ("deliveryDelay", "delayedRecipients"),
    "Reject": ("reject", ""),
    "Rendering Failure": ("failure", ""),
    "Send": ("send", ""),
}
_KINDS = {
    "Complaint": Kind.COMPLAINED,
    "Delivery": Kind.DELIVERED,
    "DeliveryDelay": Kind.DELAYED,
    "Reject": Kind.REJECTED,
    "Rendering Failure": Kind.REJECTED,
    "Send": Kind.SENT,
}
# SES says once by each of these that it may speak to the topic.
_GREETINGS = ("Successfully validated SNS topic", "You have successfully subscribed")
_LONGEST = 80


@dataclass(frozen=True)
class Told:
    """What one event says of one recipient. `reason` is SES's own word, as `MailboxFull`.

    `said` are the other server's words: to be shown to staff, as text.
    """

    kind: Kind
    mail_id: str = ""
    recipient: str = ""
    reason: str = ""
    said: str = ""
    at: datetime | None = None
    digest: str = ""


def read_event(body: str) -> tuple[Told, ...]:
    """Raises Unreadable, and never anything else. A kind that is new to us is a value."""
    text = _unwrapped(body)
    if text.startswith(_GREETINGS):
        return (Told(Kind.NOTED, digest=digest_of(body)),)
    event = _object(text)
    name = event.get("eventType", event.get("notificationType"))
    if name == "AmazonSnsSubscriptionSucceeded":
        return (Told(Kind.NOTED, digest=digest_of(body)),)
    if not isinstance(name, str):
        raise Unreadable("JSON, but no event of SES")
    if name not in _PARTS:
        return (
            Told(Kind.UNKNOWN, _mail_id(event), reason=name[:_LONGEST], digest=digest_of(text)),
        )
    told = tuple(_told(name, event))
    if not told:
        raise Unreadable("an event of SES that names no recipient")
    return told


def digest_of(body: str) -> str:
    return hashlib.sha256(body.encode(errors="replace")).hexdigest()


def _told(name: str, event: dict[str, Any]) -> Iterator[Told]:
    """A copy of an event has the digest of the first one, by whatever way it came."""
    part_name, list_name = _PARTS[name]
    part, mail = _part(event, part_name), _part(event, "mail")
    if not _mail_id(event):
        raise Unreadable("an event of SES that names no mail")
    kind, reason = _meaning(name, part)
    for recipient, said in _recipients(part, list_name) or _recipients(mail, "destination"):
        yield Told(
            kind=kind,
            mail_id=_mail_id(event),
            recipient=recipient,
            reason=reason,
            said=said or _word(part, "diagnosticCode", 300) or _word(part, "errorMessage", 300),
            at=_moment(part.get("timestamp")) or _moment(mail.get("timestamp")),
            digest=digest_of("\n".join((_mail_id(event), kind, reason, recipient))),
        )


def _meaning(name: str, part: dict[str, Any]) -> tuple[Kind, str]:
    if name == "Bounce":
        is_final = _word(part, "bounceType") == "Permanent"
        reason = _word(part, "bounceSubType")
        return (Kind.BOUNCED if is_final else Kind.SOFT_BOUNCED), reason
    if name == "Complaint":
        feedback = _word(part, "complaintFeedbackType")
        # Somebody took the mail out of the folder of unwanted ones: praise, in a complaint's form.
        kind = Kind.NOTED if feedback == "not-spam" else Kind.COMPLAINED
        return kind, _word(part, "complaintSubType") or feedback
    return _KINDS[name], _word(part, "delayType") or _word(part, "reason")


def _recipients(part: dict[str, Any], name: str) -> list[tuple[str, str]]:
    """Return address and words of each: SES lists bare addresses in some events."""
    found = part.get(name)
    rows = [
        row if isinstance(row, dict) else {"emailAddress": row}
        for row in (found if isinstance(found, list) else ())
    ]
    pairs = [(_address(row), _word(row, "diagnosticCode", 300)) for row in rows]
    return [(address, said) for address, said in pairs if address]


def _address(row: dict[str, Any]) -> str:
    """SES repeats the address as the mail had it, a name beside it included."""
    return parseaddr(_word(row, "emailAddress", 320))[1].casefold()[:254]


def _unwrapped(body: str) -> str:
    """SNS puts the event into an envelope unless it is told to deliver it raw."""
    try:
        envelope = json.loads(body)
    except (ValueError, RecursionError):
        return body
    inner = envelope.get("Message") if isinstance(envelope, dict) else None
    return inner if isinstance(inner, str) else body


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable("not JSON") from error
    if not isinstance(found, dict):
        raise Unreadable("JSON, but no object")
    return found


def _mail_id(event: dict[str, Any]) -> str:
    return _word(_part(event, "mail"), "messageId")


def _part(thing: dict[str, Any], name: str) -> dict[str, Any]:
    part = thing.get(name)
    return part if isinstance(part, dict) else {}


def _word(thing: dict[str, Any], name: str, longest: int = _LONGEST) -> str:
    """Return the word with whatever a row cannot hold left out."""
    word = thing.get(name)
    if not isinstance(word, str):
        return ""
    clean = "".join(letter if letter.isprintable() else " " for letter in word)
    return " ".join(clean.encode(errors="replace").decode().split())[:longest]


def _moment(text: Any) -> datetime | None:
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
