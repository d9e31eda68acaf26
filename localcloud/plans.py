"""API keys and usage plans as API Gateway keeps them: pages, conflicts and GetUsage."""

import json
from datetime import date
from typing import Any

from moto.apigateway import urls
from moto.apigateway.exceptions import (
    BadRequestException,
    ConflictException,
    UsagePlanNotFoundException,
)
from moto.apigateway.models import APIGatewayBackend
from moto.apigateway.responses import APIGatewayResponse

from localcloud.corrections import Corrections
from localcloud.usage import MOST_DAYS, USAGE

corrections = Corrections()

# https://docs.aws.amazon.com/apigateway/latest/api/API_GetApiKeys.html
_PAGE = 25
_LONGEST_PAGE = 500

for _path in ("usage", "keys/(?P<api_key_id>[^/]+)/usage"):
    urls.url_paths[f"{{0}}/usageplans/(?P<usage_plan_id>[^/]+)/{_path}$"] = (
        APIGatewayResponse.dispatch
    )


@corrections.of(APIGatewayResponse)
def get_api_keys(stock: Any, response: Any) -> str:
    answer = json.loads(stock(response))
    if customer := response._get_param("customerId"):
        answer["item"] = [key for key in answer["item"] if key.get("customerId") == customer]
    return _page(response, answer["item"])


@corrections.of(APIGatewayResponse)
def get_usage_plans(stock: Any, response: Any) -> str:
    return _page(response, json.loads(stock(response))["item"])


@corrections.of(APIGatewayResponse)
def get_usage_plan_keys(stock: Any, response: Any) -> str:
    return _page(response, json.loads(stock(response))["item"])


@corrections.of(APIGatewayResponse)
def get_usage(stock: Any, response: Any) -> str:
    plan = response.backend.get_usage_plan(_plan_id(response))
    first, last = _days_asked_for(response)
    key_id = response._get_param("keyId")
    used = USAGE.used_keys(plan.id, first, last)
    page = json.loads(_page(response, [key for key in used if key_id in (None, key)]))
    answer = {
        "usagePlanId": plan.id,
        "startDate": first.isoformat(),
        "endDate": last.isoformat(),
        "values": {key: USAGE.days(plan, key, first, last) for key in page.pop("item")},
    }
    return json.dumps(answer | page)


@corrections.of(APIGatewayResponse)
def update_usage(stock: Any, response: Any) -> str:
    """Change what is left of a key's quota: the one change of usage that AWS allows."""
    plan = response.backend.get_usage_plan(_plan_id(response))
    key_id = response.path.split("/")[4]
    response.backend.get_usage_plan_key(plan.id, key_id)
    for change in response._get_param("patchOperations"):
        if change["op"] != "replace" or change["path"] != "/remaining" or not plan.quota:
            raise BadRequestException("Invalid patch operation specified")
        USAGE.set_remaining(plan, key_id, int(change["value"]))
    return json.dumps({"usagePlanId": plan.id, "values": {}})


@corrections.of(APIGatewayBackend)
def create_usage_plan_key(
    stock: Any, backend: Any, usage_plan_id: str, payload: dict[str, Any]
) -> Any:
    """Put a key on a plan, unless it is on this one, or on another of the same stage."""
    plan = backend.get_usage_plan(usage_plan_id)
    key_id = payload["keyId"]
    for other in backend.get_usage_plans(api_key_id=key_id):
        if other.id == plan.id:
            raise ConflictException(f"Usage Plan {plan.id} already contains API Key {key_id}")
        if _stages(other) & _stages(plan):
            raise ConflictException(
                f"API Key {key_id} cannot be added to Usage Plan {plan.id}: "
                f"Usage Plan {other.id} covers the same API stage"
            )
    return stock(backend, usage_plan_id, payload)


@corrections.of(APIGatewayBackend)
def delete_usage_plan_key(stock: Any, backend: Any, usage_plan_id: str, key_id: str) -> None:
    if key_id not in backend.usage_plan_keys.get(usage_plan_id, {}):
        raise UsagePlanNotFoundException
    stock(backend, usage_plan_id, key_id)


@corrections.of(APIGatewayBackend)
def delete_api_key(stock: Any, backend: Any, api_key_id: str) -> None:
    stock(backend, api_key_id)
    for keys in backend.usage_plan_keys.values():
        keys.pop(api_key_id, None)


def _page(response: Any, items: list[Any]) -> str:
    start = int(response._get_param("position") or 0)
    limit = min(int(response._get_param("limit") or _PAGE), _LONGEST_PAGE)
    answer: dict[str, Any] = {"item": items[start : start + limit]}
    if start + limit < len(items):
        answer["position"] = str(start + limit)
    return json.dumps(answer)


def _plan_id(response: Any) -> str:
    return str(response.path.split("/")[2])


def _stages(plan: Any) -> set[tuple[str, str]]:
    return {(stage["apiId"], stage["stage"]) for stage in plan.api_stages}


def _days_asked_for(response: Any) -> tuple[date, date]:
    try:
        first = date.fromisoformat(response._get_param("startDate"))
        last = date.fromisoformat(response._get_param("endDate"))
    except (TypeError, ValueError) as error:
        raise BadRequestException("Usage dates must be given as yyyy-MM-dd") from error
    if not 0 <= (last - first).days < MOST_DAYS:
        raise BadRequestException(f"Usage is reported for 1 to {MOST_DAYS} days, oldest first")
    return first, last
