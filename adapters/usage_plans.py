"""API Gateway's keys and usage plans. A tier is a plan; a customer is a key on it.

API Gateway allows 5 CreateApiKey a second and 10,000 keys an account and Region, and one plan per
key and stage; UpdateUsagePlan is allowed once in 20 s, so plans are never touched for a customer.
"""

import time
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from adapters.aws import client, speaking_to
from adapters.definitions import name_of, stage
from adapters.errors import AlreadyThere, NotThere, Refused, TryLater
from adapters.key_values import draw_value

PLANS_KEPT_SECONDS = 300
_plans: tuple[float, dict[str, str]] = (0.0, {})


@dataclass(frozen=True)
class Fingerprint:
    """What recognises a key value without being one."""

    sha256: str
    first4: str
    last4: str


@dataclass(frozen=True)
class Key:
    key_id: str
    name: str
    enabled: bool
    plan_ids: tuple[str, ...]


def plan_of(tier: str) -> str:
    """Return the id of the tier's usage plan. Raises Refused if this stage has none."""
    global _plans
    read_at, plans = _plans
    name = name_of(tier)
    if name not in plans or time.monotonic() - read_at > PLANS_KEPT_SECONDS:
        plans = {plan["name"]: plan["id"] for plan in _pages("get_usage_plans")}
        _plans = (time.monotonic(), plans)
    if name not in plans:
        raise Refused(f"apigateway: there is no usage plan called {name}")
    return plans[name]


def find_key(name: str) -> str | None:
    """Return the id of the key with exactly this name. AWS's nameQuery matches a prefix."""
    for key in _pages("get_api_keys", nameQuery=name):
        if key["name"] == name:
            return str(key["id"])
    return None


def read_key(key_id: str) -> Key | None:
    """Return the key with the plans it is on, or None if it is gone."""
    try:
        with speaking_to("apigateway"):
            key = client("apigateway").get_api_key(apiKey=key_id, includeValue=False)
    except NotThere:
        return None
    return Key(key_id, key["name"], key["enabled"], _plans_with(key_id))


def create_key(name: str) -> tuple[str, Fingerprint]:
    """Make a live key with a value of our own, and return its id and what recognises it.

    The value is drawn here and kept nowhere: API Gateway alone has it. Not idempotent: AWS lets two
    keys share a name. Look with `find_key` unless this was never tried before; after a lost answer
    look again: this call is never repeated by itself.
    """
    value = draw_value(stage())
    with speaking_to("apigateway"):
        key = client("apigateway", repeats=False).create_api_key(
            name=name, value=value, enabled=True
        )
    return key["id"], _fingerprint(value)


def fingerprint(key_id: str) -> Fingerprint:
    return _fingerprint(key_value(key_id))


def key_value(key_id: str) -> str:
    """Return the key itself. Show it to its owner once; never store or log it."""
    with speaking_to("apigateway"):
        key = client("apigateway").get_api_key(apiKey=key_id, includeValue=True)
    return str(key["value"])


def attach_key(plan_id: str, key_id: str) -> None:
    """Put the key on the plan. Safe to repeat. Raises TryLater while another plan has it.

    AWS says Conflict to both: the key is on this plan, or on another one of the same stage.
    """
    try:
        with speaking_to("apigateway"):
            client("apigateway").create_usage_plan_key(
                usagePlanId=plan_id, keyId=key_id, keyType="API_KEY"
            )
    except AlreadyThere as error:
        if plan_id not in _plans_with(key_id):
            raise TryLater(f"apigateway: key {key_id} is on another plan") from error


def detach_key(plan_id: str, key_id: str) -> None:
    """Take the key off the plan. Safe to repeat."""
    with suppress(NotThere), speaking_to("apigateway"):
        client("apigateway").delete_usage_plan_key(usagePlanId=plan_id, keyId=key_id)


def switch_key(key_id: str, *, enabled: bool) -> None:
    """Enable or disable the key. The gateway follows within about a minute, says AWS."""
    with speaking_to("apigateway"):
        client("apigateway").update_api_key(
            apiKey=key_id,
            patchOperations=[
                {"op": "replace", "path": "/enabled", "value": "true" if enabled else "false"}
            ],
        )


def delete_key(key_id: str) -> None:
    """Remove the key; one that is gone already is fine."""
    with suppress(NotThere), speaking_to("apigateway"):
        client("apigateway").delete_api_key(apiKey=key_id)


def count_keys() -> tuple[int, int]:
    """Return how many keys the account has in this Region, and how many calls it took to see."""
    with speaking_to("apigateway"):
        pages = client("apigateway").get_paginator("get_api_keys").paginate(limit=500)
        sizes = [len(page["items"]) for page in pages]
    return sum(sizes), len(sizes)


def forget_plans() -> None:
    """Look the plans up anew at the next use."""
    global _plans
    _plans = (0.0, {})


def _plans_with(key_id: str) -> tuple[str, ...]:
    return tuple(plan["id"] for plan in _pages("get_usage_plans", keyId=key_id))


def _fingerprint(value: str) -> Fingerprint:
    return Fingerprint(sha256(value.encode()).hexdigest(), value[:4], value[-4:])


def _pages(operation: str, **parameters: Any) -> list[dict[str, Any]]:
    with speaking_to("apigateway"):
        pages = client("apigateway").get_paginator(operation).paginate(**parameters, limit=500)
        return [item for page in pages for item in page["items"]]
