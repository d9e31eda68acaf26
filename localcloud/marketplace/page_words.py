"""What the simulator's pages call things: agreements, notices, and what can be done with them."""

import json
from datetime import UTC, datetime
from typing import Any

from localcloud.marketplace.agreements import Agreement
from localcloud.marketplace.notices import Notice
from localcloud.marketplace.products import Product

_PRICING = {
    "contract": "Contract, paid in advance",
    "subscription": "Subscription, pay as you go",
    "contract_with_consumption": "Contract with consumption",
}
_MODELS = {"concurrent": "Concurrent Agreements (EventBridge)", "legacy": "legacy (SNS)"}

# What a page says after a form was done, by the word in its address.
DONE = {
    "bought": "Bought. The buyer's next step is below.",
    "upgrade": "Upgraded within the same agreement.",
    "renew": "Renewed: this is the agreement that follows.",
    "replace": "Replaced: this is the agreement that took the other's place.",
    "cancel": "Cancelled by the buyer.",
    "expire": "Expired: nothing follows.",
    "terminate": "Terminated by AWS.",
    "advise": "AWS has issued an advisory.",
    "resolve_advisory": "The advisory is resolved.",
    "suspend": "The buyer's account is suspended. No notice says so.",
    "reinstate": "The buyer's account works again.",
    "clock": "The clock was moved.",
    "once": "Sent.",
    "twice": "Sent twice.",
    "again": "Sent again.",
    "late": "It is sent when an hour has gone by here: move the clock, or send it.",
    "never": "Lost on its way. It can still be sent.",
    "wait": "It waits until you send it.",
    "hold": "New notices wait from now on.",
    "flow": "New notices are sent at once from now on.",
    "send": "All that waited were sent.",
    "reverse": "All that waited were sent, the last first.",
    "say": "The notice is made: it is the first of the list.",
    "fault": "The fault waits for its call.",
    "removed": "The fault is taken back.",
    "cleared": "Everything is forgotten.",
}


def pricing(product: Product) -> str:
    return _PRICING[product.pricing]


def model(product: Product) -> str:
    return _MODELS[product.model]


def moment(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def readable(what: Any) -> str:
    """Return a request, an answer or a body as indented JSON; as it is where it is none."""
    if isinstance(what, str):
        try:
            what = json.loads(what)
        except ValueError:
            return str(what)
    return json.dumps(what, indent=2, default=str, ensure_ascii=False)


def facts_of(agreement: Agreement, *, is_suspended: bool) -> list[tuple[str, str]]:
    """Return what is worth seeing of an agreement, and nothing that is empty."""
    facts = [
        (
            "Status",
            agreement.status.capitalize() + (", advisory" if _is_advised(agreement) else ""),
        ),
        ("Buyer's account", agreement.account_id + (", suspended" if is_suspended else "")),
        ("Product code", agreement.product.code),
        ("Bought", ", ".join(f"{count} × {name}" for name, count in agreement.dimensions.items())),
        ("License", agreement.license_arn),
        ("Customer identifier", agreement.customer_identifier),
        ("Offer", agreement.offer_id + (", private" if agreement.is_private else "")),
        ("Reseller's account", agreement.reseller_account_id),
        ("Took the place of", agreement.previous_id),
        ("Began", moment(agreement.starts_at)),
        ("Ends", _moment_or_nothing(agreement.ends_at)),
        ("Free trial until", _moment_or_nothing(agreement.trial_ends_at)),
        ("Renews by itself", "Yes" if agreement.auto_renews else ""),
        ("Ended", _moment_or_nothing(agreement.ended_at)),
    ]
    return [(label, value) for label, value in facts if value]


def ways_of(notice: Notice) -> list[tuple[str, str]]:
    """Return what can be done with a notice, as the words of the buttons."""
    if notice.is_waiting:
        return [
            ("once", "Send"),
            ("twice", "Send twice"),
            ("late", "An hour later"),
            ("never", "Never"),
        ]
    if notice.is_dropped:
        return [("once", "Send it after all")]
    return [("again", "Send again"), ("twice", "Twice more")]


def waiting_for(notice: Notice) -> str:
    if notice.is_held or notice.due_at is None:
        return "Waits to be sent"
    return f"Waits until {moment(notice.due_at)}"


def verbs_for(agreement: Agreement, *, is_suspended: bool) -> list[tuple[str, str]]:
    """Return what can happen to it now, as the words of the buttons."""
    verbs = []
    if agreement.is_active:
        verbs += [
            ("cancel", "The buyer cancels"),
            ("expire", "It expires"),
            ("terminate", "AWS terminates it"),
        ]
    if _is_advised(agreement):
        verbs.append(("resolve_advisory", "AWS resolves the advisory"))
    else:
        verbs.append(("advise", "AWS issues an advisory"))
    if is_suspended:
        return [*verbs, ("reinstate", "AWS reinstates the account")]
    return [*verbs, ("suspend", "AWS suspends the account")]


def _is_advised(agreement: Agreement) -> bool:
    return agreement.advisory_since is not None


def _moment_or_nothing(when: datetime | None) -> str:
    return moment(when) if when else ""
