"""The SQL copy of redemptions that staff pages read. DynamoDB has the last word."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from campaigns.models import Batch, Campaign
from campaigns.models import Redemption as RedemptionRow
from campaigns.redemptions import Redemption

# What of a visitor's origin is kept with a redemption.
UTM = ("utm_source", "utm_medium", "utm_campaign")


def record_redemption(
    redemption: Redemption, *, origin: Mapping[str, Any] | None = None
) -> RedemptionRow:
    """Copy one redemption. Safe to repeat.

    Of `origin` the names in UTM are taken, where it has them: the columns of a sign-up will do.
    Without one, what is known of it stays.
    """
    row, _ = RedemptionRow.objects.update_or_create(
        redeemed_by=redemption.redeemed_by,
        defaults={
            "campaign": Campaign.objects.get(public_id=redemption.campaign),
            "batch": Batch.objects.get(public_id=redemption.batch),
            "code": redemption.code,
            "redeemed_at": redemption.redeemed_at,
            "released_at": None,
            "tier": redemption.tier,
            **({name: origin.get(name, "") for name in UTM} if origin else {}),
        },
    )
    return row


def record_release(redeemed_by: str) -> None:
    """Note that the use was given back. Safe to repeat."""
    RedemptionRow.objects.filter(redeemed_by=redeemed_by, released_at=None).update(
        released_at=timezone.now()
    )


def record_provisioned(redeemed_by: Iterable[str], *, at: datetime) -> None:
    """Note that the customer was set up; the first time counts. Safe to repeat."""
    RedemptionRow.objects.filter(redeemed_by__in=redeemed_by, provisioned_at=None).update(
        provisioned_at=at, looked_at=at
    )


def record_origin(redeemed_by: str, origin: Mapping[str, Any]) -> None:
    """Note where the visitor came from, where the copy does not know it yet. Safe to repeat."""
    known = {name: origin[name] for name in UTM if origin.get(name)}
    if known:
        nothing = dict.fromkeys(UTM, "")
        RedemptionRow.objects.filter(redeemed_by=redeemed_by, **nothing).update(**known)


def silent_redemptions(*, unseen_since: datetime) -> QuerySet[RedemptionRow]:
    """Return redemptions whose customers were set up and never called, longest unseen first."""
    return RedemptionRow.objects.filter(
        first_call_at=None, released_at=None, looked_at__lte=unseen_since
    ).order_by("looked_at")


def record_look(row: RedemptionRow, *, at: datetime, first_call_in: datetime | None) -> None:
    """Note what a look at the customer's usage found: nothing, or the hour of a first call."""
    call = first_call_in
    if call and row.provisioned_at:
        # The hour may have begun before the customer did.
        call = max(call, row.provisioned_at)
    RedemptionRow.objects.filter(pk=row.pk).update(looked_at=at, first_call_at=call)
