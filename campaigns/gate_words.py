"""What a gate says otherwise than its campaign, a line each, and whether that lets in more."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from adapters.clock import moment, timestamp
from adapters.definitions import definition
from adapters.gates import Gate, StoredGate
from campaigns.models import Batch


@dataclass(frozen=True)
class Line:
    """`lets_in_more`: by this a code is redeemed, or gives more, than staff allow."""

    words: str
    lets_in_more: bool = False


def differences(
    wanted: Gate, stored: StoredGate | None, batches: Mapping[str, Batch]
) -> list[Line]:
    """Return what is otherwise, what lets in more first. `batches` are those that either names."""
    if stored is None:
        return [Line(_("it is missing: every code of the campaign is refused"))]
    there = stored.gate
    if there is None:
        return [Line(_("it cannot be read: nobody can redeem a code of the campaign"))]
    lines = [
        *_fields(wanted, there),
        *_domains(wanted, there),
        *_closed_batches(wanted, there, batches),
        *_batch_ends(wanted, there, batches),
        *_generation(wanted, there),
    ]
    return sorted(lines, key=lambda line: not line.lets_in_more)


def of_nobody(gate: Gate | None) -> Line:
    """Return what the gate of a campaign does that we do not have."""
    if gate is None:
        return Line(_("it cannot be read: nobody can redeem a code of it"))
    if gate.state == "open":
        return Line(_("it is open: codes of a campaign that we do not have are redeemed"), True)
    return Line(_("it is %(state)s") % {"state": gate.state})


def _is_open(wanted: str, there: str) -> bool:
    return there == "open"


def _is_earlier(wanted: datetime | None, there: datetime | None) -> bool:
    return wanted is not None and (there is None or there < wanted)


def _is_more(wanted: Any, there: Any) -> bool:
    """Of an end, a cap, a number of days: none is no limit."""
    return wanted is not None and (there is None or there > wanted)


def _is_dropped(wanted: bool, there: bool) -> bool:
    return wanted


def _is_higher(wanted: str, there: str) -> bool:
    """A tier that we do not know is taken for the highest."""
    tiers = list(definition("tiers"))
    return there not in tiers or tiers.index(there) > tiers.index(wanted)


_FIELDS: tuple[tuple[str, Any, Callable[[Any, Any], bool]], ...] = (
    ("state", gettext_lazy("state"), _is_open),
    ("starts_at", gettext_lazy("starts"), _is_earlier),
    ("ends_at", gettext_lazy("ends"), _is_more),
    ("cap", gettext_lazy("redemptions at most"), _is_more),
    ("access_days", gettext_lazy("days of access"), _is_more),
    ("tier", gettext_lazy("tier granted"), _is_higher),
    ("once_per_customer", gettext_lazy("once per customer"), _is_dropped),
    ("new_customers_only", gettext_lazy("new customers only"), _is_dropped),
    ("confirm_first", gettext_lazy("confirm the address first"), _is_dropped),
    ("name", gettext_lazy("name"), lambda wanted, there: False),
)


def _fields(wanted: Gate, there: Gate) -> Iterator[Line]:
    for field, label, lets_in_more in _FIELDS:
        own, other = getattr(wanted, field), getattr(there, field)
        if own != other:
            yield _line(label, own, other, lets_in_more(own, other))


def _domains(wanted: Gate, there: Gate) -> Iterator[Line]:
    own, other = set(wanted.allowed_domains), set(there.allowed_domains)
    if own != other:
        is_more = bool(own) and (not other or bool(other - own))
        yield _line(_("only for e-mail domains"), _listed(own), _listed(other), is_more)
    own, other = set(wanted.refused_domains), set(there.refused_domains)
    if own != other:
        is_more = bool(own - other)
        yield _line(_("not for e-mail domains"), _listed(own), _listed(other), is_more)


def _closed_batches(wanted: Gate, there: Gate, batches: Mapping[str, Batch]) -> Iterator[Line]:
    for name in sorted({*wanted.closed_batches, *there.closed_batches}):
        own, other = (gate.closed_batches.get(name, "open") for gate in (wanted, there))
        if own != other:
            yield _line(_batch(name, batches), own, other, other == "open")


def _batch_ends(wanted: Gate, there: Gate, batches: Mapping[str, Batch]) -> Iterator[Line]:
    for name in sorted({*wanted.batch_ends, *there.batch_ends}):
        written = batches[name].written_expires_at if name in batches else None
        on_codes = moment(timestamp(written)) if written else None
        own, other = (gate.batch_ends.get(name, on_codes) for gate in (wanted, there))
        if own != other:
            label = _("%(batch)s, end of its codes") % {"batch": _batch(name, batches)}
            yield _line(label, own, other, _is_more(own, other))


def _generation(wanted: Gate, there: Gate) -> Iterator[Line]:
    """As after a restore of the rows, or by hand: redemption keeps the newer one."""
    if there.generation > wanted.generation:
        words = _("it is newer than the row: a pause that is reported here would not reach it")
        yield Line(words, lets_in_more=True)


def _line(label: Any, own: Any, other: Any, lets_in_more: bool) -> Line:
    words = _("%(what)s: %(there)s in DynamoDB, %(here)s here")
    return Line(words % {"what": label, "there": _shown(other), "here": _shown(own)}, lets_in_more)


def _batch(name: str, batches: Mapping[str, Batch]) -> str:
    return _("batch %(name)s") % {"name": batches.get(name, name)}


def _listed(domains: set[str]) -> str:
    return ", ".join(sorted(domains))


def _shown(value: Any) -> Any:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return timestamp(value)
    return _("none") if value in (None, "") else value
