"""Tiers at the gateway: looking whether its usage plans are as tiers.json says, and mending them.

Terraform owns the plans. A repair puts back what it deployed, so it is refused where it deployed
another definition than the one that this code has: there, a deployment is what helps.
"""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from adapters import plan_limits
from adapters.definitions import definition, digest_of
from adapters.errors import Refused
from adapters.plan_limits import Limits, Plan
from backoffice import jobs
from backoffice.audit import Act
from backoffice.jobs import Work
from backoffice.models import Job
from backoffice.verbs import VerbRefused
from tenants.models import TierPlan
from tenants.tier_words import differences_of

KIND = "repair-tier"
# Few calls, but of the same ten a second that customers' keys need.
LOOK_EVERY = timedelta(minutes=10)


def look_at_plans() -> int:
    """Copy what the gateway has, if the last look is a while ago. The sweep calls it."""
    since = timezone.now() - LOOK_EVERY
    if TierPlan.objects.filter(seen_at__gt=since).count() >= len(definition("tiers")):
        return 0
    plans = plan_limits.read_plans(list(definition("tiers")))
    for tier in definition("tiers"):
        _note(tier, plans.get(tier))
    TierPlan.objects.exclude(tier__in=definition("tiers")).delete()
    return len(plans)


def wanted_of(tier: str) -> Limits:
    """Return what the definition gives the tier."""
    content = definition("tiers")[tier]
    quota = content["quota"]
    return Limits(float(content["rate"]), content["burst"], quota["limit"], quota["period"])


def is_deployed_from_this(row: TierPlan) -> bool:
    return row.deployed_from == digest_of("tiers")


def repair(row: TierPlan, act: Act) -> Job:
    """Start the job that gives the plan its limits back. Raises VerbRefused where it may not."""
    if not row.plan_id:
        raise VerbRefused(_("The gateway has no such plan. Deploy the infrastructure."))
    if not is_deployed_from_this(row):
        raise VerbRefused(
            _(
                "The plans were deployed from another definition of the tiers than this version "
                "has. Deploy the infrastructure: a repair would undo it."
            )
        )
    if not differences_of(row):
        raise VerbRefused(_("It agrees with the definition, so there is nothing to repair."))
    unfinished = Job.objects.filter(kind=KIND, state__in=jobs.UNFINISHED)
    if unfinished.filter(arguments__tier=row.tier).exists():
        raise VerbRefused(_("It is being repaired already."))
    with transaction.atomic():
        title = _("Repair the plan of %(tier)s") % {"tier": row}
        return jobs.start_job(KIND, title=title, total=1, chunks=1, act=act, tier=row.tier)


def register() -> None:
    jobs.register(KIND, Work(chunk=_repair_chunk, finish=_look_again))


def _repair_chunk(job: Job, index: int) -> int:
    """Look, and change what differs: done twice, the second finds nothing to do.

    While another plan was changed less than 20 s ago, TryLater puts the job off and the sweep
    tries again.
    """
    tier = str(job.arguments["tier"])
    plan = plan_limits.read_plans([tier]).get(tier)
    if plan is None:
        raise Refused(_("The gateway has no such plan. Deploy the infrastructure."))
    if plan.deployed_from != digest_of("tiers"):
        raise Refused(_("Another definition of the tiers was deployed meanwhile."))
    job.renew()
    plan_limits.set_limits(plan, wanted_of(tier), now=timezone.now())
    return 1


def _look_again(job: Job) -> None:
    tier = str(job.arguments["tier"])
    _note(tier, plan_limits.read_plans([tier]).get(tier))


def _note(tier: str, plan: Plan | None) -> None:
    row = TierPlan(tier=tier, **_columns(plan))
    values = _columns(plan) | {
        "place": list(definition("tiers")).index(tier),
        "keys": plan_limits.count_keys(plan.plan_id) if plan else 0,
        "is_off": bool(differences_of(row)),
        "seen_at": timezone.now(),
    }
    TierPlan.objects.update_or_create(tier=tier, defaults=values)


def _columns(plan: Plan | None) -> dict[str, Any]:
    limits = plan.limits if plan else Limits(None, None, None, None)
    return {
        "plan_id": plan.plan_id if plan else "",
        "rate": limits.rate,
        "burst": limits.burst,
        "quota": limits.quota,
        "period": limits.period or "",
        "is_on_a_stage": bool(plan and plan.is_on_a_stage),
        "deployed_from": plan.deployed_from if plan else "",
    }
