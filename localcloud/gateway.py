"""API Gateway's data plane, which moto lacks: checks, counts and passes on every call.

All of it follows what API Gateway's control plane holds, so a deployment that forgets an
authorizer or a key is as open here as it would be on AWS.
"""

import re
from collections.abc import Iterable
from typing import Any

from moto.apigateway.models import apigateway_backends
from werkzeug.wrappers import Request, Response

from localcloud import functions_runtime as functions
from localcloud.authorizers import claims_of
from localcloud.place import ACCOUNT, REGION
from localcloud.proxy_events import Call, response_of
from localcloud.refusals import FunctionBroken, Refusal
from localcloud.request_validation import check
from localcloud.throttles import THROTTLES
from localcloud.usage import USAGE

# https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
_LARGEST_BODY = 10 * 1024 * 1024
_LONGEST_MILLIS = 29_000

_FUNCTION_ARN = re.compile(r"/functions/(arn:[^/]+)/invocations$")
_METHOD_HEADER = "method.response.header."


def gateway(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """The WSGI application: /{stage}/{path of a resource}."""
    request = Request(environ)
    _, stage, rest = f"{request.path}/".split("/", 2)
    call = Call(request, stage=stage, path=f"/{rest}".removesuffix("/") or "/")
    try:
        response = _answer(call)
    except Refusal as refusal:
        response = refusal.response(call.api)
    response.headers["x-amzn-RequestId"] = call.id
    response.headers["x-amz-apigw-id"] = call.extended_id
    return response(environ, start_response)


def _answer(call: Call) -> Response:
    call.api = _api(call.stage)
    if (call.request.content_length or 0) > _LARGEST_BODY:
        raise Refusal("REQUEST_TOO_LARGE")
    call.resource, call.path_parameters = _resource(call.api, call.path)
    methods = call.resource.resource_methods
    method = methods.get(call.request.method) or methods.get("ANY")
    if method is None:
        raise Refusal("MISSING_AUTHENTICATION_TOKEN")
    if method.authorization_type == "COGNITO_USER_POOLS":
        authorizer = call.api.authorizers[method.authorizer_id]
        call.claims = claims_of(call.request.headers.get("Authorization"), authorizer)
    plan = None
    if method.api_key_required:
        plan, call.api_key = _admitted_key(call)
    try:
        check(call.request, call.api, method)
    except Refusal:
        if plan:
            USAGE.take_back(plan.id, call.api_key.id)
        raise
    return _integrated(call, method.method_integration)


def _api(stage: str) -> Any:
    """Return the API that has this stage. On AWS the host name tells which API is called."""
    for api in reversed(list(_control_plane().apis.values())):
        if stage in api.stages:
            return api
    raise Refusal("MISSING_AUTHENTICATION_TOKEN")


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


def _admitted_key(call: Call) -> tuple[Any, Any]:
    """Return the plan and the API key of the call, if the key is live, on a plan of this stage,
    and not used up. The call is counted."""
    value = call.request.headers.get("x-api-key")
    keys = list(_control_plane().keys.values())
    key = next((key for key in keys if value and key.value == value and key.enabled), None)
    plan = _plan(call, key.id) if key else None
    if key is None or plan is None:
        raise Refusal("INVALID_API_KEY")
    if plan.throttle and not THROTTLES.admits(
        plan.id,
        key.id,
        rate=float(plan.throttle["rateLimit"]),
        burst=float(plan.throttle["burstLimit"]),
    ):
        raise Refusal("THROTTLED")
    if not USAGE.count(plan, key.id):
        raise Refusal("QUOTA_EXCEEDED")
    return plan, key


def _plan(call: Call, key_id: str) -> Any:
    here = {"apiId": call.api.id, "stage": call.stage}
    for plan in _control_plane().get_usage_plans(api_key_id=key_id):
        if any(here.items() <= stage.items() for stage in plan.api_stages):
            return plan
    return None


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


def _control_plane() -> Any:
    return apigateway_backends[ACCOUNT][REGION]
