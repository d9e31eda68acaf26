"""The SQL copy of redemptions that staff pages read. DynamoDB has the last word."""

from django.utils import timezone

from campaigns.models import Batch, Campaign
from campaigns.models import Redemption as RedemptionRow
from campaigns.redemptions import Redemption


def record_redemption(redemption: Redemption) -> RedemptionRow:
    """Copy one redemption. Safe to repeat."""
    row, _ = RedemptionRow.objects.update_or_create(
        redeemed_by=redemption.redeemed_by,
        defaults={
            "campaign": Campaign.objects.get(public_id=redemption.campaign),
            "batch": Batch.objects.get(public_id=redemption.batch),
            "code": redemption.code,
            "redeemed_at": redemption.redeemed_at,
            "released_at": None,
        },
    )
    return row


def record_release(redeemed_by: str) -> None:
    """Note that the use was given back. Safe to repeat."""
    RedemptionRow.objects.filter(redeemed_by=redeemed_by, released_at=None).update(
        released_at=timezone.now()
    )
