"""The numbers of the analytics as a file: one line a day, campaign, batch, tier and event."""

from collections.abc import Iterator
from typing import Any

from backoffice.csv_cells import line
from campaigns import analytics
from campaigns.analytics import Scope
from campaigns.models import Batch, Campaign

COLUMNS = ("day", "campaign", "batch", "tier", "event", "result", "count")
# What the columns of Counts are called: attempts at redeeming are an event of their own.
EVENTS = {
    "redeemed": "redeemed",
    "provisioned": "set up",
    "called": "first API call",
    "given_back": "given back",
}


def lines(scope: Scope) -> Iterator[str]:
    """Yield the file's lines. Attempts know no source, so a scope of one source has none."""
    yield line(*COLUMNS)
    if not scope.source:
        yield from _attempts(scope)
    yield from _redemptions(scope)


def _attempts(scope: Scope) -> Iterator[str]:
    campaigns = {row.public_id: row for row in Campaign.objects.only("public_id", "name", "tier")}
    batches = {row.public_id: row for row in _batches(scope)}
    for row in analytics.outcomes_in(scope).order_by("day", "id").iterator(chunk_size=2000):
        campaign, batch = campaigns.get(row.campaign), batches.get(row.batch)
        names = (campaign.name, str(batch or row.batch), campaign.tier) if campaign else ("",) * 3
        yield line(row.day, *names, row.step, row.reason, row.count)


def _redemptions(scope: Scope) -> Iterator[str]:
    batches = {row.pk: row for row in _batches(scope)}
    cells = analytics.cells_of(scope)
    for cell in sorted(cells, key=lambda cell: (cell.day, cell.batch, cell.tier)):
        batch = batches[cell.batch]
        names = (batch.campaign.name, str(batch), cell.tier)
        for name, count in vars(cell.counts).items():
            if count:
                yield line(cell.day, *names, EVENTS[name], "", count)


def _batches(scope: Scope) -> Any:
    rows = Batch.objects.select_related("campaign").only("public_id", "label", "campaign__name")
    return rows.filter(campaign=scope.campaign) if scope.campaign else rows
