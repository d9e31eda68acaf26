"""What the usage plans of this stage allow, as API Gateway has them, and mending that.

AWS allows UpdateUsagePlan once in 20 s an account, and that cannot be raised: whoever wants it
takes a turn first, which all workers of a stage share.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adapters import pacing
from adapters.aws import client, speaking_to
from adapters.definitions import name_of

# The tag of a plan that says which definition of the tiers it was deployed from.
DEPLOYED_FROM = "tiers-definition"
# A second to spare: between taking a turn and the call some time passes, and not always the same.
SECONDS_BETWEEN_UPDATES = 21

_PATHS = {
    "rate": "/throttle/rateLimit",
    "burst": "/throttle/burstLimit",
    "quota": "/quota/limit",
    "period": "/quota/period",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """None is what the plan does not limit."""

    rate: float | None
    burst: int | None
    quota: int | None
    period: str | None


@dataclass(frozen=True, slots=True)
class Plan:
    plan_id: str
    limits: Limits
    deployed_from: str
    is_on_a_stage: bool


def read_plans(tiers: list[str]) -> dict[str, Plan]:
    """Return the plans of these tiers that there are. One call for each 500 plans."""
    tier_of = {name_of(tier): tier for tier in tiers}
    with speaking_to("apigateway"):
        pages = client("apigateway").get_paginator("get_usage_plans").paginate(limit=500)
        found = [plan for page in pages for plan in page["items"]]
    return {tier_of[plan["name"]]: _plan(plan) for plan in found if plan["name"] in tier_of}


def count_keys(plan_id: str) -> int:
    """Return how many keys are on the plan. One call for each 500 keys."""
    with speaking_to("apigateway"):
        pages = client("apigateway").get_paginator("get_usage_plan_keys")
        return sum(len(page["items"]) for page in pages.paginate(usagePlanId=plan_id, limit=500))


def set_limits(plan: Plan, wanted: Limits, *, now: datetime) -> None:
    """Change what differs, in one call. Safe to repeat.

    Raises TryLater while less than 20 s have passed since the last one, whoever sent that.
    """
    changes = _changes(plan.limits, wanted)
    if not changes:
        return
    pacing.take_turn(
        1, per_second=1 / SECONDS_BETWEEN_UPDATES, now=now, until=now, line="usage-plans"
    )
    with speaking_to("apigateway"):
        client("apigateway").update_usage_plan(usagePlanId=plan.plan_id, patchOperations=changes)


def _changes(has: Limits, wanted: Limits) -> list[dict[str, str]]:
    changes = []
    for name, path in _PATHS.items():
        before, after = getattr(has, name), getattr(wanted, name)
        if before != after:
            op = "add" if before is None else "replace"
            changes.append({"op": op, "path": path, "value": _written(after)})
    return changes


def _written(value: float | str) -> str:
    return value if isinstance(value, str) else format(value, ".10g")


def _plan(plan: dict[str, Any]) -> Plan:
    throttle, quota = plan.get("throttle") or {}, plan.get("quota") or {}
    return Plan(
        plan_id=plan["id"],
        limits=Limits(
            rate=float(throttle["rateLimit"]) if "rateLimit" in throttle else None,
            burst=int(throttle["burstLimit"]) if "burstLimit" in throttle else None,
            quota=int(quota["limit"]) if "limit" in quota else None,
            period=str(quota["period"]) if "period" in quota else None,
        ),
        deployed_from=(plan.get("tags") or {}).get(DEPLOYED_FROM, ""),
        is_on_a_stage=bool(plan.get("apiStages")),
    )
