"""Says whether a code is good now, as the sign-up page does. Changes nothing.

Event:  {"code": "AUTUMN-7KQ2-9XWM-3HTRC", "email": "alice@example.com"}; the address if it is
        known, because a campaign may be for some domains only.
Answer: {"valid": true, "reason": null, "tier": "pro", "campaign": "5f3a…", "until": "2026-12-31…"}
        or {"valid": false, "reason": "expired", "tier": null, "campaign": null, "until": null}.

`campaign` is its public id; `until` is null for a code that nothing ends. The reasons are those
that the person may learn, the same ones as on the sign-up page: docs/functions.md lists them.
"""

from datetime import UTC, datetime
from typing import Any

from adapters.clock import timestamp
from campaigns.eligibility import Customer
from campaigns.redemptions import Answer, check_code
from functions.direct import Event, door, read_email, read_fields


@door
def handler(event: Event, context: object) -> dict[str, Any]:
    fields = read_fields(event, needs={"code": str}, may_have={"email": str})
    customer = Customer(read_email(fields["email"])) if fields.get("email") else None
    return _told(check_code(fields["code"], now=datetime.now(UTC), customer=customer))


def _told(answer: Answer) -> dict[str, Any]:
    gate = answer.gate
    return {
        "valid": answer.refusal is None,
        "reason": answer.refusal.public_reason if answer.refusal else None,
        "tier": gate.tier if gate else None,
        "campaign": gate.campaign if gate else None,
        "until": timestamp(answer.until) if answer.until else None,
    }
