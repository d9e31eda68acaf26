"""How often API Gateway lets itself be managed, where a test or a benchmark asks for it.

AWS documents the rates and not how it counts: a bucket of calls that starts full is assumed, for
each operation with a rate of its own and for all calls together. A call that finds none left is
refused as AWS does it, and takes nothing from the other buckets.
"""

import json
import re
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from adapters.definitions import definition

_OPERATIONS = (
    ("CreateApiKey", "POST", re.compile(r"^/apikeys/?$")),
    ("DeleteApiKey", "DELETE", re.compile(r"^/apikeys/[^/]+$")),
    ("UpdateUsagePlan", "PATCH", re.compile(r"^/usageplans/[^/]+$")),
    ("CreateDeployment", "POST", re.compile(r"^/restapis/[^/]+/deployments$")),
)
_ALL = "all calls"


@dataclass
class ControlPlane:
    """The buckets of one local cloud. `factor` scales all rates together; None: no limits."""

    factor: float | None = None
    # When a call of each operation was let through, and the operations that were refused.
    admitted: list[tuple[str, float]] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)
    _levels: dict[str, tuple[float, float]] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def admits(self, operation: str) -> bool:
        if self.factor is None:
            return True
        limits = definition("control_plane")["apigateway"]
        rates = {_ALL: limits["all calls"]}
        if operation in limits["operations"]:
            rates[operation] = limits["operations"][operation]
        with self._guard:
            return self._take(operation, rates, time.monotonic())

    def _take(self, operation: str, rates: dict[str, Any], now: float) -> bool:
        levels = {name: self._level(name, rate, now) for name, rate in rates.items()}
        is_admitted = all(level >= 1 for level in levels.values())
        for name, level in levels.items():
            self._levels[name] = (level - is_admitted, now)
        if is_admitted:
            self.admitted.append((operation, now))
        else:
            self.rejected.append(operation)
        return is_admitted

    def _level(self, name: str, rate: dict[str, float], now: float) -> float:
        level, filled_at = self._levels.get(name, (float(rate["burst"]), now))
        grown = (now - filled_at) * rate["per_second"] * (self.factor or 1)
        return min(float(rate["burst"]), level + grown)

    def clear(self) -> None:
        with self._guard:
            self.factor = None
            for kept in (self.admitted, self.rejected, self._levels):
                kept.clear()


CONTROL_PLANE = ControlPlane()


class Paced:
    """The WSGI application in front of moto: API Gateway's control plane at its own pace."""

    def __init__(self, application: Any, service_of: Any) -> None:
        self._application = application
        self._service_of = service_of

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if self._service_of(environ) == "apigateway":
            operation = _operation(environ["REQUEST_METHOD"], environ["PATH_INFO"])
            if not CONTROL_PLANE.admits(operation):
                return _too_many(start_response)
        answer: Iterable[bytes] = self._application(environ, start_response)
        return answer


def _operation(method: str, path: str) -> str:
    for name, wanted, pattern in _OPERATIONS:
        if method == wanted and pattern.match(path):
            return name
    return "other"


def _too_many(start_response: Any) -> list[bytes]:
    body = json.dumps({"message": "Too Many Requests"}).encode()
    headers = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("x-amzn-ErrorType", "TooManyRequestsException"),
    ]
    start_response("429 Too Many Requests", headers)
    return [body]
