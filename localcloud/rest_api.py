"""Builds the REST API of infra/definitions/api.json and the usage plans of tiers.json."""

import json
from typing import Any

import boto3

from adapters.definitions import definition, name_of, stage
from localcloud.place import REGION

# API Gateway's words for a refusal: the message as JSON, and what exactly was wrong with a body.
_EXPLAINED = (
    '{"message": $context.error.messageString, "reason": "$context.error.validationErrorString"}'
)

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
    shared = _shared_by_methods(gateway, api, pool_arn)
    for resource, routes in _resources(gateway, api, content["routes"]):
        for route in routes:
            _put_method(gateway, api | resource, shared, route, functions[route["function"]])
        _put_preflight(gateway, api | resource, content["cors"])
    _put_gateway_responses(gateway, api, content)
    gateway.create_deployment(**api, stageName=stage())
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
        )


def _shared_by_methods(gateway: Any, api: Request, pool_arn: str) -> Request:
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
    return {
        "authorizationType": "COGNITO_USER_POOLS",
        "authorizerId": authorizer["id"],
        "requestValidatorId": validator["id"],
        "apiKeyRequired": True,
    }


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
    models = {"application/json": route["body"]} if "body" in route else {}
    gateway.put_method(**resource, **shared, httpMethod=route["method"], requestModels=models)
    gateway.put_integration(
        **resource,
        httpMethod=route["method"],
        type="AWS_PROXY",
        integrationHttpMethod="POST",
        uri=f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{function_arn}/invocations",
    )


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
    origin = f"'{content['cors']['allow_origin']}'"
    for kind, answer in content["gateway_responses"].items():
        message = answer["message"]
        template = _EXPLAINED if message is None else json.dumps({"message": message})
        gateway.put_gateway_response(
            **api,
            responseType=kind,
            statusCode=str(answer["status"]),
            responseParameters={"gatewayresponse.header.Access-Control-Allow-Origin": origin},
            responseTemplates={"application/json": template},
        )
