"""Codes for tests, made as a batch makes them but without a job."""

import secrets
from typing import Any

from django.utils import timezone

from adapters import gates, promo_codes
from adapters.promo_codes import PromoCode
from campaigns import redemptions, rules
from campaigns.models import Batch, Campaign


def put_code(campaign: Campaign, *, max_uses: int = 1, **fields: Any) -> str:
    """Write one code of a new batch and return it as people read it."""
    batch = Batch.objects.create(
        campaign=campaign,
        state=Batch.State.READY,
        count=1,
        max_uses=max_uses,
        prefix=campaign.prefix,
    )
    prefix = rules.normalise_prefix(campaign.prefix)
    gates.register_prefix(prefix)
    redemptions.forget_prefixes()
    code = next(rules.draw_codes(prefix, secrets.token_bytes(32), 0))
    stored = PromoCode(
        code=code,
        campaign=campaign.public_id,
        batch=batch.public_id,
        max_uses=max_uses,
        created_at=timezone.now(),
        **{"chunk": 0, **fields},
    )
    promo_codes.insert_codes([stored])
    return rules.displayed(code, campaign.prefix)
