"""What people fill in on the simulator's pages, as calls of the world."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from localcloud.marketplace.agreements import Agreement
from localcloud.marketplace.buying import CannotHappen
from localcloud.marketplace.faults import Fault
from localcloud.marketplace.world import World

_CHANGES = ("upgrade", "renew", "replace")
_HAPPENINGS = ("cancel", "expire", "terminate", "advise", "resolve_advisory")
_TO_THE_ACCOUNT = ("suspend", "reinstate")
# The clock is moved by one form at most this far, so that a slip does not end everything.
_FURTHEST_DAYS = 1100
_LONGEST_KIND = 100


def buy(world: World, product_code: str, given: Mapping[str, str]) -> Agreement:
    """Raises CannotHappen."""
    return world.buy(
        product_code,
        account_id=_account(given, "account_id"),
        dimensions=_dimensions(given),
        months=_number(given, "months", 12),
        trial_days=_number(given, "trial_days", 0),
        auto_renews="auto_renews" in given,
        private_offer="private_offer" in given,
        reseller_account_id=_account(given, "reseller_account_id"),
        payment_fails="payment_fails" in given,
        starts_in=timedelta(days=_number(given, "starts_in", 0)),
    )


def change(world: World, agreement_id: str, given: Mapping[str, str]) -> Agreement:
    """Return the agreement that holds from now on. Raises CannotHappen."""
    verb = _one_of(_CHANGES, given)
    dimensions = _dimensions(given)
    if verb == "upgrade":
        return world.upgrade(agreement_id, dimensions or {})
    changed: Agreement = getattr(world, verb)(agreement_id, dimensions)
    return changed


def happen(world: World, agreement: Agreement, given: Mapping[str, str]) -> None:
    """Raises CannotHappen."""
    verb = _one_of((*_HAPPENINGS, *_TO_THE_ACCOUNT), given)
    subject = agreement.account_id if verb in _TO_THE_ACCOUNT else agreement.id
    getattr(world, verb)(subject)


def move_clock(world: World, given: Mapping[str, str]) -> None:
    """Raises CannotHappen."""
    by = {unit: _number(given, unit, 0) for unit in ("days", "hours", "minutes")}
    if not timedelta() < timedelta(**by) <= timedelta(days=_FURTHEST_DAYS):
        raise CannotHappen(f"Move the clock on, by {_FURTHEST_DAYS} days at most.")
    world.advance(**by)


def add_fault(world: World, given: Mapping[str, str]) -> None:
    """Raises CannotHappen, and FaultUnknown."""
    world.faults.add(
        Fault(
            given.get("kind", ""),
            operation=given.get("operation", ""),
            times=_number(given, "times", 1) or None,
            code=given.get("code", "").strip(),
            seconds=_number(given, "seconds", 0),
            records=_number(given, "records", 1),
        )
    )


def send(world: World, number: int, how: str) -> None:
    """Raises CannotHappen, and NoticeUnknown."""
    notices = world.notices
    if how in ("once", "again"):
        notices.deliver(number)
    elif how == "twice":
        notices.deliver(number, copies=2)
    elif how == "late":
        notices.deliver(number, after=timedelta(hours=1))
    elif how == "never":
        notices.drop(number)
    else:
        raise CannotHappen("Press one of the buttons.")


def send_all(world: World, given: Mapping[str, str]) -> None:
    """Raises CannotHappen."""
    what, notices = given.get("all", ""), world.notices
    if what in ("hold", "flow"):
        notices.holds = what == "hold"
    elif what == "send":
        notices.deliver_all()
    elif what == "reverse":
        notices.deliver_all(list(reversed(notices.waiting())))
    elif what == "twice":
        notices.deliver_all(copies=2)
    elif what == "say":
        _say(world, given)
    else:
        raise CannotHappen("Press one of the buttons.")


def _say(world: World, given: Mapping[str, str]) -> None:
    kind = given.get("kind", "").strip()
    if not 0 < len(kind) <= _LONGEST_KIND:
        raise CannotHappen("Choose a kind, or write one.")
    world.notify(kind, given.get("about", ""))


def _dimensions(given: Mapping[str, str]) -> dict[str, int] | None:
    name = given.get("dimension", "")
    return {name: _number(given, "quantity", 1)} if name else None


def _account(given: Mapping[str, str], name: str) -> str:
    account = given.get(name, "").replace("-", "").strip()
    if account and not (account.isascii() and account.isdigit() and len(account) == 12):
        raise CannotHappen("An AWS account has 12 digits.")
    return account


def _number(given: Mapping[str, str], name: str, default: int) -> int:
    text = given.get(name, "").strip()
    if not text:
        return default
    if not (text.isascii() and text.isdigit()) or len(text) > 6:
        raise CannotHappen(f"Write {name.replace('_', ' ')} as a whole number.")
    return int(text)


def _one_of(verbs: tuple[str, ...], given: Mapping[str, Any]) -> str:
    verb = str(given.get("verb", ""))
    if verb not in verbs:
        raise CannotHappen("Press one of the buttons.")
    return verb
