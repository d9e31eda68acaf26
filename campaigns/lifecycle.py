"""Longer, larger, again, away: what becomes of a campaign after it was made.

Each verb changes its own field only, so that it undoes nothing that a colleague did meanwhile.
"""

from datetime import datetime

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.audit import Act
from backoffice.verbs import VerbRefused
from campaigns import gatekeeping
from campaigns.models import Campaign

State = Campaign.State

# The dates are copied on a condition, see below.
_COPIED = (
    "tier",
    "access_days",
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


def extend_campaign(campaign: Campaign, act: Act, *, ends_at: datetime) -> None:
    """Let the campaign end later; one that has ended goes on."""
    if ends_at <= timezone.now():
        raise VerbRefused(_("That moment is over. Name a later one."))
    gatekeeping.change(
        campaign,
        act,
        "extend campaign",
        only_if=Q(ends_at__lt=ends_at),
        otherwise=_("It ends later than that, or never. To end it sooner, change its form."),
        ends_at=ends_at,
    )


def raise_cap(campaign: Campaign, act: Act, *, cap: int | None) -> None:
    """Allow more redemptions, or as many as the codes allow."""
    gatekeeping.change(
        campaign,
        act,
        "raise cap of campaign",
        only_if=Q(cap__isnull=False) if cap is None else Q(cap__lt=cap),
        otherwise=_("It allows that many already. The cap may only grow here."),
        cap=cap,
    )


def archive_campaign(campaign: Campaign, act: Act) -> None:
    """Put it away: its codes are refused from when this returns, unless it is undone."""
    gatekeeping.change(
        campaign,
        act,
        "archive campaign",
        only_if=~Q(state=State.ARCHIVED),
        otherwise=_("It is archived already."),
        state=State.ARCHIVED,
    )


def unarchive_campaign(campaign: Campaign, act: Act) -> None:
    """Bring it back, paused: nothing is redeemed before somebody resumes it."""
    gatekeeping.change(
        campaign,
        act,
        "unarchive campaign",
        only_if=Q(state=State.ARCHIVED),
        otherwise=_("It is not archived."),
        state=State.PAUSED,
    )


def duplicate_campaign(campaign: Campaign, act: Act) -> Campaign:
    """Make a campaign of the same terms, paused and without codes, and return it."""
    now = timezone.now()
    is_over = campaign.ends_at is not None and campaign.ends_at <= now
    copy = Campaign(
        name=(_("Copy of %(name)s") % {"name": campaign.name})[:100],
        slug=_free_slug(campaign.slug),
        state=State.PAUSED,
        starts_at=None if is_over else campaign.starts_at,
        ends_at=None if is_over else campaign.ends_at,
        **{name: getattr(campaign, name) for name in _COPIED},
    )
    gatekeeping.save_campaign(copy, act, verb="duplicate campaign")
    return copy


def _free_slug(slug: str) -> str:
    stem = slug[:45].rstrip("-")
    taken = set(Campaign.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    return next(name for n in range(2, len(taken) + 3) if (name := f"{stem}-{n}") not in taken)
