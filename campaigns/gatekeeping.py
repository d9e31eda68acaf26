"""Opening and closing campaigns: the row is what staff edit, the gate is what redemption sees.

The row is saved first and the gate is written before success is reported. If DynamoDB does not
answer, the row stays due (`is_in_force` is false), staff are told, and the sweep repeats it.
"""

import logging

from django.db import transaction
from django.db.models import F

from adapters import gates
from adapters.errors import OutsideError, TryLater
from adapters.gates import Gate
from backoffice import audit
from backoffice.audit import Act
from campaigns.models import Batch, Campaign

log = logging.getLogger(__name__)

# What a form edits. The state has verbs of its own: a form that was opened before a pause and
# saved after it must not open the campaign again.
_EDITED = ("name", "slug", "tier", "starts_at", "ends_at", "prefix", "default_max_uses")


class NotInForceYet(TryLater):
    """The row is saved, redemption does not see it yet; the sweep goes on trying."""


def save_campaign(campaign: Campaign, act: Act) -> None:
    """Save what staff edited and put it in force. Raises NotInForceYet if the gate must wait."""
    with transaction.atomic():
        before = _terms(Campaign.objects.get(pk=campaign.pk)) if campaign.pk else {}
        if campaign.pk:
            campaign.generation = F("generation") + 1
            campaign.save(update_fields=[*_EDITED, "generation"])
        else:
            campaign.save()
        campaign.refresh_from_db()
        verb = "change campaign" if before else "create campaign"
        audit.record(act, verb, campaign, before=before, after=_terms(campaign))
    put_in_force(campaign)


def pause_campaign(campaign: Campaign, act: Act) -> None:
    """No code of the campaign is redeemed from when this returns, until it is resumed."""
    _set_state(campaign, Campaign.State.PAUSED, act, "pause campaign")


def resume_campaign(campaign: Campaign, act: Act) -> None:
    _set_state(campaign, Campaign.State.OPEN, act, "resume campaign")


def put_in_force(campaign: Campaign) -> None:
    """Write the gate as the row stands. Safe to repeat and to race: the newer row wins."""
    campaign.refresh_from_db()
    generation = campaign.generation
    try:
        gates.write_gate(_gate(campaign))
    except OutsideError as error:
        raise NotInForceYet(str(error)) from error
    Campaign.objects.filter(pk=campaign.pk, gate_generation__lt=generation).update(
        gate_generation=generation
    )
    campaign.refresh_from_db()


def write_due_gates() -> int:
    """Put in force what a failed write left behind. One that AWS refuses holds up no other."""
    due = Campaign.objects.filter(gate_generation__lt=F("generation"))[:100]
    for campaign in due:
        try:
            put_in_force(campaign)
        except NotInForceYet as error:
            if isinstance(error.__cause__, TryLater):
                raise
            log.error("the gate of %s cannot be written: %s", campaign.slug, error)
    return len(due)


def _set_state(campaign: Campaign, state: Campaign.State, act: Act, verb: str) -> None:
    with transaction.atomic():
        before = Campaign.objects.get(pk=campaign.pk).state
        Campaign.objects.filter(pk=campaign.pk).update(state=state, generation=F("generation") + 1)
        audit.record(act, verb, campaign, before={"state": before}, after={"state": state})
    put_in_force(campaign)


def _gate(campaign: Campaign) -> Gate:
    closed = campaign.batches.filter(state__in=(Batch.State.PAUSED, Batch.State.REVOKED))
    return Gate(
        campaign=campaign.public_id,
        name=campaign.name,
        tier=campaign.tier,
        state=campaign.state,
        generation=campaign.generation,
        starts_at=campaign.starts_at,
        ends_at=campaign.ends_at,
        closed_batches={batch.public_id: batch.state for batch in closed},
    )


def _terms(campaign: Campaign) -> dict[str, object]:
    return {
        "name": campaign.name,
        "tier": campaign.tier,
        "state": campaign.state,
        "starts_at": campaign.starts_at and campaign.starts_at.isoformat(),
        "ends_at": campaign.ends_at and campaign.ends_at.isoformat(),
    }
