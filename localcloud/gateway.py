"""API Gateway's data plane, which moto lacks: checks, counts and passes on every call.

All of it follows what API Gateway's control plane holds, so a deployment that forgets an
authorizer or a key is as open here as it would be on AWS.
"""

import re
import time
from collections.abc import Iterable
from typing import Any

from werkzeug.wrappers import Request, Response

from localcloud import functions_runtime as functions
from localcloud.access_log import log_call
from localcloud.addresses import address_of
from localcloud.admission import admit, take_back
from localcloud.authorizers import claims_of
from localcloud.proxy_events import Call, response_of
from localcloud.refusals import FunctionBroken, Refusal
from localcloud.request_validation import check

# https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
_LARGEST_BODY = 10 * 1024 * 1024
_LONGEST_MILLIS = 29_000

_FUNCTION_ARN = re.compile(r"/functions/(arn:[^/]+)/invocations$")
_METHOD_HEADER = "method.response.header."


def gateway(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """The WSGI application: /{stage}/{path of a resource}, or a custom domain's own paths."""
    call = Call(Request(environ))
    try:
        response = _answer(call)
    except Refusal as refusal:
        call.refused_by = refusal.response_type
        response = refusal.response(call.api, call.variables())
    response.headers["x-amzn-RequestId"] = call.id
    response.headers["x-amz-apigw-id"] = call.extended_id
    log_call(call, response)
    return response(environ, start_response)


def _answer(call: Call) -> Response:
    call.address = address_of(call.request)
    if (call.request.content_length or 0) > _LARGEST_BODY:
        raise Refusal("REQUEST_TOO_LARGE")
    call.resource, call.path_parameters = _resource(call.api, call.address.path)
    methods = call.resource.resource_methods
    method = methods.get(call.request.method) or methods.get("ANY")
    if method is None:
        raise Refusal("MISSING_AUTHENTICATION_TOKEN")
    if method.authorization_type == "COGNITO_USER_POOLS":
        authorizer = call.api.authorizers[method.authorizer_id]
        call.claims = claims_of(call.request.headers.get("Authorization"), authorizer)
    admit(call, key_required=bool(method.api_key_required))
    try:
        check(call.request, call.api, method)
    except Refusal:
        take_back(call)
        raise
    started = time.monotonic()
    try:
        return _integrated(call, method.method_integration)
    finally:
        call.function_ms = int(1000 * (time.monotonic() - started))


def _resource(api: Any, path: str) -> tuple[Any, dict[str, str]]:
    """Return the resource at the path; a fixed path goes before one with a {parameter}."""
    resources = {resource.get_path(): resource for resource in list(api.resources.values())}
    if path in resources:
        return resources[path], {}
    for template, resource in sorted(resources.items()):
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(template))
        pattern = re.sub(r"\\\{(\w+)\\\+\\\}", r"(?P<\1>.+)", pattern)
        if found := re.fullmatch(pattern, path):
            return resource, found.groupdict()
    raise Refusal("MISSING_AUTHENTICATION_TOKEN")


def _integrated(call: Call, integration: Any) -> Response:
    if integration.integration_type == "MOCK":
        return _fixed(integration)
    found = _FUNCTION_ARN.search(integration.uri)
    if integration.integration_type != "AWS_PROXY" or not found:
        raise FunctionBroken
    millis = int(integration.timeout_in_millis or _LONGEST_MILLIS)
    try:
        answer = functions.invoke(found[1], call.event(), at_most=millis / 1000)
    except functions.CallerGaveUp as error:
        raise Refusal("INTEGRATION_TIMEOUT") from error
    except functions.InvocationError as error:
        raise FunctionBroken from error
    return response_of(answer)


def _fixed(integration: Any) -> Response:
    """Return a mock integration's answer: a status and constant headers."""
    ((status, answer),) = integration.integration_responses.items()
    response = Response(status=int(status))
    for name, value in (answer.response_parameters or {}).items():
        response.headers[name.removeprefix(_METHOD_HEADER)] = value.strip("'")
    return response
