"""Builds the REST API of infra/definitions/api.json and the usage plans of tiers.json."""

import json
from typing import Any

import boto3

from adapters.access_log import log_group
from adapters.definitions import definition, digest_of, name_of, stage
from adapters.plan_limits import DEPLOYED_FROM
from adapters.problems import CONTENT_TYPE, problem
from localcloud.place import ACCOUNT, REGION

Request = dict[str, Any]


def build_api(*, pool_arn: str, functions: dict[str, str]) -> str:
    """Create the API and its stage; `functions` maps the names in the routes to ARNs."""
    gateway: Any = boto3.client("apigateway")
    content = definition("api")
    created = gateway.create_rest_api(name=name_of(content["name"]), apiKeySource="HEADER")
    api: Request = {"restApiId": created["id"]}
    for name, schema in content["models"].items():
        gateway.create_model(
            **api, name=name, schema=json.dumps(schema), contentType="application/json"
        )
    validator, protected = _shared_by_methods(gateway, api, pool_arn)
    for resource, routes in _resources(gateway, api, content["routes"]):
        for route in routes:
            shared = validator if route.get("public") else validator | protected
            _put_method(gateway, api | resource, shared, route, functions[route["function"]])
        _put_preflight(gateway, api | resource, content["cors"])
    _put_gateway_responses(gateway, api, content)
    gateway.create_deployment(**api, stageName=stage())
    _put_throttles(gateway, api, content)
    _put_access_log(gateway, api)
    return str(created["id"])


def build_plans(api_id: str) -> None:
    gateway: Any = boto3.client("apigateway")
    for tier, limits in definition("tiers").items():
        gateway.create_usage_plan(
            name=name_of(tier),
            description=limits["label"],
            apiStages=[{"apiId": api_id, "stage": stage()}],
            throttle={"rateLimit": limits["rate"], "burstLimit": limits["burst"]},
            quota=limits["quota"],
            tags={DEPLOYED_FROM: digest_of("tiers")},
        )


def _shared_by_methods(gateway: Any, api: Request, pool_arn: str) -> tuple[Request, Request]:
    """Return what every method has, and what those have that are not public."""
    authorizer = gateway.create_authorizer(
        **api,
        name="customers",
        type="COGNITO_USER_POOLS",
        providerARNs=[pool_arn],
        identitySource="method.request.header.Authorization",
    )
    validator = gateway.create_request_validator(
        **api, name="everything", validateRequestBody=True, validateRequestParameters=True
    )
    everywhere = {"requestValidatorId": validator["id"], "authorizationType": "NONE"}
    protected = {
        "authorizationType": "COGNITO_USER_POOLS",
        "authorizerId": authorizer["id"],
        "apiKeyRequired": True,
    }
    return everywhere, protected


def _resources(
    gateway: Any, api: Request, routes: list[dict[str, Any]]
) -> list[tuple[Request, list[dict[str, Any]]]]:
    """Create a resource for each path and return it with the routes on it."""
    (root,) = gateway.get_resources(**api)["items"]
    made = {"": root["id"]}
    found = []
    for path in dict.fromkeys(route["path"] for route in routes):
        resource_id = _resource(gateway, api, made, path)
        found.append(({"resourceId": resource_id}, [r for r in routes if r["path"] == path]))
    return found


def _resource(gateway: Any, api: Request, made: dict[str, str], path: str) -> str:
    if path not in made:
        above, _, part = path.rpartition("/")
        parent = _resource(gateway, api, made, above)
        made[path] = gateway.create_resource(**api, parentId=parent, pathPart=part)["id"]
    return made[path]


def _put_method(
    gateway: Any, resource: Request, shared: Request, route: dict[str, Any], function_arn: str
) -> None:
    parameters = {
        f"method.request.{_PLACES[parameter['in']]}.{parameter['name']}": parameter["required"]
        for parameter in route.get("parameters", [])
    }
    gateway.put_method(
        **resource,
        **shared,
        httpMethod=route["method"],
        requestModels={"application/json": route["body"]} if "body" in route else {},
        requestParameters=parameters,
    )
    gateway.put_integration(
        **resource,
        httpMethod=route["method"],
        type="AWS_PROXY",
        integrationHttpMethod="POST",
        uri=f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{function_arn}/invocations",
    )


# Where a parameter stands: what OpenAPI and the definition call it, and what API Gateway does.
_PLACES = {"header": "header", "path": "path", "query": "querystring"}


def _put_preflight(gateway: Any, resource: Request, cors: dict[str, Any]) -> None:
    """Answer a browser's OPTIONS without token or key, from fixed headers."""
    headers = {
        "Access-Control-Allow-Origin": cors["allow_origin"],
        "Access-Control-Allow-Headers": cors["allow_headers"],
        "Access-Control-Allow-Methods": cors["allow_methods"],
        "Access-Control-Max-Age": str(cors["max_age_seconds"]),
    }
    method = resource | {"httpMethod": "OPTIONS"}
    names = [f"method.response.header.{name}" for name in headers]
    values = [f"'{value}'" for value in headers.values()]
    gateway.put_method(**method, authorizationType="NONE", apiKeyRequired=False)
    gateway.put_integration(
        **method, type="MOCK", requestTemplates={"application/json": '{"statusCode": 204}'}
    )
    gateway.put_method_response(
        **method, statusCode="204", responseParameters=dict.fromkeys(names, True)
    )
    gateway.put_integration_response(
        **method,
        statusCode="204",
        responseParameters=dict(zip(names, values, strict=True)),
        responseTemplates={},
    )


def _put_gateway_responses(gateway: Any, api: Request, content: dict[str, Any]) -> None:
    for kind, answer in content["gateway_responses"].items():
        body = _problem_template(answer)
        headers = _answer_headers(content["cors"]) | answer.get("headers", {})
        gateway.put_gateway_response(
            **api,
            responseType=kind,
            statusCode=str(body["status"]),
            responseParameters={
                f"gatewayresponse.header.{name}": f"'{value}'" for name, value in headers.items()
            },
            responseTemplates={"application/json": json.dumps(body)},
        )


def _problem_template(answer: dict[str, Any]) -> dict[str, Any]:
    """Return the problem as a template; API Gateway puts in the id, and what it objects to.

    The extended id, because a caller may choose the other one.
    """
    body = problem(
        answer["problem"], detail=answer["detail"], request_id="$context.extendedRequestId"
    )
    if reason := answer.get("explained_by"):
        body |= {"reason": reason, "errors": [{"detail": reason}]}
    return body


def _answer_headers(cors: dict[str, Any]) -> dict[str, str]:
    return {
        "Access-Control-Allow-Origin": cors["allow_origin"],
        "Access-Control-Expose-Headers": cors["expose_headers"],
        "Content-Type": CONTENT_TYPE,
    }


def _put_throttles(gateway: Any, api: Request, content: dict[str, Any]) -> None:
    """Limit every method of the stage, and some by limits of their own, whoever calls."""
    limited = [("*/*", content["throttle"])]
    for route in content["routes"]:
        if "throttle" in route:
            path = route["path"].replace("/", "~1")
            limited.append((f"{path}/{route['method']}", route["throttle"]))
    for method, throttle in limited:
        operations = [
            {"op": "replace", "path": f"/{method}/throttling/{setting}", "value": str(value)}
            for setting, value in (
                ("rateLimit", throttle["rate"]),
                ("burstLimit", throttle["burst"]),
            )
        ]
        gateway.update_stage(**api, stageName=stage(), patchOperations=operations)


def _put_access_log(gateway: Any, api: Request) -> None:
    group = log_group()
    boto3.client("logs").create_log_group(logGroupName=group)
    settings = {
        "destinationArn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}",
        "format": json.dumps(definition("access_log")["line"]),
    }
    operations = [
        {"op": "replace", "path": f"/accessLogSettings/{name}", "value": value}
        for name, value in settings.items()
    ]
    gateway.update_stage(**api, stageName=stage(), patchOperations=operations)
