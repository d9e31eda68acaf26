"""What a customer's person sees first: how the account stands, and what its plan allows."""

from typing import Any

from django.utils import timezone

from adapters.definitions import definition
from tenants.access import access_of
from tenants.models import Member


def overview_of(member: Member) -> dict[str, Any]:
    grants = list(member.tenant.grants.select_related("campaign"))
    access = access_of(member.tenant, grants, timezone.now())
    return {"access": access, "tier": definition("tiers")[access.tier]}
