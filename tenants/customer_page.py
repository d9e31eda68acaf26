"""Everything that staff see of one customer at a glance."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from campaigns.models import Redemption
from tenants import customer_parts, key_facts, login_words, standing, timeline
from tenants.access import access_of
from tenants.login_words import LoginStanding
from tenants.models import (
    Grant,
    Member,
    Message,
    OneTimeLink,
    SignUp,
    SupportRequest,
    SuppressedAddress,
    Tenant,
)
from tenants.usage import page as usage_page

MOST_CODES = 20


@dataclass(frozen=True)
class Person:
    member: Member
    standing: LoginStanding


def page_of(request: HttpRequest, tenant: Tenant) -> dict[str, Any]:
    """Return what the customer's page shows, in a fixed number of queries."""
    now = timezone.now()
    grants = list(tenant.grants.select_related("campaign"))
    access = access_of(tenant, grants, now)
    sign_up = SignUp.objects.filter(tenant=tenant).select_related("tenant").first()
    redeemed = _redemptions(tenant, sign_up)
    parts = customer_parts.parts_of(request, tenant)
    others = [entry for part in parts for entry in part.entries]
    return {
        "tenant": tenant,
        "standing": standing.standing_of(tenant, access),
        "access": access,
        "tier": tier_label(access.tier),
        "grants": [grant for grant in grants if _is_current(grant, now)],
        "people": _people(tenant, now),
        "requests": list(
            SupportRequest.objects.filter(
                member__tenant=tenant, state__in=SupportRequest.OPEN
            ).select_related("member")
        ),
        "keys": key_facts.keys_of(tenant).current,
        "sign_up": sign_up,
        "sign_up_state": standing.sign_up_state(sign_up)[1] if sign_up else "",
        "redemptions": redeemed,
        "usage_page": usage_page.page_of(tenant, tier=access.tier),
        "timeline": timeline.timeline_of(tenant, sign_up, redeemed, others),
        "parts": parts,
        "held_back": _held_back(tenant),
    }


def _held_back(tenant: Tenant) -> list[SuppressedAddress]:
    """The addresses of this customer's people to which no mail is sent."""
    addresses = [member.email.casefold() for member in tenant.members.all()]
    rows = SuppressedAddress.objects.filter(address__in=addresses, released_at=None)
    return list(rows.select_related("event"))


def tier_label(tier: str) -> str:
    return str(Grant(tier=tier).get_tier_display())


def _redemptions(tenant: Tenant, sign_up: SignUp | None) -> list[Redemption]:
    """The code that let them in, and those that they redeemed since."""
    ids = [str(pk) for pk in tenant.promotions.values_list("pk", flat=True)[:MOST_CODES]]
    if sign_up:
        ids.append(str(sign_up.pk))
    return list(Redemption.objects.select_related("campaign").filter(redeemed_by__in=ids))


def _is_current(grant: Grant, now: datetime) -> bool:
    return grant.ended_at is None and (grant.ends_at is None or now < grant.ends_at)


def _people(tenant: Tenant, now: datetime) -> list[Person]:
    members = list(tenant.members.all())
    links = list(OneTimeLink.objects.filter(member__tenant=tenant))
    mails = list(Message.objects.filter(member__tenant=tenant).exclude(state=Message.State.SENT))
    return [
        Person(
            member,
            login_words.standing_of(
                member,
                [link for link in links if link.member_id == member.pk],
                [mail for mail in mails if mail.member_id == member.pk],
                now,
                is_suspended=tenant.is_suspended,
            ),
        )
        for member in members
    ]
