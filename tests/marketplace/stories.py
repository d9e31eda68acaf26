"""Lives of agreements as the simulator lives them, and what it tells of them meanwhile.

A story is lived in the past, so that it is over now: every notice of it has its own time, and what
AWS answers now is its end.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from localcloud.marketplace.agreements import Agreement
from localcloud.marketplace.world import World
from tests.buyers import CONTRACT, LEGACY, SUBSCRIPTION

LEGACY_CONTRACT = "legacycontract0000000004"
LONG_AGO = timedelta(days=200)


@dataclass(frozen=True)
class Story:
    """What was told, one after another, and the agreements as AWS has them at the end."""

    first: Agreement
    agreements: list[Agreement]
    bodies: list[str]

    @property
    def is_legacy(self) -> bool:
        return self.first.product.is_legacy

    def name_of(self, agreement: Agreement) -> str:
        """What our grants call it."""
        product, customer = agreement.product.code, agreement.customer_identifier
        return f"{product}/{customer}" if self.is_legacy else agreement.id

    @property
    def active(self) -> dict[str, Agreement]:
        return {self.name_of(one): one for one in self.agreements if one.is_active}

    @property
    def active_of_the_first_buyer(self) -> dict[str, Agreement]:
        """Without what was bought anew: of that we hear nothing until somebody registers for it."""
        of_first = (self.name_of(self.first), self.first.initial_id)
        return {
            name: one
            for name, one in self.active.items()
            if name in of_first or one.initial_id in of_first
        }


def live(world: World, name: str) -> Story:
    """Let a world that is empty live this story, and deliver nothing of it."""
    world.clear()
    world.clock._ahead = -LONG_AGO
    with world.notices.held() as notices:
        first = STORIES[name](world)
        world.advance(seconds=-world.clock.ahead.total_seconds())
    told = sorted(notices, key=lambda notice: notice.at)
    return Story(first, list(world.agreements.values()), [notice.body for notice in told])


def then(world: World, verb: str, agreement: Agreement, *given: Any, **by: int) -> Agreement:
    world.advance(**(by or {"days": 1}))
    happened: Agreement = getattr(world, verb)(agreement.id, *given)
    return happened


def _cancelled(world: World) -> Agreement:
    first = world.buy(SUBSCRIPTION)
    return then(world, "cancel", first)


def _cancelled_and_deprovisioned_later(world: World) -> Agreement:
    world.deprovisions_after = timedelta(hours=1)
    return _cancelled(world)


def _cancelled_and_both_told(world: World) -> Agreement:
    world.tells_both_roles = True
    return _cancelled(world)


def _cancelled_within_a_second(world: World) -> Agreement:
    return world.cancel(world.buy(SUBSCRIPTION).id)


def _bought_again(world: World) -> Agreement:
    first = world.buy(SUBSCRIPTION)
    then(world, "cancel", first)
    world.advance(days=1)
    world.buy(SUBSCRIPTION, account_id=first.account_id)
    return first


def _upgraded(world: World) -> Agreement:
    return then(world, "upgrade", world.buy(CONTRACT, dimensions={"starter": 1}), {"pro": 1})


def _renewed(world: World) -> Agreement:
    first = world.buy(CONTRACT, dimensions={"pro": 1})
    then(world, "renew", first)
    return first


def _renewed_by_itself_and_both_told(world: World) -> Agreement:
    world.tells_both_roles = True
    return world.buy(CONTRACT, dimensions={"pro": 1}, months=6, auto_renews=True)


def _replaced(world: World) -> Agreement:
    first = world.buy(CONTRACT, dimensions={"starter": 1})
    then(world, "replace", first, {"enterprise": 1})
    return first


def _renewed_and_cancelled(world: World) -> Agreement:
    first = world.buy(CONTRACT, dimensions={"pro": 1})
    then(world, "cancel", then(world, "renew", first))
    return first


def _expired(world: World) -> Agreement:
    return world.buy(CONTRACT, dimensions={"pro": 1}, months=1)


def _terminated(world: World) -> Agreement:
    return then(world, "terminate", world.buy(SUBSCRIPTION))


def _advised(world: World) -> Agreement:
    first = then(world, "advise", world.buy(SUBSCRIPTION))
    return then(world, "resolve_advisory", first)


def _legacy_gone(world: World) -> Agreement:
    return then(world, "cancel", world.buy(LEGACY))


def _legacy_back(world: World) -> Agreement:
    first = then(world, "cancel", world.buy(LEGACY))
    world.advance(days=1)
    world.buy(LEGACY, account_id=first.account_id)
    return first


def _legacy_back_within_the_hour(world: World) -> Agreement:
    first = then(world, "cancel", world.buy(LEGACY))
    world.advance(minutes=10)
    world.buy(LEGACY, account_id=first.account_id)
    return first


def _legacy_that_could_not_pay_at_first(world: World) -> Agreement:
    first = world.buy(LEGACY, payment_fails=True)
    world.advance(days=1)
    world.buy(LEGACY, account_id=first.account_id)
    return first


def _legacy_that_could_not_pay(world: World) -> Agreement:
    return world.buy(LEGACY, payment_fails=True)


def _legacy_contract_upgraded(world: World) -> Agreement:
    first = world.buy(LEGACY_CONTRACT, dimensions={"starter": 1})
    return then(world, "upgrade", first, {"pro": 1})


def _legacy_contract_gone(world: World) -> Agreement:
    return then(world, "cancel", world.buy(LEGACY_CONTRACT, dimensions={"pro": 1}))


STORIES: dict[str, Callable[[World], Agreement]] = {
    lived.__name__.strip("_").replace("_", " "): lived
    for lived in (
        *(_cancelled, _cancelled_and_deprovisioned_later, _cancelled_and_both_told),
        *(_cancelled_within_a_second, _bought_again, _upgraded, _renewed, _replaced),
        *(_renewed_by_itself_and_both_told, _renewed_and_cancelled, _expired, _terminated),
        *(_advised, _legacy_gone, _legacy_back, _legacy_back_within_the_hour),
        *(_legacy_that_could_not_pay, _legacy_that_could_not_pay_at_first),
        *(_legacy_contract_upgraded, _legacy_contract_gone),
    )
}
