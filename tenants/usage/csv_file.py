"""A period's usage as a file: one line a key and day."""

from collections.abc import Iterator

from django.http import HttpResponse

from backoffice.csv_cells import line
from tenants.usage.page import UsageOfPeriod

COLUMNS = (
    "day (UTC)",
    "API key",
    "calls",
    "served",
    "refused",
    "failed",
    "units",
    "counted by the gateway",
)


def answer(usage: UsageOfPeriod) -> HttpResponse:
    file = HttpResponse("".join(lines(usage)), content_type="text/csv; charset=utf-8")
    name = f"usage-{usage.period.first}-{usage.period.last}.csv"
    file["Content-Disposition"] = f'attachment; filename="{name}"'
    return file


def lines(usage: UsageOfPeriod) -> Iterator[str]:
    yield line(*COLUMNS)
    for row in usage.rows:
        key = str(usage.keys.get(row.api_key_id, row.api_key_id))
        counts = (row.counted, row.calls, row.refused, row.failed, row.units, row.gateway_calls)
        yield line(row.day, key, *counts)
