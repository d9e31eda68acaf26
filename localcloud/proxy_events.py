"""A call as API Gateway hands it to a function, and the function's answer as a response."""

import base64
import binascii
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from werkzeug.datastructures import Headers
from werkzeug.wrappers import Request, Response

from adapters.definitions import stage
from localcloud.addresses import Address
from localcloud.place import ACCOUNT
from localcloud.refusals import FunctionBroken


@dataclass
class Call:
    """What the gateway learns about a request on its way through."""

    request: Request
    address: Address | None = None
    resource: Any = None
    path_parameters: dict[str, str] = field(default_factory=dict)
    claims: dict[str, str] | None = None
    plan: Any = None
    api_key: Any = None
    # What the access log says of it: which refusal of the gateway, and how long its function took.
    refused_by: str = ""
    function_ms: int | None = None
    extended_id: str = field(default_factory=lambda: uuid.uuid4().hex[:15] + "=")
    started_at: float = field(default_factory=time.time)

    def __post_init__(self) -> None:
        # A client may choose this id; the extended one is always the gateway's own.
        self.id = self.request.headers.get("x-amzn-RequestId") or str(uuid.uuid4())

    @property
    def api(self) -> Any:
        return self.address and self.address.api

    @property
    def stage(self) -> str:
        return self.address.stage if self.address else ""

    def variables(self) -> dict[str, Any]:
        """Return what the template of a gateway response may name as $context.…"""
        return {
            "requestId": self.id,
            "extendedRequestId": self.extended_id,
            "httpMethod": self.request.method,
            "domainName": self.request.host,
            "stage": self.stage,
        }

    def event(self) -> dict[str, Any]:
        """Return the event of a proxy integration, in payload format 1.0."""
        request, address = self.request, self.address
        assert address  # noqa: S101 - a call gets here by its address
        body = request.get_data()
        headers = dict(request.headers.items()) | self._forwarded()
        return {
            "resource": self.resource.get_path(),
            "path": address.shown,
            "httpMethod": request.method,
            "headers": headers,
            "multiValueHeaders": {name: [value] for name, value in headers.items()},
            "queryStringParameters": dict(request.args.items()) or None,
            "multiValueQueryStringParameters": request.args.to_dict(flat=False) or None,
            "pathParameters": self.path_parameters or None,
            "stageVariables": None,
            "requestContext": self._context(address),
            "body": body.decode(errors="replace") if body else None,
            "isBase64Encoded": False,
        }

    def _context(self, address: Address) -> dict[str, Any]:
        moment = datetime.fromtimestamp(self.started_at, UTC)
        context: dict[str, Any] = {
            "accountId": ACCOUNT,
            "apiId": address.api.id,
            "stage": address.stage,
            "requestId": self.id,
            "extendedRequestId": self.extended_id,
            "resourceId": self.resource.id,
            "resourcePath": self.resource.get_path(),
            "httpMethod": self.request.method,
            "path": address.full,
            "protocol": "HTTP/1.1",
            "domainName": self.request.host,
            "domainPrefix": self.request.host.partition(".")[0],
            "requestTime": moment.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "requestTimeEpoch": int(self.started_at * 1000),
            "identity": self._identity(),
        }
        return context | ({"authorizer": {"claims": self.claims}} if self.claims else {})

    def _forwarded(self) -> dict[str, str]:
        """Return what the gateway tells of the connection; a caller's own words are replaced.

        AWS serves HTTPS alone, and every stage but the laptop's sends away whoever comes otherwise.
        """
        scheme = self.request.scheme if stage() == "local" else "https"
        return {
            "X-Forwarded-For": self.request.remote_addr or "",
            "X-Forwarded-Port": self.request.environ["SERVER_PORT"],
            "X-Forwarded-Proto": scheme,
        }

    def _identity(self) -> dict[str, Any]:
        identity: dict[str, Any] = {
            "sourceIp": self.request.remote_addr,
            "userAgent": self.request.headers.get("User-Agent"),
        }
        if self.api_key:
            identity |= {"apiKey": self.api_key.value, "apiKeyId": self.api_key.id}
        return identity


def response_of(answer: Any) -> Response:
    """Return the function's answer as HTTP. Raises FunctionBroken if it is not a proxy answer."""
    if not isinstance(answer, dict):
        raise FunctionBroken
    status, body = answer.get("statusCode"), answer.get("body")
    headers = answer.get("headers") or {}
    if type(status) is not int or not isinstance(body, str | None) or not isinstance(headers, dict):
        raise FunctionBroken
    response = Response(_decoded(body or "", answer.get("isBase64Encoded")), status)
    response.headers = Headers({name: str(value) for name, value in headers.items()})
    for name, values in (answer.get("multiValueHeaders") or {}).items():
        response.headers.setlist(name, [str(value) for value in values])
    response.headers.setdefault("Content-Type", "application/json")
    return response


def _decoded(body: str, encoded: Any) -> bytes:
    if not encoded:
        return body.encode()
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error as error:
        raise FunctionBroken from error
