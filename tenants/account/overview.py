"""What a customer's person sees first: how the account stands, and what its plan allows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from adapters.definitions import definition
from tenants import standing
from tenants.access import Access, access_of
from tenants.models import Grant, Member, Tenant
from tenants.usage import page as usage_page


@dataclass(frozen=True)
class Fact:
    label: str
    text: str


def overview_of(member: Member) -> dict[str, Any]:
    """Return what the first page shows. It holds no secret: snippets have places for them."""
    tenant, now = member.tenant, timezone.now()
    grants = list(tenant.grants.filter(ended_at=None).select_related("campaign"))
    access = access_of(tenant, grants, now)
    state = standing.state_of(tenant, access)
    if state == "no_grant" and standing.is_awaited(tenant):
        state = "awaited"
    return {
        "state": state,
        "state_word": _word(state),
        "next_step": _next_step(tenant, state),
        "tier": definition("tiers")[access.tier],
        "allows": plan_facts(access.tier),
        "until": until(grants, now) if access.allowed else None,
        "source": _source(grants, access),
        "coming": [grant for grant in grants if grant.starts_at > now],
        "usage": usage_page.summary_of(tenant),
        **call_facts(member),
    }


def plan_facts(tier: str) -> list[Fact]:
    """Say in words what a tier allows."""
    plan = definition("tiers")[tier]
    values = {"rate": plan["rate"], "burst": plan["burst"], "size": plan["max_variables"]}
    quota = plan["quota"]
    period = {"DAY": _("a day"), "WEEK": _("a week"), "MONTH": _("a month")}[quota["period"]]
    return [
        Fact(_("Calls"), f"{quota['limit']:,} {period}"),
        Fact(_("Speed"), _("%(rate)d calls a second, %(burst)d at once") % values),
        Fact(_("Largest problem"), _("%(size)d variables") % values),
        Fact(_("May"), "; ".join(_permission(word) for word in plan["permissions"])),
    ]


def call_facts(member: Member) -> dict[str, Any]:
    """Return what the first-call snippets are filled in with, and whether they can work."""
    return {
        "has_app": member.login_has_app,
        "email": member.email,
        "client_id": settings.USER_POOL_CLIENT_ID,
        "identity_url": settings.IDENTITY_URL,
        "api_url": settings.API_URL,
    }


def until(grants: list[Grant], now: datetime) -> datetime | None:
    """Return when the present plan ends, if it does; several grants of it in a row are one."""
    tiers = list(definition("tiers"))

    def rank(grant: Grant) -> tuple[bool, int]:
        return (grant.source == Grant.Source.STAFF, tiers.index(grant.tier))

    def covers(grant: Grant, at: datetime) -> bool:
        return grant.starts_at <= at and (grant.ends_at is None or at < grant.ends_at)

    best = max((grant for grant in grants if covers(grant, now)), key=rank, default=None)
    while best and best.ends_at:
        end, tier = best.ends_at, best.tier
        best = max((grant for grant in grants if covers(grant, end)), key=rank, default=None)
        if best is None or best.tier != tier:
            return end
    return None


def _word(state: str) -> str:
    words = {"no_grant": _("Plan has ended"), "awaited": _("Waiting for AWS")}
    return words.get(state) or str(standing.WORDS[state])


def _next_step(tenant: Tenant, state: str) -> str:
    support = {"support": settings.SUPPORT_ADDRESS}
    steps = {
        "stuck": _(
            "A change needs a person on our side. We have been told; nothing of yours is lost."
        ),
        "no_grant": _(
            "No plan covers today, so the API answers 403. Redeem a code, or write to %(support)s."
        )
        % support,
        "awaited": _(
            "AWS confirms your subscription, usually within minutes. The API opens by itself then."
        ),
        "setting_up": _("Your login and your key are being made. This takes seconds."),
    }
    step = steps.get(state, "")
    if state == "open" and not tenant.is_reconciled:
        step = _("A change is on its way. It takes seconds, and your calls go on meanwhile.")
    return step


def _source(grants: list[Grant], access: Access) -> str:
    """Say where the present plan comes from."""
    grant = next((each for each in grants if access.billing_source == each.billing_source), None)
    if grant is None:
        return ""
    if grant.campaign:
        return _("Promo code of %(campaign)s") % {"campaign": grant.campaign.name}
    if grant.agreement:
        return _("AWS Marketplace subscription")
    words = {Grant.Source.STAFF: _("Given by our team"), Grant.Source.OPEN: _("Without a code")}
    return words.get(Grant.Source(grant.source), "")


def _permission(word: str) -> str:
    """Say what a permission is for; one that is new here is said as it is."""
    words = {
        "me": _("ask who a token is for (/v1/me)"),
        "solve": _("have problems solved (/v1/solve)"),
    }
    return words.get(word, word)
