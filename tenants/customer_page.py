"""Everything that staff see of one customer at a glance."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from campaigns.models import Redemption
from tenants import (
    customer_parts,
    key_facts,
    login_words,
    standing,
    systems,
    timeline,
    what_waits,
)
from tenants.access import access_of
from tenants.domains import customer_part
from tenants.finding.lookups import AsText
from tenants.login_words import LoginStanding
from tenants.models import Grant, Member, Promotion, SignUp, Tenant
from tenants.usage import page as usage_page
from tenants.what_waits import Waiting

MOST_CODES = 20


@dataclass(frozen=True)
class Person:
    member: Member
    standing: LoginStanding


def page_of(request: HttpRequest, tenant: Tenant) -> dict[str, Any]:
    """Return what the customer's page shows, in a fixed number of queries.

    `tenant` comes with its people, current grants, sign-up and look at usage (TenantAdmin).
    """
    now = timezone.now()
    grants = list(tenant.grants.all())
    access = access_of(tenant, grants, now)
    sign_up = getattr(tenant, "signup", None)
    redeemed = _redemptions(tenant, sign_up)
    keys = key_facts.keys_of(tenant)
    waiting = what_waits.waiting_of(tenant)
    of_domains = customer_part.part_of(request, waiting)
    parts = [*filter(None, [of_domains]), *customer_parts.parts_of(request, tenant)]
    happened = timeline.timeline_of(
        tenant,
        sign_up,
        redeemed,
        [entry for part in parts for entry in part.entries],
        before=request.GET.get("before", ""),
        told_elsewhere=[action for part in parts for action in part.tells],
    )
    return {
        "tenant": tenant,
        "standing": standing.standing_of(tenant, access),
        "access": access,
        "tier": tier_label(access.tier),
        "grants": [grant for grant in grants if _is_current(grant, now)],
        "people": _people(tenant, waiting, now),
        "requests": waiting.requests,
        "keys": keys.current,
        "sign_up": sign_up,
        "sign_up_state": standing.sign_up_state(sign_up)[1] if sign_up else "",
        "redemptions": redeemed,
        "usage_page": usage_page.page_of(
            tenant, tier=access.tier, keys=[facts.key for facts in keys.all]
        ),
        "systems": systems.systems_of(tenant, happened.last_steps),
        "timeline": happened,
        "parts": parts,
        "held_back": waiting.held_back,
    }


def tier_label(tier: str) -> str:
    return str(Grant(tier=tier).get_tier_display())


def _redemptions(tenant: Tenant, sign_up: SignUp | None) -> list[Redemption]:
    """The code that let them in, and those that they redeemed since."""
    promotions = Promotion.objects.filter(tenant=tenant).order_by("-created_at")[:MOST_CODES]
    of_promotions = promotions.annotate(who=AsText("id")).values("who")
    rows = Redemption.objects.filter(redeemed_by__in=of_promotions).order_by().values("pk")
    first = Redemption.objects.filter(redeemed_by=str(sign_up.pk) if sign_up else "")
    mine = rows.union(first.order_by().values("pk"))
    return list(Redemption.objects.filter(pk__in=mine).select_related("campaign"))


def _is_current(grant: Grant, now: datetime) -> bool:
    return grant.ended_at is None and (grant.ends_at is None or now < grant.ends_at)


def _people(tenant: Tenant, waiting: Waiting, now: datetime) -> list[Person]:
    return [
        Person(
            member,
            login_words.standing_of(
                member,
                [link for link in waiting.links if link.member_id == member.pk],
                [mail for mail in waiting.unsent if mail.member_id == member.pk],
                now,
                is_suspended=tenant.is_suspended,
            ),
        )
        for member in tenant.members.all()
    ]
