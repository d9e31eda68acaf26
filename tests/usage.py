"""Usage for tests: calls as the gateway and as our function count them, without making them."""

import secrets
from datetime import datetime
from typing import Any

import time_machine

from adapters import usage
from adapters.usage_plans import plan_of
from localcloud.usage import USAGE
from tenants.models import Tenant


def metered(tenant: Tenant, calls: int = 1, *, at: datetime, **fields: Any) -> None:
    """Let our function count calls with the customer's key."""
    for _ in range(calls):
        usage.record_usage(
            **{
                "tenant_id": tenant.pk,
                "api_key_id": key_of(tenant),
                "request_id": secrets.token_hex(8),
                "units": 2,
                "billing_source": "grant:1",
                "at": at,
                **fields,
            }
        )


def counted(
    tenant: Tenant, calls: int = 1, *, at: datetime, tier: str = "starter", key: str = ""
) -> None:
    """Let the gateway count calls with the customer's key on the plan of a tier."""
    with time_machine.travel(at, tick=False):
        for _ in range(calls):
            USAGE.count(Plan(plan_of(tier)), key or key_of(tenant))


def called(tenant: Tenant, calls: int = 1, *, at: datetime) -> None:
    """Let both count calls."""
    metered(tenant, calls, at=at)
    counted(tenant, calls, at=at)


def key_of(tenant: Tenant) -> str:
    return tenant.keys.latest("id").key_id


class Plan:
    """A plan whose quota is never used up."""

    quota = None

    def __init__(self, plan_id: str) -> None:
        self.id = plan_id
