"""AWS JSON and Smithy's RPC by CBOR: which operation is called with what, and the answer in kind.

https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import botocore.session
from botocore.model import OperationModel
from werkzeug.wrappers import Request, Response

from localcloud.marketplace import cbor
from localcloud.marketplace.refusals import Refused

SERVICES = ("meteringmarketplace", "marketplace-entitlement", "marketplace-agreement")

_RPC_PATH = re.compile(r"^/service/(?P<service>[^/]+)/operation/(?P<operation>[^/]+)$")


@dataclass(frozen=True)
class Protocol:
    """`written` makes the bytes of an answer; times are times until then."""

    name: str
    content_type: str
    parsed: Callable[[bytes], Any]
    written: Callable[[Any], bytes]

    def response(self, body: Any, *, status: int, request_id: str) -> Response:
        response = Response(self.written(body), status, content_type=self.content_type)
        response.headers["x-amzn-RequestId"] = request_id
        if self.name == "rpc-v2-cbor":
            response.headers["smithy-protocol"] = "rpc-v2-cbor"
        return response


@dataclass(frozen=True)
class Asked:
    service: str
    operation: OperationModel
    protocol: Protocol


@cache
def model_of(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


@cache
def _services() -> dict[str, str]:
    return {model_of(name).metadata["targetPrefix"]: name for name in SERVICES}


def asked_of(request: Request) -> Asked | None:
    """Return what a request calls, or None if it calls no operation of these services."""
    if request.method != "POST":
        return None
    if found := _RPC_PATH.match(request.path):
        return _operation(found["service"], found["operation"], _RPC)
    prefix, _, name = request.headers.get("X-Amz-Target", "").rpartition(".")
    version = model_of(_services()[prefix]).metadata["jsonVersion"] if prefix in _services() else ""
    return _operation(prefix, name, _json(version)) if version else None


def _operation(prefix: str, name: str, protocol: Protocol) -> Asked | None:
    service = _services().get(prefix)
    if service is None or name not in model_of(service).operation_names:
        return None
    return Asked(service, model_of(service).operation_model(name), protocol)


def _from_json(data: bytes) -> Any:
    try:
        return json.loads(data or b"{}")
    except (ValueError, RecursionError) as error:
        raise Refused("SerializationException", "The body is no JSON.") from error


def _to_json(body: Any) -> bytes:
    return json.dumps(body, default=_seconds).encode()


def _seconds(value: Any) -> float:
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(f"JSON has no {type(value).__name__}.")


def _from_cbor(data: bytes) -> Any:
    try:
        return cbor.decoded(data) if data else {}
    except cbor.NotCbor as error:
        raise Refused("SerializationException", "The body is no CBOR.") from error


def _json(version: str) -> Protocol:
    return Protocol(f"json-{version}", f"application/x-amz-json-{version}", _from_json, _to_json)


_RPC = Protocol("rpc-v2-cbor", "application/cbor", _from_cbor, cbor.encoded)
