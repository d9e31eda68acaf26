"""Every call that the Marketplace answered, with request and answer: what people look at.

A registration token is as good as its buyer for four hours, so it is shortened here. Headers, and
so the caller's credentials, are not kept at all.
"""

import threading
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from localcloud.marketplace.clock import Clock

_SHOWN = 6


@dataclass(frozen=True)
class Call:
    number: int
    at: datetime
    service: str
    operation: str
    protocol: str
    request: Any
    status: int
    answer: Any
    fault: str = ""


class Calls:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._calls: list[Call] = []
        self._guard = threading.Lock()

    def record(self, *, request: Any, **what: Any) -> Call:
        with self._guard:
            number = len(self._calls) + 1
            call = Call(number=number, at=self._clock.now(), request=_shortened(request), **what)
            self._calls.append(call)
        return call

    def of(self, operation: str = "") -> list[Call]:
        """Return the calls of the operation, or all of them; the oldest first."""
        return [call for call in list(self._calls) if operation in ("", call.operation)]

    def as_json(self, operation: str = "") -> list[dict[str, Any]]:
        return [asdict(call) for call in reversed(self.of(operation))]

    def clear(self) -> None:
        self._calls.clear()


def _shortened(request: Any) -> Any:
    token = request.get("RegistrationToken") if isinstance(request, dict) else None
    if not token:
        return request
    return {**request, "RegistrationToken": f"{str(token)[:_SHOWN]}…"}
