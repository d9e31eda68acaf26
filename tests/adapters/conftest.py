"""What the adapters' tests share: answers that AWS gives on a bad day."""

import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse

from adapters.aws import client


class Body(io.BytesIO):
    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.getvalue()


@pytest.fixture
def dynamodb_answers() -> Iterator[Callable[..., list[str]]]:
    """Answer the next `times` calls of an operation ourselves; return the bodies we were sent."""
    hooks: list[tuple[str, Callable[..., Any]]] = []
    events = client("dynamodb").meta.events

    def answer(operation: str, status: int, body: dict[str, Any], times: int = 99) -> list[str]:
        seen: list[str] = []

        def instead(request: Any, **_: Any) -> AWSResponse | None:
            if len(seen) == times:
                return None
            seen.append(request.body.decode())
            return AWSResponse(request.url, status, {}, Body(json.dumps(body).encode()))

        name = f"before-send.dynamodb.{operation}"
        events.register_first(name, instead)
        hooks.append((name, instead))
        return seen

    yield answer
    for name, hook in hooks:
        events.unregister(name, hook)


@pytest.fixture
def cancelled() -> Callable[..., dict[str, Any]]:
    """The body of a cancelled transaction, with these reasons."""

    def body(*codes: str) -> dict[str, Any]:
        kind = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException"
        return {"__type": kind, "CancellationReasons": [{"Code": code} for code in codes]}

    return body
