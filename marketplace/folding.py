"""One picture of an agreement out of everything that was told of it: pure, and blind to the order
in which it arrived and to how often.

What is told twice counts once. With Concurrent Agreements an end is final, whatever comes late. A
legacy customer may come back under the same name: there the newest word counts.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from adapters.marketplace_notices import Entitled, Kind, Told

# AWS's words for an end that a successor goes on from: it revokes nothing by itself.
GOES_ON = frozenset({"RENEWED", "REPLACED", "SUPERSEDED"})
HARD_ENDS = frozenset({"CANCELLED", "EXPIRED", "TERMINATED", "ARCHIVED", "ROLLED_BACK"})
# Our words for ends of which AWS gives no status.
DEPROVISIONED, UNSUBSCRIBED, FAILED, EMPTY = "DEPROVISIONED", "UNSUBSCRIBED", "FAILED", "EMPTY"
KNOWN_ENDS = GOES_ON | HARD_ENDS | {DEPROVISIONED, UNSUBSCRIBED, FAILED, EMPTY}

_LEGACY = frozenset(
    {Kind.SUBSCRIBED, Kind.NOT_SUBSCRIBED, Kind.UNSUBSCRIBING, Kind.UNSUBSCRIBED, Kind.ENTITLED}
)
# Of two things told in the same second, the one that happens later.
_RANKS: dict[str, int] = {str(kind): rank for rank, kind in enumerate(Kind)}
_RANKS[Kind.SUBSCRIBED] = len(_RANKS)
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Picture:
    """What follows from all notices. `entitlements` is None while nobody could read them."""

    state: str = "pending"
    ended_as: str = ""
    ended_at: datetime | None = None
    intent: str = ""
    offer_id: str = ""
    previous_agreement_id: str = ""
    initial_agreement_id: str = ""
    accepted_at: datetime | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    trial_ends_at: datetime | None = None
    auto_renews: bool | None = None
    advisory_since: datetime | None = None
    entitlements: tuple[Entitled, ...] | None = None
    entitled_at: datetime | None = None


def fold(everything: Iterable[Told], *, is_legacy: bool) -> Picture:
    """Safe for any order and any repetition: the same things told make the same picture."""
    told = sorted(set(everything), key=_place)
    picture = Picture()
    for one in told:
        picture = _learn(picture, one)
    return _step_by_step(picture, told) if is_legacy else _once_and_for_all(picture, told)


def is_of_legacy(everything: Iterable[Told]) -> bool:
    """Only legacy products are told of by SNS."""
    return any(one.kind in _LEGACY for one in everything)


def _place(told: Told) -> tuple[datetime, int, str]:
    """Where it stands in time; what nothing else decides, its own words do."""
    return (told.occurred_at or _LONG_AGO, _RANKS.get(told.kind, 0), repr(told))


_WORDS = ("offer_id", "previous_agreement_id", "initial_agreement_id")
_MOMENTS = ("accepted_at", "starts_at", "ends_at", "trial_ends_at")


def _learn(picture: Picture, told: Told) -> Picture:
    """The newest word counts, and silence says nothing."""
    news = {name: getattr(told, name) for name in (*_WORDS, *_MOMENTS) if getattr(told, name)}
    if told.auto_renews is not None:
        news["auto_renews"] = told.auto_renews
    if told.intent and told.intent != "AMEND":
        news["intent"] = told.intent
    if told.entitlements is not None:
        news |= {"entitlements": told.entitlements, "entitled_at": told.occurred_at}
    if told.kind in (Kind.ADVISORY_ISSUED, Kind.ADVISORY_RESOLVED):
        is_open = told.kind == Kind.ADVISORY_ISSUED
        news["advisory_since"] = told.occurred_at if is_open else None
    return replace(picture, **news)


def _once_and_for_all(picture: Picture, told: list[Told]) -> Picture:
    """An agreement of its own id: pending, active, ended, and never back."""
    ends = [one for one in told if _end_of(one)]
    if ends:
        words = [_end_of(one) for one in ends]
        said_by_aws = [word for word in words if word != DEPROVISIONED]
        return replace(
            picture,
            state="ended",
            ended_as=(said_by_aws or words)[0],
            ended_at=ends[0].occurred_at,
        )
    return replace(picture, state="active") if any(map(_opens, told)) else picture


def _opens(told: Told) -> bool:
    """An agreement that was merely made has no license yet."""
    is_seen = told.kind == Kind.LOOKED and told.status == "ACTIVE"
    return told.kind == Kind.LICENSE_UPDATED or is_seen


def _end_of(told: Told) -> str:
    """Return the word for the end that this tells of; empty if it tells of none."""
    if told.kind == Kind.DEPROVISIONED:
        return DEPROVISIONED
    if told.kind == Kind.ENDED:
        return told.status or "ENDED"
    if told.kind == Kind.LOOKED and told.status not in ("", "ACTIVE"):
        return told.status
    return ""


def _step_by_step(picture: Picture, told: list[Told]) -> Picture:
    """A legacy customer: each word changes what was so until then."""
    for one in told:
        step = _STEPS.get(one.kind)
        picture = step(picture, one) if step else picture
    return picture


def _open(picture: Picture, told: Told) -> Picture:
    return replace(picture, state="active", ended_as="", ended_at=None)


def _end(picture: Picture, told: Told, word: str) -> Picture:
    """The first of the words about one end says when it was, and AWS's own what it was."""
    if picture.state == "ended":
        is_better = picture.ended_as == DEPROVISIONED != word
        return replace(picture, ended_as=word) if is_better else picture
    return replace(picture, state="ended", ended_as=word, ended_at=told.occurred_at)


def _look(picture: Picture, told: Told) -> Picture:
    """A look opens what nobody closed, and what a look closed: it may see less than a notice."""
    is_gone = told.status not in ("", "ACTIVE") or told.entitlements == ()
    if is_gone:
        word = told.status if told.status not in ("", "ACTIVE") else EMPTY
        return _end(picture, told, word) if picture.state == "active" else picture
    if picture.state == "pending" and (told.status or told.entitlements):
        return _open(picture, told)
    is_back = told.accepted_at and picture.ended_at and told.accepted_at > picture.ended_at
    was_seen = picture.ended_as not in (UNSUBSCRIBED, FAILED)
    return _open(picture, told) if is_back or was_seen else picture


_STEPS: dict[str, Callable[[Picture, Told], Picture]] = {
    Kind.SUBSCRIBED: _open,
    Kind.NOT_SUBSCRIBED: lambda picture, told: _end(picture, told, FAILED),
    Kind.UNSUBSCRIBING: lambda picture, told: _end(picture, told, UNSUBSCRIBED),
    Kind.UNSUBSCRIBED: lambda picture, told: _end(picture, told, UNSUBSCRIBED),
    Kind.LOOKED: _look,
    # A listing that was moved to Concurrent Agreements tells its old customers by events.
    Kind.LICENSE_UPDATED: _open,
    Kind.ENDED: lambda picture, told: _end(picture, told, told.status or "ENDED"),
    Kind.DEPROVISIONED: lambda picture, told: _end(picture, told, DEPROVISIONED),
}
