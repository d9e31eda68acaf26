"""A row of the ledger as the record that AWS gets, the same word for word whenever it is sent."""

from datetime import UTC, datetime, timedelta

from adapters.usage_records import Record
from marketplace.metering.deadlines import HOUR
from marketplace.metering.rows import MeteredHour
from marketplace.products import ProductUnknown, product_of

# AWS takes so many allocations in a record.
MOST_ALLOCATIONS = 2500
TAG = "api-key"


class NoName(Exception):
    """Nothing is known yet by which AWS could tell whose usage it is."""


def record_of(row: MeteredHour) -> Record:
    """Raises NoName."""
    record: Record = {
        "Timestamp": _moment_in(row).astimezone(UTC).isoformat(),
        "Dimension": row.dimension,
        "QuantityAsDecimal": str(row.quantity),
        **_customer(row),
    }
    if row.allocations and len(row.allocations) <= MOST_ALLOCATIONS:
        record["UsageAllocations"] = [
            {"AllocatedUsageQuantityAsDecimal": str(part), "Tags": [{"Key": TAG, "Value": key}]}
            for key, part in sorted(row.allocations.items())
        ]
    return record


def _moment_in(row: MeteredHour) -> datetime:
    """The hour's beginning; of the hour in which the agreement began, the second after that."""
    starts_at = row.agreement.starts_at
    if starts_at and row.hour < starts_at < row.hour + HOUR:
        return starts_at.replace(microsecond=0) + timedelta(seconds=bool(starts_at.microsecond))
    return row.hour


def product_code_for(row: MeteredHour) -> str:
    """Return the product that the call has to name: none where the record names a license. A record
    that was made before its listing was moved goes as it was made."""
    return "" if "LicenseArn" in (row.record or {}) else row.agreement.product_code


def _is_by_customer(row: MeteredHour) -> bool:
    try:
        return product_of(row.agreement.product_code).is_legacy
    except ProductUnknown:
        return not row.agreement.license_arn


def _customer(row: MeteredHour) -> dict[str, str]:
    agreement = row.agreement
    if _is_by_customer(row):
        if agreement.customer_identifier:
            return {"CustomerIdentifier": agreement.customer_identifier}
        raise NoName
    if not (agreement.license_arn and agreement.account_id):
        raise NoName
    return {"CustomerAWSAccountId": agreement.account_id, "LicenseArn": agreement.license_arn}
