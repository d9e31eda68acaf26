"""What a usage record must be like, beyond its shape: its time, its dimension, its allocations."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from localcloud.marketplace.agreements import Agreement
from localcloud.marketplace.products import Product
from localcloud.marketplace.refusals import Refused

_OLDEST = timedelta(hours=24)
# Until then on the first of a month, usage of the month before is taken.
_GRACE = timedelta(hours=6)


def check_record(
    record: dict[str, Any], product: Product, agreement: Agreement | None, now: datetime
) -> None:
    """Raises Refused, which is for the whole call."""
    if "Quantity" in record and "QuantityAsDecimal" in record:
        raise Refused("ValidationException", "Give the quantity in one way.")
    if record["Dimension"] not in product.metered:
        raise Refused("InvalidUsageDimensionException", f"There is no {record['Dimension']}.")
    _check_time(record["Timestamp"], now)
    if agreement is not None:
        _check_activation(record["Timestamp"], agreement)
    if "UsageAllocations" in record:
        _check_allocations(record)


def quantity_of(record: dict[str, Any]) -> Decimal:
    """17, 17.0 and "17.00" are one quantity; none is zero."""
    return Decimal(record.get("QuantityAsDecimal", record.get("Quantity", 0)))


def _check_time(time: datetime, now: datetime) -> None:
    month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    is_billed_already = time < month and now >= month + _GRACE
    if time > now or now - time >= _OLDEST or is_billed_already:
        raise Refused("TimestampOutOfBoundsException", f"{time:%Y-%m-%dT%H:%M:%SZ} is too late.")


def covers(agreement: Agreement, time: datetime) -> bool:
    """Whether it is usage of this agreement. The hours in which it begins and ends belong to it."""
    begins = agreement.starts_at.replace(minute=0, second=0, microsecond=0)
    return begins <= time <= (agreement.ended_at or time)


def _check_activation(time: datetime, agreement: Agreement) -> None:
    if covers(agreement, time):
        return
    code = "InvalidLicenseException" if agreement.license_id else "TimestampOutOfBoundsException"
    raise Refused(code, "The usage is not within the time of the agreement.")


def _check_allocations(record: dict[str, Any]) -> None:
    kind = "AsDecimal" if "QuantityAsDecimal" in record else ""
    other = "" if kind else "AsDecimal"
    total, seen = Decimal(0), set()
    for part in record["UsageAllocations"]:
        if f"AllocatedUsageQuantity{other}" in part or f"AllocatedUsageQuantity{kind}" not in part:
            raise _wrong("Allocations have the same kind of number as the quantity.")
        total += Decimal(part[f"AllocatedUsageQuantity{kind}"])
        seen.add(_tags(part))
    if total != quantity_of(record):
        raise _wrong("The allocations do not add up to the quantity.")
    if len(seen) != len(record["UsageAllocations"]):
        raise _wrong("Two allocations have the same tags.")


def _tags(part: dict[str, Any]) -> frozenset[tuple[str, str]]:
    tags = {tag["Key"]: tag["Value"] for tag in part.get("Tags", [])}
    if len(tags) != len(part.get("Tags", [])):
        raise Refused("InvalidTagException", "Two tags have the same key.")
    return frozenset(tags.items())


def _wrong(words: str) -> Refused:
    return Refused("InvalidUsageAllocationsException", words)
