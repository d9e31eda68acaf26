"""A new row of the ledger, and how much of it is billed."""

from datetime import datetime

from django.db.models import Sum

from marketplace.metering.amounts import beyond
from marketplace.metering.deadlines import deadline_of, month_of
from marketplace.metering.rows import MeteredHour
from marketplace.models import Agreement
from marketplace.products import Product


def empty_row(agreement: Agreement, dimension: str, hour: datetime, now: datetime) -> MeteredHour:
    """Return a row, not saved, with which nothing is billed."""
    return MeteredHour(
        agreement=agreement,
        dimension=dimension,
        hour=hour,
        billed_to=billed_to(agreement),
        state=MeteredHour.State.FREE,
        closed_at=now,
        settled_at=now,
        next_attempt_at=now,
        deadline_at=deadline_of(hour, agreement.ended_at),
    )


def billed_to(agreement: Agreement) -> str:
    """By what AWS tells buyers apart: the license, or a legacy one's product and customer."""
    return agreement.license_id or agreement.source_name


def to_bill(agreement: Agreement, product: Product, *, before: int, used: int) -> int:
    """Return what is billed of `used`: of a contract what goes beyond what its month includes."""
    if not product.included:
        return used
    return beyond(product.included.get(agreement.tier, 0), before=before, used=used)


def used_before(agreement: Agreement, product: Product, dimension: str, hour: datetime) -> int:
    """Return what was used in this month of UTC before the hour, where it matters."""
    if not product.included:
        return 0
    rows = agreement.metered_hours.filter(
        dimension=dimension, hour__gte=month_of(hour), hour__lt=hour
    )
    return rows.aggregate(used=Sum("used"))["used"] or 0
