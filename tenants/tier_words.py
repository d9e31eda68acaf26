"""How a tier and its plan are told to staff: each number beside the gateway's, and what differs."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from adapters.definitions import definition
from tenants.models import TierPlan

PERIODS = {
    "DAY": gettext_lazy("a day"),
    "WEEK": gettext_lazy("a week"),
    "MONTH": gettext_lazy("a month"),
}
UNLIMITED = gettext_lazy("no limit")


def differences_of(row: TierPlan) -> list[str]:
    """Return a sentence for each thing in which the gateway differs from the definition."""
    if not row.plan_id:
        return [_("The gateway has no plan for this tier.")]
    sentences = [
        _("%(what)s: %(wanted)s by definition, %(has)s at the gateway.")
        % {"what": what, "wanted": wanted, "has": has}
        for what, wanted, has in (rates(row), bursts(row), quotas(row))
        if wanted != has
    ]
    if not row.is_on_a_stage:
        sentences.append(_("The plan covers no stage of an API: its keys open nothing."))
    return sentences


def rates(row: TierPlan) -> tuple[str, str, str]:
    return _("Calls a second"), _number(_tier(row)["rate"]), _number(row.rate)


def bursts(row: TierPlan) -> tuple[str, str, str]:
    return _("Burst"), _number(_tier(row)["burst"]), _number(row.burst)


def quotas(row: TierPlan) -> tuple[str, str, str]:
    quota = _tier(row)["quota"]
    return _("Quota"), _quota(quota["limit"], quota["period"]), _quota(row.quota, row.period)


def both(told: tuple[str, str, str]) -> str:
    """Say one number if they agree, else both."""
    _what, wanted, has = told
    if wanted == has:
        return wanted
    return _("%(wanted)s; at the gateway %(has)s") % {"wanted": wanted, "has": has}


def solver_limits(row: TierPlan) -> str:
    return _("%(variables)d variables, %(reads)d reads, %(sweeps)d sweeps, %(seconds)d seconds") % {
        name: _tier(row)[f"max_{name}"] for name in ("variables", "reads", "sweeps", "seconds")
    }


def text_of(row: TierPlan, name: str) -> str:
    """Return a plain word of the definition, such as the price note."""
    value = _tier(row)[name]
    return " ".join(value) if isinstance(value, list) else str(value or "")


def _tier(row: TierPlan) -> dict[str, Any]:
    tier: dict[str, Any] = definition("tiers")[row.tier]
    return tier


def _number(value: float | None) -> str:
    return str(UNLIMITED) if value is None else f"{value:,.10g}"


def _quota(limit: int | None, period: str) -> str:
    if limit is None:
        return str(UNLIMITED)
    each = PERIODS.get(period, period)
    return pgettext("quota", "%(limit)s %(each)s") % {"limit": _number(limit), "each": each}
