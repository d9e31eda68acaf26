"""One customer-hour under one name: AWS bills it twice if it comes by customer and by license.

https://docs.aws.amazon.com/marketplacemetering/latest/APIReference/API_UsageRecord.html
"""

from collections.abc import Collection
from typing import Any

from marketplace.metering.rows import MeteredHour

TWICE = "this hour was sent under the customer's other name, and would be billed twice"
_MAYBE_BILLED = (
    MeteredHour.State.SENDING,
    MeteredHour.State.ACCEPTED,
    MeteredHour.State.DUPLICATE,
)


def billed_otherwise(rows: Collection[MeteredHour]) -> set[int]:
    """Return which of these rows, by key, would bill an hour that another row may have billed
    already, by customer where this one goes by license, or the other way round."""
    accounts = {row.agreement.account_id for row in rows} - {""}
    if not accounts:
        return set()
    others = MeteredHour.objects.filter(
        agreement__account_id__in=accounts,
        hour__in={row.hour for row in rows},
        state__in=_MAYBE_BILLED,
    ).exclude(record=None)
    sent = {
        (_key(other), _is_by_license(other.record)) for other in others.select_related("agreement")
    }
    return {row.pk for row in rows if (_key(row), not _is_by_license(row.record)) in sent}


def _key(row: MeteredHour) -> tuple[Any, ...]:
    return (row.agreement.account_id, row.agreement.product_code, row.dimension, row.hour)


def _is_by_license(record: dict[str, Any] | None) -> bool:
    return "LicenseArn" in (record or {})
