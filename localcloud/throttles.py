"""Token buckets: how fast a key, a method and the whole account may call.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
"""

import threading
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

# What an account may do in a Region unless AWS raised it.
_ACCOUNT_RATE, _ACCOUNT_BURST = 10_000.0, 5_000.0


@dataclass(frozen=True)
class Limit:
    """A bucket: whose it is, how many calls a second flow in, and how many it holds."""

    of: Hashable
    rate: float
    burst: float


class Throttles:
    """All buckets of one local cloud. A bucket starts full."""

    def __init__(self) -> None:
        self._buckets: dict[Hashable, tuple[float, float]] = {}
        self._guard = threading.Lock()

    def admits(self, limits: Sequence[Limit]) -> bool:
        """Take one call out of each bucket, if there is one in all of them."""
        now = monotonic()
        with self._guard:
            levels = [self._level(limit, now) for limit in limits]
            admitted = all(level >= 1 for level in levels)
            for limit, level in zip(limits, levels, strict=True):
                self._buckets[limit.of] = (level - admitted, now)
            return admitted

    def clear(self) -> None:
        with self._guard:
            self._buckets.clear()

    def _level(self, limit: Limit, now: float) -> float:
        level, filled_at = self._buckets.get(limit.of, (limit.burst, now))
        return min(limit.burst, level + (now - filled_at) * limit.rate)


THROTTLES = Throttles()


def limits_of_key(plan: Any, key_id: str, call: Any) -> list[Limit]:
    """Return what the usage plan allows one key: altogether, and for this method of the stage."""
    own: list[tuple[Any, Hashable]] = [(plan.throttle, (plan.id, key_id))]
    for stage in plan.api_stages:
        if (stage["apiId"], stage["stage"]) == (call.api.id, call.stage):
            path = call.resource.get_path()
            throttle = (stage.get("throttle") or {}).get(f"{path}/{call.request.method}")
            own.append((throttle, (plan.id, key_id, path, call.request.method)))
    return [_limit(throttle, of) for throttle, of in own if throttle]


def limits_of_stage(call: Any) -> list[Limit]:
    """Return what the stage allows this method, whoever calls, and AWS the account.

    A method without a setting of its own has that of all methods, but a bucket of its own.
    """
    settings = call.api.stages[call.stage].method_settings
    path, method = call.resource.get_path(), call.request.method
    own = settings.get(f"{path.replace('/', '~1')}/{method}", {})
    throttle = {**settings.get("*/*", {}), **own}
    limits = [Limit("account", _ACCOUNT_RATE, _ACCOUNT_BURST)]
    if {"throttlingRateLimit", "throttlingBurstLimit"} <= throttle.keys():
        rate, burst = throttle["throttlingRateLimit"], throttle["throttlingBurstLimit"]
        limits.append(Limit((call.api.id, call.stage, path, method), float(rate), float(burst)))
    return limits


def _limit(throttle: Any, of: Hashable) -> Limit:
    return Limit(of, float(throttle["rateLimit"]), float(throttle["burstLimit"]))
