"""Spends a code for a customer, once and for all, or gives that use back.

Event:  {"code": …, "redeemed_by": "order-17", "email": "alice@example.com"}, and if they apply
        "marketplace_account": the AWS account of a Marketplace customer,
        "is_known": false for somebody who never was a customer. Left out they are taken for one,
        which matters to campaigns for new customers only.
Answer: {"redeemed": true, "reason": null, "campaign": …, "batch": …, "tier": …, "access_days": 30
        or null, "redeemed_at": "2026-11-21T08:00:00Z"} or {"redeemed": false, "reason": "used_up"}.

The same `redeemed_by` gets the first answer again, however often it asks: an invocation that was
delivered twice, or whose answer was lost, is safe to repeat. A campaign that wants addresses
confirmed first does not hold the code: whoever invokes this knows their customer.

With "release": true the use of this `redeemed_by` is given back, and of nobody else:
{"released": true, "reason": null}, or false if there is none. `email` is not needed then.
"""

from datetime import UTC, datetime
from typing import Any

from adapters.clock import timestamp
from campaigns import noted
from campaigns.eligibility import Customer
from campaigns.errors import CodeRefused
from functions.direct import BadEvent, Event, door, read_email, read_fields, read_id

NEEDS = {"code": str, "redeemed_by": str}
MAY_HAVE = {"email": str, "marketplace_account": str, "is_known": bool, "release": bool}


@door
def handler(event: Event, context: object) -> dict[str, Any]:
    fields = read_fields(event, needs=NEEDS, may_have=MAY_HAVE)
    done, work = ("released", _release) if fields.get("release") else ("redeemed", _redeem)
    try:
        return work(fields, read_id(fields, "redeemed_by"), datetime.now(UTC))
    except CodeRefused as refusal:
        return {done: False, "reason": refusal.public_reason}


def _redeem(fields: Event, redeemed_by: str, now: datetime) -> dict[str, Any]:
    if "email" not in fields:
        raise BadEvent('"email" is missing.')
    customer = Customer(
        read_email(fields["email"]),
        is_known=fields.get("is_known", True),
        marketplace_account=fields.get("marketplace_account", ""),
    )
    done = noted.redeem_noted(fields["code"], redeemed_by=redeemed_by, customer=customer, now=now)
    told = {name: getattr(done, name) for name in ("campaign", "batch", "tier", "access_days")}
    return {"redeemed": True, "reason": None, **told, "redeemed_at": timestamp(done.redeemed_at)}


def _release(fields: Event, redeemed_by: str, now: datetime) -> dict[str, Any]:
    released = noted.release_noted(fields["code"], redeemed_by=redeemed_by, now=now)
    return {"released": released, "reason": None}
