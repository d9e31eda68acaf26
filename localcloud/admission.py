"""Whether a call may go on: its API key, how fast it comes, and how many came before."""

from typing import Any

from localcloud.addresses import control_plane
from localcloud.proxy_events import Call
from localcloud.refusals import Refusal
from localcloud.throttles import THROTTLES, limits_of_key, limits_of_stage
from localcloud.usage import USAGE


def admit(call: Call, *, key_required: bool) -> None:
    """Let the call in, with its key where it needs one, and count it. Raises Refusal.

    Limits hold in AWS's order: the key's, the method's in this stage, the account's. A call that
    one of them refuses takes nothing from the others, nor from the quota.
    """
    if key_required:
        call.plan, call.api_key = _plan_and_key(call)
    limits = limits_of_key(call.plan, call.api_key.id, call) if call.plan else []
    if not THROTTLES.admits(limits + limits_of_stage(call)):
        raise Refusal("THROTTLED")
    if call.plan and not USAGE.count(call.plan, call.api_key.id):
        raise Refusal("QUOTA_EXCEEDED")


def take_back(call: Call) -> None:
    """Do not count the call after all: the gateway refuses it for another reason."""
    if call.plan:
        USAGE.take_back(call.plan.id, call.api_key.id)


def _plan_and_key(call: Call) -> tuple[Any, Any]:
    """Return the call's API key if it is live, and its plan, which must be one of this stage."""
    value = call.request.headers.get("x-api-key")
    keys = list(control_plane().keys.values())
    key = next((key for key in keys if value and key.value == value and key.enabled), None)
    plan = _plan(call, key.id) if key else None
    if plan is None:
        raise Refusal("INVALID_API_KEY")
    return plan, key


def _plan(call: Call, key_id: str) -> Any:
    here = {"apiId": call.api.id, "stage": call.stage}
    for plan in control_plane().get_usage_plans(api_key_id=key_id):
        if any(here.items() <= stage.items() for stage in plan.api_stages):
            return plan
    return None
