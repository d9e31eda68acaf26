"""What happens to a subscription after it was bought, told by notices in whatever order."""

import json

from marketplace.checklist.buyer import Buyer
from marketplace.checklist.cases import Case, Notes
from marketplace.checklist.scene import Scene
from marketplace.models import Agreement, Notice


def _subscribes_before(scene: Scene, notes: Notes) -> None:
    buyer = Buyer(scene, scene.product("subscription"))
    notes.do("Bought a subscription, let the portal hear of it, then registered.")
    scene.wait(lambda: scene.agreement(buyer.agreement["id"]), "the portal heard of it")
    buyer.register()
    scene.wait(buyer.can_call, "access opened")
    notes.see(buyer.can_call(), "Access is open.")


def _subscribes_after(scene: Scene, notes: Notes) -> None:
    with scene.held() as waiting:
        buyer = Buyer(scene, scene.product("subscription", "legacy"))
        notes.do("Registered while AWS's notices were still under way.")
        buyer.register()
        notes.see(not buyer.can_call(), "Access stays closed until AWS confirms.")
        for notice in waiting():
            scene.simulator.deliver(notice["number"])
    notes.do("Delivered subscribe-success.")
    scene.wait(buyer.can_call, "access opened")
    notes.see(buyer.can_call(), "Access opened.")


def _fails_to_subscribe(scene: Scene, notes: Notes) -> None:
    with scene.held() as waiting:
        buyer = Buyer(scene, scene.product("subscription", "legacy"), payment_fails=True)
        (failed,) = waiting()
        buyer.register()
        scene.simulator.deliver(failed["number"])
    notes.do("Registered, and then heard subscribe-fail: the payment failed.")
    scene.wait(lambda: _is_applied(failed), "the notice was taken")
    notes.see(not buyer.can_call(), "Access never opened.")


def _verifies_entitlements(scene: Scene, notes: Notes) -> None:
    buyer = Buyer(scene, scene.product("contract"), dimensions={"starter": 1})
    notes.do("Bought the dimension starter and registered.")
    buyer.register()
    scene.wait(lambda: buyer.tier() == "starter", "the tier is starter")
    notes.see(scene.simulator.calls("GetEntitlements"), "GetEntitlements was called.")
    notes.see(buyer.tier() == "starter", "The account has the tier of its entitlement.")
    scene.simulator.change(buyer.agreement["id"], "upgrade", dimensions={"pro": 1})
    notes.do("Upgraded to pro at AWS.")
    scene.wait(lambda: buyer.tier() == "pro", "the tier moves to pro")
    notes.see(buyer.tier() == "pro", "The account moved to pro.")


def _leaves(scene: Scene, notes: Notes) -> None:
    buyer = _subscriber(scene, "subscription", notes)
    scene.simulator.change(buyer.agreement["id"], "cancel")
    notes.do("Cancelled: Purchase Agreement Ended and License Deprovisioned were sent.")
    scene.wait(lambda: not buyer.can_call(), "access closes")
    notes.see(not buyer.can_call(), "Access is closed.")
    row = scene.agreement(buyer.agreement["id"])
    notes.see(row and row.ended_at, "The time of the end is kept.")


def _unsubscribes(scene: Scene, notes: Notes) -> None:
    buyer = _subscriber(scene, "subscription", notes, model="legacy")
    scene.simulator.change(buyer.agreement["id"], "cancel")
    notes.do("Unsubscribed: unsubscribe-pending and unsubscribe-success were sent.")
    scene.wait(lambda: not buyer.can_call(), "access closes")
    notes.see(not buyer.can_call(), "Access is closed.")


def _renews(scene: Scene, notes: Notes) -> None:
    buyer = _subscriber(scene, "contract", notes)
    with scene.held() as waiting:
        scene.simulator.change(buyer.agreement["id"], "renew")
        ended, *rest = waiting()
        notes.do("Renewed, and delivered the end of the old agreement first.")
        scene.simulator.deliver(ended["number"])
        scene.wait(lambda: _is_applied(ended), "the notice was taken")
        notes.see(buyer.can_call(), "The end of a renewed agreement closes nothing.")
        for notice in rest:
            scene.simulator.deliver(notice["number"])
    scene.wait(lambda: _holders(buyer) > 1, "the customer has the next agreement")
    notes.see(buyer.can_call(), "The next agreement goes on with the same account.")


def _comes_twice_and_backwards(scene: Scene, notes: Notes) -> None:
    buyer = _subscriber(scene, "contract", notes)
    with scene.held() as waiting:
        scene.simulator.change(buyer.agreement["id"], "upgrade", dimensions={"enterprise": 1})
        scene.simulator.change(buyer.agreement["id"], "cancel")
        told = waiting()
        for notice in reversed(told):
            scene.simulator.deliver(notice["number"], copies=2)
    notes.do(f"Upgraded, cancelled, and delivered the {len(told)} notices backwards, each twice.")
    scene.wait(lambda: all(_is_applied(notice) for notice in told), "all were taken")
    scene.wait(lambda: not buyer.can_call(), "access closes")
    notes.see(not buyer.can_call(), "Access is closed: a late notice revives nothing.")
    rows = Agreement.objects.filter(agreement_id=buyer.agreement["id"]).count()
    notes.see(rows == 1, "There is one agreement.")


def _advises(scene: Scene, notes: Notes) -> None:
    buyer = _subscriber(scene, "contract", notes)
    scene.simulator.change(buyer.agreement["id"], "advise")
    notes.do("AWS issued an advisory.")
    scene.wait(lambda: _advised(scene, buyer), "the advisory is on the agreement")
    notes.see(buyer.can_call(), "It closes nothing by itself: staff see it and decide.")


def _buys_twice(scene: Scene, notes: Notes) -> None:
    first = _subscriber(scene, "contract", notes)
    second = Buyer(scene, first.product, account_id=first.agreement["account_id"])
    second.register()
    scene.wait(second.can_call, "the second account is open")
    notes.do("Bought again from the same AWS account and registered as somebody else.")
    scene.simulator.change(first.agreement["id"], "cancel")
    notes.do("Cancelled the first.")
    scene.wait(lambda: not first.can_call(), "the first closes")
    notes.see(second.can_call(), "The second agreement is not touched.")


def _subscriber(scene: Scene, pricing: str, notes: Notes, model: str = "concurrent") -> Buyer:
    buyer = Buyer(scene, scene.product(pricing, model))
    buyer.register()
    scene.wait(buyer.can_call, "access opened")
    notes.do(f"Bought {buyer.product.title} and registered: access is open.")
    return buyer


def _is_applied(notice: dict[str, str]) -> bool:
    """Whether the portal has kept this notice and done with it, by the id that AWS gave it."""
    said = json.loads(notice["body"])
    rows = Notice.objects.filter(message_id=said.get("id") or said.get("MessageId"))
    return rows.exclude(state=Notice.State.WAITING).exists()


def _holders(buyer: Buyer) -> int:
    tenant = buyer.scene.tenant(buyer.email)
    return Agreement.objects.filter(tenant=tenant).count()


def _advised(scene: Scene, buyer: Buyer) -> bool:
    row = scene.agreement(buyer.agreement["id"])
    return bool(row and row.advisory_since)


_GROUP = "Subscription"
CASES = [
    Case(
        "subscription-before",
        _GROUP,
        "The subscription may be told before the customer registers.",
        "events",
        _subscribes_before,
        by_hand="subscribe, wait until staff see the agreement, then press the button.",
    ),
    Case(
        "subscription-after",
        _GROUP,
        "Nobody uses the product before subscribe-success.",
        "notifications",
        _subscribes_after,
        by_hand="cannot be timed at AWS; passed on the simulator is all the evidence.",
    ),
    Case(
        "subscription-failed",
        _GROUP,
        "Whose payment fails does not use the product.",
        "notifications",
        _fails_to_subscribe,
        by_hand="cannot be brought about at AWS; passed on the simulator is all the evidence.",
    ),
    Case(
        "billing-entitlements",
        "Billing",
        "Entitlements of contracts are verified, and changes followed.",
        "checklist",
        _verifies_entitlements,
        by_hand="buy the smallest dimension, then upgrade: the plan follows within minutes.",
    ),
    Case(
        "subscription-ended",
        _GROUP,
        "A cancelled agreement ends access.",
        "events",
        _leaves,
        by_hand="cancel; the API answers 403 within minutes.",
    ),
    Case(
        "subscription-unsubscribed",
        _GROUP,
        "unsubscribe-pending and unsubscribe-success are handled.",
        "checklist",
        _unsubscribes,
        by_hand="for a legacy product alone: unsubscribe; the API answers 403 within minutes.",
    ),
    Case(
        "subscription-renewed",
        _GROUP,
        "A renewed agreement goes on without a gap.",
        "events",
        _renews,
        by_hand="accept a replacement offer; the account stays open and the plan moves.",
    ),
    Case(
        "subscription-disorder",
        _GROUP,
        "Notices may come twice and in any order.",
        "events",
        _comes_twice_and_backwards,
        by_hand="cannot be brought about at AWS; passed on the simulator is all the evidence.",
    ),
    Case(
        "subscription-advisory",
        _GROUP,
        "An advisory is brought to people.",
        "events",
        _advises,
        by_hand="cannot be brought about at AWS; passed on the simulator is all the evidence.",
    ),
    Case(
        "subscription-concurrent",
        _GROUP,
        "One AWS account may hold several agreements of one product.",
        "events",
        _buys_twice,
        by_hand="subscribe a second time from the same AWS account, and register as somebody else.",
    ),
]
