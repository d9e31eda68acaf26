"""Whether the gateway's count and ours agree, and by how much not."""

from datetime import UTC, datetime, timedelta

from django.db.models import Case, F, QuerySet, Value, When
from django.db.models.functions import Abs, Greatest
from django.db.models.lookups import GreaterThan
from django.utils.translation import gettext as _

from tenants.models import UsageDay

# GetUsage lags: a day is judged when it has been over for so long, and both were read again.
SETTLED_AFTER = timedelta(hours=3)
# AWS counts with best effort. More than both of these is shown to staff.
TOLERATED_CALLS = 3
TOLERATED_PERMILLE = 5


def judge(rows: QuerySet[UsageDay], *, now: datetime) -> None:
    """Compute the difference of each row, and mark the days on which it is too large."""
    difference = F("gateway_calls") - F("calls") - F("refused") - F("failed")
    tolerated = Greatest(
        Value(TOLERATED_CALLS), F("gateway_calls") * Value(TOLERATED_PERMILLE) / Value(1000)
    )
    settled = (now.astimezone(UTC) - SETTLED_AFTER).date()
    is_off = GreaterThan(Abs(difference), tolerated)
    rows.update(
        difference=difference,
        is_off=Case(When(is_off, day__lt=settled, then=Value(True)), default=Value(False)),
    )


def words_of(row: UsageDay) -> str:
    """Say what a difference most probably means."""
    if row.difference is None:
        return _("The gateway was not asked yet.")
    if row.tenant_id is None:
        return _("No customer has this key. Somebody made it by hand, or its row is lost.")
    if row.difference > 0:
        return _("The gateway let in calls that our function did not finish or could not count.")
    if row.difference < 0:
        return _("We counted calls that the gateway has not told of. Its count is best effort.")
    return _("Both agree to the call.")
