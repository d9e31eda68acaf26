"""The tables of the analytics page: steps, days, reasons and parts, as people read them."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from campaigns import analytics
from campaigns.analytics import Attempts, Cell, Counts, Scope
from campaigns.analytics_links import analytics_page, batch_list, outcome_list, redemption_list
from campaigns.models import Batch, Campaign, tier_choices
from campaigns.outcome_words import REASONS

# A longer period shows the days on which something happened.
MOST_EMPTY_DAYS = 31
MOST_PARTS = 20
CHART_WIDTH, CHART_HEIGHT = 600, 120


@dataclass(frozen=True)
class Step:
    """One step of the funnel. `count` is None where nobody knows it."""

    label: str
    note: str
    count: int | None
    url: str
    of_first: str = ""
    of_previous: str = ""
    share: float = 0


@dataclass(frozen=True)
class Day:
    day: date
    checked: int
    refused: int
    counts: Counts
    share: float
    url: str
    checked_url: str
    refused_url: str


@dataclass(frozen=True)
class Part:
    """One campaign, batch, tier or source, and its page."""

    name: str
    url: str
    counts: Counts
    called_share: str
    share: float


def funnel(scope: Scope, cells: list[Cell], days: dict[date, Attempts]) -> list[Step]:
    counts = sum((cell.counts for cell in cells), Counts())
    knows_all = not scope.source
    issued = analytics.issued(scope) if knows_all else None
    checked = sum(day.checked for day in days.values()) if knows_all else None
    rows = redemption_list
    facts = [
        (_("Issued"), _("redemptions that the codes allow"), issued, batch_list(scope)),
        (_("Checked"), _("good answers while typing"), checked, outcome_list(scope, reason="good")),
        (_("Redeemed"), _("signed up, not given back"), counts.redeemed, rows(scope)),
        (
            _("Set up"),
            _("login and key exist"),
            counts.provisioned,
            rows(scope, provisioned_at__isnull=False),
        ),
        (
            _("First API call"),
            _("seen in the usage"),
            counts.called,
            rows(scope, first_call_at__isnull=False),
        ),
    ]
    return _steps(facts)


def _steps(facts: list[tuple[str, str, int | None, str]]) -> list[Step]:
    known = [count for _label, _note, count, _url in facts if count is not None]
    first, most = known[0], max(known) or 1
    steps, previous = [], None
    for label, note, count, url in facts:
        step = Step(label, note, count, url)
        if count is not None:
            step = Step(
                label,
                note,
                count,
                url,
                of_first=percent(count, first),
                of_previous=percent(count, previous),
                share=100 * count / most,
            )
            previous = count
        steps.append(step)
    return steps


def days(scope: Scope, cells: list[Cell], attempts: dict[date, Attempts]) -> list[Day]:
    """Return the days, newest first; `share` is the bar of the redeemed, in percent of the best."""
    counts = analytics.added_up(cells, lambda cell: cell.day)
    most = max((day.redeemed for day in counts.values()), default=0) or 1
    shown = [
        day
        for day in reversed(scope.days)
        if len(scope.days) <= MOST_EMPTY_DAYS or day in counts or day in attempts
    ]
    return [_day(scope, day, counts.get(day, Counts()), attempts.get(day), most) for day in shown]


def _day(scope: Scope, day: date, counts: Counts, attempts: Attempts | None, most: int) -> Day:
    return Day(
        day=day,
        checked=attempts.checked if attempts else 0,
        refused=attempts.refused_checks if attempts else 0,
        counts=counts,
        share=100 * counts.redeemed / most,
        url=redemption_list(scope, day=day),
        checked_url=outcome_list(scope, day=day, reason="good"),
        refused_url=outcome_list(scope, day=day, ended="refused"),
    )


def chart(scope: Scope, cells: list[Cell], attempts: dict[date, Attempts]) -> dict[str, Any]:
    """Return the two lines of the chart as points of SVG, and the number at its top."""
    counts = analytics.added_up(cells, lambda cell: cell.day)
    redeemed = [counts.get(day, Counts()).redeemed for day in scope.days]
    checked = [attempts[day].checked if day in attempts else 0 for day in scope.days]
    most = max([*redeemed, *checked], default=0)
    lines = {"redeemed": _points(redeemed, most), "checked": _points(checked, most)}
    return {**lines, "most": most, "width": CHART_WIDTH, "height": CHART_HEIGHT}


def _points(numbers: list[int], most: int) -> str:
    step = CHART_WIDTH / max(len(numbers) - 1, 1)
    return " ".join(
        f"{place * step:.1f},{CHART_HEIGHT * (1 - number / (most or 1)):.1f}"
        for place, number in enumerate(numbers)
    )


def reasons(scope: Scope, attempts: dict[date, Attempts]) -> list[dict[str, Any]]:
    """Return why checks and sign-ups were refused, the most frequent reason first."""
    found: dict[str, dict[str, int]] = {}
    for day in attempts.values():
        for (step, reason), count in day.refused.items():
            sums = found.setdefault(reason, {"check": 0, "redeem": 0})
            sums[step] += count
    most = max((sums["check"] + sums["redeem"] for sums in found.values()), default=0) or 1
    rows = [
        {
            "label": REASONS.get(reason, reason),
            "checks": sums["check"],
            "sign_ups": sums["redeem"],
            "checks_url": outcome_list(scope, reason=reason),
            "sign_ups_url": outcome_list(scope, reason=reason, step__exact="redeem"),
            "share": 100 * (sums["check"] + sums["redeem"]) / most,
        }
        for reason, sums in found.items()
    ]
    return sorted(rows, key=lambda row: -row["share"])


def parts(scope: Scope, cells: list[Cell]) -> list[dict[str, Any]]:
    """Return the tables that tell campaigns, or batches of one, and tiers and sources apart."""
    tables = [_by_campaign(scope, cells) if scope.campaign is None else _by_batch(scope, cells)]
    tables.append(_by_tier(scope, cells))
    named = [(name, name, counts) for name, counts in analytics.sources_of(scope)]
    no_source = [
        (_("(none)") if name == analytics.NO_SOURCE else name, key, counts)
        for name, key, counts in named
    ]
    tables.append(_table(scope, _("By source"), "source", no_source))
    return tables


def _by_campaign(scope: Scope, cells: list[Cell]) -> dict[str, Any]:
    sums = analytics.added_up(cells, lambda cell: cell.campaign)
    names = Campaign.objects.in_bulk(list(sums)[:MOST_PARTS])
    named = [(str(names[key]), key, counts) for key, counts in sums.items() if key in names]
    return _table(scope, _("By campaign"), "campaign", named)


def _by_batch(scope: Scope, cells: list[Cell]) -> dict[str, Any]:
    sums = analytics.added_up(cells, lambda cell: cell.batch)
    names = Batch.objects.select_related("campaign").in_bulk(list(sums)[:MOST_PARTS])
    named = [(str(names[key]), key, counts) for key, counts in sums.items() if key in names]
    return _table(scope, _("By batch"), "batch", named)


def _by_tier(scope: Scope, cells: list[Cell]) -> dict[str, Any]:
    labels = dict(tier_choices())
    sums = analytics.added_up(cells, lambda cell: cell.tier)
    named = [(labels.get(tier, tier or "–"), tier, counts) for tier, counts in sums.items()]
    return _table(scope, _("By tier"), "tier", named)


def _table(
    scope: Scope, title: str, name: str, named: list[tuple[str, Any, Counts]]
) -> dict[str, Any]:
    most = max((counts.redeemed for _label, _key, counts in named), default=0) or 1
    rows = [
        Part(
            name=label,
            url=analytics_page(scope, **{name: key}),
            counts=counts,
            called_share=percent(counts.called, counts.redeemed),
            share=100 * counts.redeemed / most,
        )
        for label, key, counts in named
    ]
    return {"title": title, "name": name, "rows": rows}


def percent(part: int, whole: int | None) -> str:
    """Return a share as people read it, or nothing where there is no whole."""
    if not whole:
        return ""
    share = 100 * part / whole
    if 0 < share < 0.1:
        return _("under 0.1 %")
    return _("%(share)s %%") % {"share": number_format(round(share, 1), decimal_pos=1)}
