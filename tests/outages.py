"""Bad days of AWS: an answer of our own in place of the cloud's."""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.awsrequest import AWSResponse

from adapters.aws import client
from adapters.seller import seller_client


class Body(io.BytesIO):
    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.getvalue()


@contextmanager
def answering(
    service: str, operation: str, status: int, body: dict[str, Any], *, times: int = 99
) -> Iterator[list[str]]:
    """Answer the next `times` calls of an operation ourselves; give the bodies we were sent."""
    seen: list[str] = []

    def instead(request: Any, **_: Any) -> AWSResponse | None:
        if len(seen) == times:
            return None
        sent = request.body or b""
        seen.append(sent.decode() if isinstance(sent, bytes) else sent)
        return AWSResponse(request.url, status, {}, Body(json.dumps(body).encode()))

    with _hooked(service, operation, instead):
        yield seen


@contextmanager
def failing(service: str, operation: str, code: str, *, times: int = 99) -> Iterator[list[str]]:
    """Refuse the next calls of an operation with this error."""
    with answering(service, operation, 400, {"__type": code}, times=times) as seen:
        yield seen


@contextmanager
def unreachable(service: str, error: Exception, operation: str = "*") -> Iterator[None]:
    """Let every call of the service fail on its way, as a broken network does."""

    def fail(**_: Any) -> None:
        raise error

    with _hooked(service, operation, fail):
        yield


@contextmanager
def _hooked(service: str, operation: str, hook: Any) -> Iterator[None]:
    name = f"before-send.{service}.{operation}"
    senders = _senders(service)
    for sender in senders:
        sender.meta.events.register_first(name, hook)
    try:
        yield
    finally:
        for sender in senders:
            sender.meta.events.unregister(name, hook)


def _senders(service: str) -> list[Any]:
    if "marketplace" in service:
        return [seller_client(service, role_arn="")]
    # create_key has a client of its own, which never repeats a call, and outcomes a hurried one.
    return [client(service), client(service, repeats=False), client(service, hurried=True)]
