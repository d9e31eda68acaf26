"""`manage.py hand_out_batch autumn-launch --count 100000 > event.json`"""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from backoffice import audit
from backoffice.audit import Act
from campaigns.models import MOST_CODES, MOST_USES, Batch, Campaign


class Command(BaseCommand):
    help = (
        "Register a batch whose codes the Lambda function generate-codes makes, and print the "
        "event to invoke it with. The portal makes no code itself; it knows the batch from now on, "
        "so that its codes can be redeemed, paused and revoked like any other."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("campaign", help="the short name (slug) of the campaign")
        parser.add_argument("--count", type=int, required=True, help="how many codes to make")
        parser.add_argument("--max-uses", type=int, default=1, help="uses of each code; default: 1")

    def handle(self, **options: Any) -> None:
        campaign = Campaign.objects.filter(slug=options["campaign"]).first()
        if campaign is None:
            raise CommandError(f"No campaign is called {options['campaign']}.")
        if campaign.state == Campaign.State.ARCHIVED:
            raise CommandError(f"{options['campaign']} is archived.")
        for option, most in (("count", MOST_CODES), ("max_uses", MOST_USES)):
            if not 1 <= options[option] <= most:
                raise CommandError(f"--{option.replace('_', '-')} must be 1 to {most:,}.")
        batch = _hand_out(campaign, options["count"], options["max_uses"])
        event = {
            "campaign": campaign.public_id,
            "batch": batch.public_id,
            "prefix": batch.prefix,
            "count": batch.count,
            "max_uses": batch.max_uses,
        }
        self.stdout.write(json.dumps(event))


@transaction.atomic
def _hand_out(campaign: Campaign, count: int, max_uses: int) -> Batch:
    """The sweep looks how far the function is (campaigns/handed_out.py)."""
    batch = Batch.objects.create(
        campaign=campaign,
        label=_("Made by a function"),
        origin=Batch.Origin.FUNCTION,
        prefix=campaign.prefix.upper(),
        count=count,
        max_uses=max_uses,
    )
    after = {"count": count, "max_uses": max_uses}
    audit.record(Act(None), "hand out batch", batch, after=after)
    return batch
