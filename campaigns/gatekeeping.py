"""Opening and closing campaigns: the row is what staff edit, the gate is what redemption sees.

The row is saved first and the gate is written before success is reported. If DynamoDB does not
answer, the row stays due (`is_in_force` is false), staff are told, and the sweep repeats it.
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from adapters import gates
from adapters.errors import OutsideError, TryLater
from adapters.gates import Gate
from backoffice import audit
from backoffice.audit import Act
from backoffice.verbs import VerbRefused
from campaigns.models import Batch, Campaign

log = logging.getLogger(__name__)

# What a form edits. The state has verbs of its own: a form that was opened before a pause and
# saved after it must not open the campaign again.
_EDITED = (
    "name",
    "slug",
    "tier",
    "access_days",
    "starts_at",
    "ends_at",
    "cap",
    "once_per_customer",
    "new_customers_only",
    "confirm_first",
    "allowed_domains",
    "refused_domains",
    "tags",
    "prefix",
    "default_max_uses",
)
# What a customer was promised, or barred by, when they redeemed: fixed from the first redemption.
LOCKED = (
    "tier",
    "access_days",
    "starts_at",
    "once_per_customer",
    "new_customers_only",
    "allowed_domains",
    "refused_domains",
)

LOCKED_SENTENCE = gettext_lazy("A code was redeemed under these terms: duplicate the campaign.")


class TermsLocked(VerbRefused):
    """A code was redeemed under these terms, so they stay."""


class NotInForceYet(TryLater):
    """The row is saved, redemption does not see it yet; the sweep goes on trying."""


def save_campaign(campaign: Campaign, act: Act, *, verb: str = "") -> None:
    """Save what staff edited and put it in force. Raises TermsLocked, and NotInForceYet if the
    gate must wait."""
    with transaction.atomic():
        before = _terms(Campaign.objects.get(pk=campaign.pk)) if campaign.pk else {}
        if campaign.pk:
            _refuse_if_locked(campaign, before)
            campaign.generation = F("generation") + 1
            campaign.save(update_fields=[*_EDITED, "generation"])
        else:
            campaign.save()
        campaign.refresh_from_db()
        usual = "change campaign" if before else "create campaign"
        audit.record(act, verb or usual, campaign, before=before, after=_terms(campaign))
    put_in_force(campaign)


def pause_campaign(campaign: Campaign, act: Act) -> None:
    """No code of the campaign is redeemed from when this returns, until it is resumed."""
    change(campaign, act, "pause campaign", **_unless_archived(), state=Campaign.State.PAUSED)


def resume_campaign(campaign: Campaign, act: Act) -> None:
    change(campaign, act, "resume campaign", **_unless_archived(), state=Campaign.State.OPEN)


def change(
    campaign: Campaign, act: Act, verb: str, *, only_if: Q, otherwise: str, **changes: Any
) -> None:
    """Change these terms and no others, if the row is as it must be, and put them in force."""
    with transaction.atomic():
        rows = Campaign.objects.filter(pk=campaign.pk)
        row = rows.select_for_update().filter(only_if).first()
        if row is None:
            raise VerbRefused(otherwise)
        before, after = _terms(row), _kept(changes)
        rows.update(**changes, generation=F("generation") + 1)
        audit.record(act, verb, row, before={name: before[name] for name in after}, after=after)
    put_in_force(campaign)


def refuse_archived(campaign: Campaign) -> None:
    """Raise VerbRefused for a campaign that gets no more codes."""
    if Campaign.objects.get(pk=campaign.pk).state == Campaign.State.ARCHIVED:
        raise VerbRefused(_("It is archived: take it out of the archive first."))


def put_in_force(campaign: Campaign) -> None:
    """Write the gate as the row stands. Safe to repeat and to race: the newer row wins."""
    campaign.refresh_from_db()
    generation = campaign.generation
    try:
        gates.write_gate(gates_of([campaign])[campaign.public_id])
    except OutsideError as error:
        raise NotInForceYet(str(error)) from error
    Campaign.objects.filter(pk=campaign.pk, gate_generation__lt=generation).update(
        gate_generation=generation
    )
    campaign.refresh_from_db()


def write_again(campaign: Campaign) -> None:
    """Write the gate as the row stands, even where a newer one is there: somebody changed it by
    hand, or the rows came back from a backup. Safe to repeat. Raises NotInForceYet."""
    campaign.refresh_from_db()
    try:
        there = gates.read_gates([campaign.public_id]).get(campaign.public_id)
        if there and (there.generation is None or there.generation > campaign.generation):
            wanted = gates_of([campaign])[campaign.public_id]
            gates.replace_gate(wanted, instead_of=there)
    except OutsideError as error:
        raise NotInForceYet(str(error)) from error
    put_in_force(campaign)  # whoever changed the row meanwhile wrote in vain


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


def locked_fields(campaign: Campaign) -> tuple[str, ...]:
    """Return the fields that may not change any more, because a code was redeemed."""
    return LOCKED if campaign.redemptions.exists() else ()


def _refuse_if_locked(campaign: Campaign, before: dict[str, object]) -> None:
    locked = locked_fields(campaign)
    after = _terms(campaign)
    if any(before[name] != after[name] for name in locked):
        raise TermsLocked(LOCKED_SENTENCE)
    if locked and is_lowered(before["cap"], campaign.cap):
        raise TermsLocked(_("A code was redeemed: the most redemptions may only grow."))


def is_lowered(before: object, after: int | None) -> bool:
    """Whether a cap became smaller; None is no limit."""
    if after is None:
        return False
    return before is None or (isinstance(before, int) and after < before)


def _unless_archived() -> dict[str, Any]:
    return {
        "only_if": ~Q(state=Campaign.State.ARCHIVED),
        "otherwise": _("It is archived: take it out of the archive first."),
    }


def gates_of(campaigns: Sequence[Campaign]) -> dict[str, Gate]:
    """Return what the gates of these campaigns should be, by their public ids, in one query."""
    named: dict[int, list[Batch]] = {}
    for row in Batch.objects.filter(_is_exceptional(), campaign__in=campaigns):
        named.setdefault(row.campaign_id, []).append(row)
    return {row.public_id: _gate(row, named.get(row.pk, [])) for row in campaigns}


def _gate(campaign: Campaign, batches: list[Batch]) -> Gate:
    closed = (Batch.State.PAUSED, Batch.State.REVOKED)
    return Gate(
        campaign=campaign.public_id,
        name=campaign.name,
        tier=campaign.tier,
        state=campaign.state,
        generation=campaign.generation,
        starts_at=campaign.starts_at,
        ends_at=campaign.ends_at,
        access_days=campaign.access_days,
        cap=campaign.cap,
        once_per_customer=campaign.once_per_customer,
        new_customers_only=campaign.new_customers_only,
        confirm_first=campaign.confirm_first,
        allowed_domains=tuple(campaign.allowed_domains.split()),
        refused_domains=tuple(campaign.refused_domains.split()),
        closed_batches={row.public_id: row.state for row in batches if row.state in closed},
        batch_ends={
            row.public_id: row.expires_at
            for row in batches
            if row.expires_at != row.written_expires_at
        },
    )


def _is_exceptional() -> Q:
    """Batches that the gate must name. The others are as their codes say."""
    end_changed = (
        Q(expires_at__isnull=True, written_expires_at__isnull=False)
        | Q(expires_at__isnull=False, written_expires_at__isnull=True)
        | Q(expires_at__gt=F("written_expires_at"))
        | Q(expires_at__lt=F("written_expires_at"))
    )
    return Q(state__in=(Batch.State.PAUSED, Batch.State.REVOKED)) | end_changed


def _terms(campaign: Campaign) -> dict[str, object]:
    """What the audit trail keeps: every field that staff edit, and the state."""
    return _kept({name: getattr(campaign, name) for name in (*_EDITED, "state")})


def _kept(terms: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in terms.items()
    }
