"""What AWS Marketplace tells, in our words: events of EventBridge, and SNS for legacy products.

https://docs.aws.amazon.com/marketplace/latest/userguide/notifications-eventbridge.html
https://docs.aws.amazon.com/marketplace/latest/userguide/saas-notification.html
"""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any


class Unreadable(Exception):
    """A body that is neither an event nor a message of SNS. The sentence quotes nothing of it."""


class Kind(StrEnum):
    """The kinds that change something. `NOTED` ones are known, and change nothing."""

    CREATED = "Purchase Agreement Created"
    AMENDED = "Purchase Agreement Amended"
    ENDED = "Purchase Agreement Ended"
    LICENSE_UPDATED = "License Updated"
    DEPROVISIONED = "License Deprovisioned"
    ADVISORY_ISSUED = "Purchase Agreement Advisory Issued"
    ADVISORY_RESOLVED = "Purchase Agreement Advisory Resolved"
    SUBSCRIBED = "subscribe-success"
    NOT_SUBSCRIBED = "subscribe-fail"
    UNSUBSCRIBING = "unsubscribe-pending"
    UNSUBSCRIBED = "unsubscribe-success"
    ENTITLED = "entitlement-updated"
    LOOKED = "look"


_CANCELLATION, _ADJUSTMENT = "Agreement Cancellation Request", "Billing Adjustment"
NOTED = frozenset(
    {
        "Purchase Agreement Ending",
        *(f"{name}Renewal Upcoming" for name in ("", "Purchase Agreement ")),
        *(f"{name}Renewal Terms Finalized" for name in ("", "Purchase Agreement ")),
        *(f"{_CANCELLATION} {end}" for end in ("Pending Approval", "Approved", "Rejected")),
        *(f"{_CANCELLATION} {end}" for end in ("Cancelled", "Validation Failed")),
        *(f"Purchase Agreement {_ADJUSTMENT} {end}" for end in ("Completed", "Failed")),
    }
)
_KNOWN = NOTED | set(Kind) - {Kind.LOOKED}
# AWS tells each party by an event of its own, with the party's role at the end.
_ROLE = re.compile(r" - (Proposer|Manufacturer|Acceptor)$")
_LICENSE_ID = re.compile(r"\bl-[0-9a-zA-Z]+")
_LONGEST_WORD, _LONGEST_NAME = 64, 255


@dataclass(frozen=True)
class Names:
    """By what an agreement is known. What a notice does not say is empty."""

    agreement_id: str = ""
    license_id: str = ""
    license_arn: str = ""
    product_code: str = ""
    product_id: str = ""
    account_id: str = ""
    customer_identifier: str = ""

    @property
    def names_an_agreement(self) -> bool:
        return bool(
            self.agreement_id
            or self.license_id
            or (self.product_code and (self.customer_identifier or self.account_id))
        )


@dataclass(frozen=True)
class Entitled:
    dimension: str
    value: str
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Told:
    """What one notice says. Two that say the same are equal, whoever of us AWS told.

    `entitlements` is None where nobody asked, and empty where there are none.
    """

    kind: str
    occurred_at: datetime | None
    names: Names = Names()
    intent: str = ""
    status: str = ""
    offer_id: str = ""
    previous_agreement_id: str = ""
    initial_agreement_id: str = ""
    accepted_at: datetime | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    trial_ends_at: datetime | None = None
    auto_renews: bool | None = None
    entitlements: tuple[Entitled, ...] | None = None

    @property
    def is_known(self) -> bool:
        return self.kind in _KNOWN or self.kind == Kind.LOOKED


@dataclass(frozen=True)
class Read:
    """A notice that could be read: how it came, under which id, and what it tells."""

    channel: str
    message_id: str
    told: Told


def read_notice(body: str) -> Read:
    """Raises Unreadable, and never anything else. A kind that is new to us is a value."""
    found = _object(body)
    if isinstance(found.get("Message"), str):
        return _of_sns(found, _object(found["Message"]))
    if isinstance(found.get("action"), str):
        return _of_sns({"MessageId": "", "Timestamp": None}, found, body)
    if isinstance(found.get("detail-type"), str) and isinstance(found.get("detail"), dict):
        return _of_eventbridge(found, body)
    raise Unreadable("neither an event nor a message of SNS")


def license_id_of(arn: str) -> str:
    """Return the part l-… of a license's ARN: it is the same in both layouts of AWS."""
    found = _LICENSE_ID.search(arn)
    return found.group()[:_LONGEST_WORD] if found else ""


def digest_of(body: str) -> str:
    return hashlib.sha256(body.encode(errors="replace")).hexdigest()


def _of_eventbridge(event: dict[str, Any], body: str) -> Read:
    detail = event["detail"]
    agreement, product = _part(detail, "agreement"), _part(detail, "product")
    names = Names(
        agreement_id=_word(agreement, "id"),
        license_id=license_id_of(_word(_part(detail, "license"), "arn", _LONGEST_NAME)),
        product_code=_word(product, "code", _LONGEST_NAME),
        product_id=_word(product, "id"),
        account_id=_word(_part(detail, "acceptor"), "accountId", 20),
    )
    told = Told(
        kind=_ROLE.sub("", event["detail-type"].strip())[:60],
        occurred_at=_moment(event.get("time")),
        names=names,
        intent=_word(agreement, "intent", 12),
        status=_word(agreement, "status", 40),
        offer_id=_word(_part(detail, "offer"), "id"),
        previous_agreement_id=_word(agreement, "previousAgreementId"),
        accepted_at=_moment(agreement.get("acceptanceTime")),
        starts_at=_moment(agreement.get("startTime")),
        ends_at=_moment(agreement.get("endTime")),
        auto_renews=_truth(agreement.get("autoRenewalEnabled")),
    )
    return Read("eventbridge", _word(event, "id", 80) or digest_of(body), told)


def _of_sns(envelope: dict[str, Any], message: dict[str, Any], body: str = "") -> Read:
    if not isinstance(message.get("action"), str):
        raise Unreadable("a message of SNS that names no action")
    told = Told(
        kind=message["action"][:60],
        occurred_at=_moment(envelope.get("Timestamp")),
        names=Names(
            product_code=_word(message, "product-code", _LONGEST_NAME),
            customer_identifier=_word(message, "customer-identifier", _LONGEST_NAME),
        ),
        offer_id=_word(message, "offer-identifier"),
    )
    message_id = _word(envelope, "MessageId", 80)
    return Read("sns", message_id or digest_of(body or json.dumps(message)), told)


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable("not JSON") from error
    if not isinstance(found, dict):
        raise Unreadable("JSON, but no object")
    return found


def _part(thing: dict[str, Any], name: str) -> dict[str, Any]:
    part = thing.get(name)
    return part if isinstance(part, dict) else {}


def _word(thing: dict[str, Any], name: str, longest: int = _LONGEST_WORD) -> str:
    """Return the word, or nothing where it is none that a row can hold."""
    word = thing.get(name)
    is_word = isinstance(word, str) and len(word) <= longest and word.isprintable()
    return str(word).strip() if is_word else ""


def _moment(text: Any) -> datetime | None:
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _truth(value: Any) -> bool | None:
    """AWS writes some truths as words."""
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.casefold())
    return value if isinstance(value, bool) else None
