"""Every hour of the ledger in a month, as a file: for whoever holds it against AWS's report."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from marketplace.metering.months import MonthFile
from marketplace.metering.rows import Meter, MeteredHour

COLUMNS = (
    *("customer", "AWS account", "agreement", "license", "product", "dimension", "hour (UTC)"),
    *("counted", "used", "to bill", "uncollected", "state"),
    *("AWS's record", "settled", "attempts", "deadline", "trouble"),
)


def _lines(meter: Meter, begins: datetime, ends: datetime) -> Iterator[Sequence[object]]:
    agreement = meter.agreement
    whose = (
        agreement.tenant.company if agreement.tenant else "",
        agreement.account_id,
        agreement.agreement_id or agreement.source,
        agreement.license_arn,
        agreement.product_code,
    )
    rows = agreement.metered_hours.filter(hour__gte=begins, hour__lt=ends)
    for row in rows.order_by("hour", "dimension").iterator():
        yield (*whose, *_cells(row))


def _cells(row: MeteredHour) -> Sequence[object]:
    return (
        row.dimension,
        _moment(row.hour),
        row.counted,
        row.used,
        row.quantity,
        row.uncollected,
        str(row.get_state_display()),
        row.record_id,
        _moment(row.settled_at),
        row.attempts,
        _moment(row.deadline_at),
        row.trouble,
    )


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}" if at else ""


# A month has 744 hours, times the dimensions.
HOURS = MonthFile(
    kind="export-ledger",
    title=_("Export the hours of %(what)s in %(month)s"),
    label=_("Download the hours"),
    name="hours.csv",
    chunk=10,
    columns=COLUMNS,
    lines=_lines,
)
