"""A REST API as API Gateway tells it, without the ids: to compare one with another."""

import json
from typing import Any

import boto3


def api_called(name: str) -> dict[str, Any]:
    [api] = [
        api for api in boto3.client("apigateway").get_rest_apis()["items"] if api["name"] == name
    ]
    return api


def described(name: str, stage: str) -> dict[str, Any]:
    """Return everything that decides what becomes of a call."""
    gateway: Any = boto3.client("apigateway")
    api = api_called(name)
    its = {"restApiId": api["id"]}
    its_stage = gateway.get_stage(**its, stageName=stage)
    names = {
        each["id"]: each["name"]
        for answer in (gateway.get_authorizers(**its), gateway.get_request_validators(**its))
        for each in answer["items"]
    }
    told = {
        "key from": api["apiKeySource"],
        "authorizers": gateway.get_authorizers(**its)["items"],
        "validators": gateway.get_request_validators(**its)["items"],
        "models": {m["name"]: json.loads(m["schema"]) for m in gateway.get_models(**its)["items"]},
        "methods": _methods(gateway, its, names, stage),
        "refusals": _refusals(gateway, its),
        "limits": _limits(its_stage),
        "line of the access log": json.loads(its_stage["accessLogSettings"]["format"]),
        "plans": _plans(gateway, api["id"], stage),
    }
    return _without(told, {"id"})


def _methods(gateway: Any, its: dict[str, str], names: dict[str, str], stage: str) -> Any:
    found = {}
    for resource in gateway.get_resources(**its, embed=["methods"], limit=500)["items"]:
        for verb in resource.get("resourceMethods", {}):
            method = gateway.get_method(**its, resourceId=resource["id"], httpMethod=verb)
            method.pop("ResponseMetadata")
            for field in ("authorizerId", "requestValidatorId"):
                if field in method:
                    method[field] = names[method[field]]
            found[f"{verb} {resource['path']}"] = _plain(method, stage)
    return found


def _plain(method: dict[str, Any], stage: str) -> dict[str, Any]:
    """Leave out what API Gateway fills in of itself, and the stage in a function's name."""
    integration = dict(method["methodIntegration"])
    kept = {
        k: integration[k] for k in ("type", "httpMethod", "requestTemplates") if k in integration
    }
    if "uri" in integration and integration["type"] == "AWS_PROXY":
        kept["uri"] = integration["uri"].replace(f"gatehouse-{stage}-", "gatehouse-")
    answers = integration.get("integrationResponses", {})
    kept["answers"] = {s: a.get("responseParameters", {}) for s, a in answers.items()}
    wanted = {k: v for k, v in method.items() if k != "methodIntegration" and v not in ({}, None)}
    return wanted | {"integration": {k: v for k, v in kept.items() if v}}


def _refusals(gateway: Any, its: dict[str, str]) -> dict[str, Any]:
    return {
        answer["responseType"]: {
            "status": answer["statusCode"],
            "headers": answer["responseParameters"],
            "body": json.loads(answer["responseTemplates"]["application/json"]),
        }
        for answer in gateway.get_gateway_responses(**its)["items"]
        if not answer["defaultResponse"]
    }


def _limits(stage: dict[str, Any]) -> dict[str, Any]:
    limits = ("throttlingRateLimit", "throttlingBurstLimit")
    return {
        path: {limit: float(settings[limit]) for limit in limits}
        for path, settings in stage["methodSettings"].items()
    }


def _plans(gateway: Any, api_id: str, stage: str) -> dict[str, Any]:
    """Return the plans of this stage by tier."""
    fields = ("description", "throttle", "quota")
    return {
        plan["name"].removeprefix(f"gatehouse-{stage}-"): {
            **{field: plan[field] for field in fields},
            "definition": plan["tags"]["tiers-definition"],
        }
        for plan in gateway.get_usage_plans(limit=500)["items"]
        if plan["apiStages"] == [{"apiId": api_id, "stage": stage}]
    }


def _without(told: Any, names: set[str]) -> Any:
    if isinstance(told, dict):
        return {k: _without(v, names) for k, v in told.items() if k not in names}
    if isinstance(told, list):
        return [_without(each, names) for each in told]
    return told
