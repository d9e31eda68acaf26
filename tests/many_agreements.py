"""Thousands of subscribers with one closed hour each, for tests and benchmarks of sending."""

from dataclasses import replace
from typing import Any

from django.utils import timezone

from localcloud.marketplace import agreements as bought
from marketplace.metering.deadlines import HOUR, final_call, hour_of
from marketplace.metering.rows import MeteredHour
from marketplace.models import Agreement
from tests.buyers import SUBSCRIPTION


def _another(agreement: bought.Agreement) -> bought.Agreement:
    """One like it of somebody else: to buy each would look at all before it."""
    return replace(
        agreement,
        id=bought.new_agreement_id(),
        initial_id="",
        account_id=bought.new_account_id(),
        license_id=bought.new_license_id(),
    )


def close_an_hour_of(cloud: Any, agreements: int) -> None:
    """Let so many agreements be active for a day, and have used something an hour ago."""
    world = cloud.marketplace
    with world.notices.held():
        first = world.buy(SUBSCRIPTION)
    first.starts_at -= 24 * HOUR
    all_bought = [first, *(_another(first) for _ in range(agreements - 1))]
    world.agreements |= {one.id: one for one in all_bought}
    rows = Agreement.objects.bulk_create(
        Agreement(
            agreement_id=one.id,
            license_id=one.license_id,
            license_arn=one.license_arn,
            product_code=SUBSCRIPTION,
            account_id=one.account_id,
            state=Agreement.State.ACTIVE,
            starts_at=one.starts_at,
        )
        for one in all_bought
    )
    now = timezone.now()
    hour = hour_of(now) - 2 * HOUR
    MeteredHour.objects.bulk_create(
        MeteredHour(
            agreement=row,
            dimension="units",
            hour=hour,
            billed_to=row.license_id,
            counted=number,
            used=number,
            quantity=number,
            closed_at=now,
            next_attempt_at=now,
            deadline_at=final_call(hour),
        )
        for number, row in enumerate(rows, start=1)
    )
