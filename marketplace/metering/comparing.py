"""A month held side by side: what the API's counters say, what the ledger has, and what AWS took.

A job, because the counters of each customer are asked of DynamoDB. It is the dry run of reading
them again (reread): the difference that it names is what would go into the next hour.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from adapters.usage import hours_of
from backoffice import audit
from backoffice.audit import Act
from marketplace.metering.counts import counts_of
from marketplace.metering.months import MonthFile, begin_of
from marketplace.metering.rows import Meter, MeteredHour
from marketplace.models import Agreement
from marketplace.products import known_product
from tenants.errors import NotPossible

COLUMNS = (
    *("customer", "agreement", "dimension", "month (UTC)"),
    *("counted by the API", "counted in the ledger", "difference", "used", "to bill"),
    *("accepted by AWS", "not sent yet", "lost", "uncollected", "what it means"),
)
State = MeteredHour.State


@transaction.atomic
def reread(agreement: Agreement, act: Act, *, month: str) -> None:
    """Have its counters read again from the month's beginning. What they have more than the ledger
    goes into the next hour; nothing that was sent changes. Raises NotPossible."""
    begins = begin_of(month)
    if not Meter.objects.filter(agreement=agreement).update(
        reread_from=begins, due_at=timezone.now()
    ):
        raise NotPossible(_("Nobody ever used this agreement, so nothing was counted."))
    audit.record(act, "read counters again", agreement, after={"from": begins.isoformat()})


def _lines(meter: Meter, begins: datetime, ends: datetime) -> Iterator[Sequence[object]]:
    product = known_product(meter.agreement)
    if product is None:
        return
    counts = counts_of(meter, product, since=begins, read=hours_of)
    for dimension in product.metered:
        counted = {
            hour: one.amount
            for (name, hour), one in counts.items()
            if name == dimension and begins <= hour < ends
        }
        rows = meter.agreement.metered_hours.filter(dimension=dimension)
        sums = _sums(rows.filter(hour__gte=begins, hour__lt=ends))
        sums["counted"] = sum(counted.values())
        sums["still_open"] = sum(n for hour, n in counted.items() if hour >= meter.next_hour)
        yield _cells(meter.agreement, dimension, begins, sums)


def _sums(rows: QuerySet[MeteredHour]) -> dict[str, int]:
    found = rows.aggregate(
        in_ledger=Sum("counted"),
        used_in_all=Sum("used"),
        to_bill=Sum("quantity"),
        accepted=Sum("quantity", filter=Q(state=State.ACCEPTED)),
        unsent=Sum("quantity", filter=Q(state__in=MeteredHour.UNSENT)),
        lost=Sum("quantity", filter=Q(state__in=MeteredHour.LOST)),
        left_over=Sum("uncollected"),
    )
    return {name: value or 0 for name, value in found.items()}


def _cells(
    agreement: Agreement, dimension: str, begins: datetime, sums: dict[str, int]
) -> Sequence[object]:
    return (
        agreement.tenant.company if agreement.tenant else "",
        str(agreement),
        dimension,
        f"{begins:%Y-%m}",
        sums["counted"],
        sums["in_ledger"],
        sums["counted"] - sums["in_ledger"],
        sums["used_in_all"],
        sums["to_bill"],
        sums["accepted"],
        sums["unsent"],
        sums["lost"],
        sums["left_over"],
        meaning_of(sums),
    )


def meaning_of(sums: dict[str, int]) -> str:
    """Say in a sentence what a line shows: the file is for people who ask why."""
    difference = sums["counted"] - sums["in_ledger"]
    if difference > sums["still_open"]:
        return _("It was counted too late for any hour: have the counters read again.")
    if difference > 0:
        return _("Hours that are not closed yet have the difference.")
    if difference < 0:
        return _("The API's counters have less than was billed: they were lost or restored.")
    if sums["lost"] or sums["left_over"]:
        return _("Something is lost: the ledger says what and why.")
    return _("Something is still to be sent.") if sums["unsent"] else _("All agree.")


COMPARISON = MonthFile(
    kind="compare-usage",
    title=gettext_lazy("Compare usage of %(what)s in %(month)s"),
    label=gettext_lazy("Download the comparison"),
    name="usage.csv",
    chunk=50,
    columns=COLUMNS,
    lines=_lines,
)
