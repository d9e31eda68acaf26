"""The OpenAPI document against the running gateway: every answer is one that the document tells.

schemathesis makes calls out of the document, fitting and not fitting, with a valid token and key
and with neither. Each answer must have a described status, type, headers and body; none may be 5xx.
"""

from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from jsonschema import Draft4Validator
from schemathesis.specs.openapi import checks

from adapters.definitions import definition
from adapters.openapi import document
from adapters.rights import AccessItem, PermissionItem, write_access, write_permission

# As many as fit into the time of the suite; the same ones in each run.
FEW = settings(
    max_examples=40, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck)
)
CONFIG = schemathesis.Config.from_dict({"generation": {"with-security-parameters": False}})
DOCUMENT = schemathesis.openapi.from_dict(document(server="http://127.0.0.1"), config=CONFIG)

# The gateway knows no 405: a wrong method is a wrong address, 404. That a matrix is square, and its
# size allowed, no schema can say: a fitting body may be refused, but not for its shape.
NOT_HERE = [checks.unsupported_method, checks.positive_data_acceptance]
# Who calls is looked at before what they send.
CALLER_FIRST = [*NOT_HERE, checks.negative_data_rejection]
MODEL = Draft4Validator(definition("api")["models"]["SolveRequest"])
FOR_ITS_SHAPE = {"body_invalid", "body_not_json", "parameter_missing"}


@pytest.fixture
def base_url(cloud: Any, gateway: Any) -> str:
    """Where the API is, without the limit for strangers: a throttled call would show nothing."""
    (api,) = gateway.get_rest_apis()["items"]
    unlimited = [
        {"op": "replace", "path": f"/~1v1~1openapi.json/GET/throttling/{limit}", "value": "5000"}
        for limit in ("rateLimit", "burstLimit")
    ]
    gateway.update_stage(restApiId=api["id"], stageName="local", patchOperations=unlimited)
    return str(cloud.addresses.api)


@pytest.fixture
def caller(make_customer: Any, log_in: Any, make_key: Any) -> dict[str, str]:
    """The headers of a customer of the lowest paid tier, whose key has no limits."""
    customer, key, tier = make_customer(), make_key(), "starter"
    permissions = tuple(definition("tiers")[tier]["permissions"])
    write_access(AccessItem(key.id, "tenant-1", "open", tier, "", "grant:1"))
    write_permission(
        PermissionItem(customer.sub, "tenant-1", "owner", permissions, (), tier, "open")
    )
    return {"Authorization": log_in()["IdToken"], "x-api-key": key.value}


def fits_its_schema(ctx: Any, response: Any, case: Any) -> None:
    """What is made to fit the schema is never refused for not fitting it.

    The document is in a draft for which 1.0 is an integer; to API Gateway's draft 4 it is none.
    """
    made_to_fit = case.meta and case.meta.generation.mode.is_positive
    if made_to_fit and response.status_code == 400 and MODEL.is_valid(case.body):
        assert response.json()["code"] not in FOR_ITS_SHAPE


@DOCUMENT.parametrize()
@FEW
def test_a_customers_calls_are_answered_as_described(
    case: Any, base_url: str, caller: dict[str, str]
) -> None:
    response = case.call_and_validate(
        base_url, headers=caller, additional_checks=[fits_its_schema], excluded_checks=NOT_HERE
    )

    assert response.status_code not in {401, 403, 429}


@DOCUMENT.parametrize()
@FEW
def test_a_strangers_calls_are_answered_as_described(case: Any, base_url: str) -> None:
    response = case.call_and_validate(base_url, excluded_checks=CALLER_FIRST)

    assert response.status_code != 429


@pytest.mark.parametrize("route", definition("api")["routes"], ids=lambda route: route["path"])
def test_the_example_of_a_route_is_answered_well(
    route: dict[str, Any], base_url: str, caller: dict[str, str]
) -> None:
    operation = DOCUMENT[route["path"]][route["method"]]
    body = {"body": route["example"], "media_type": "application/json"} if "body" in route else {}

    response = operation.Case(**body).call_and_validate(
        base_url, headers=caller, excluded_checks=NOT_HERE
    )

    assert response.status_code == 200
    if "example" in route["answer"]:
        assert response.json().keys() == route["answer"]["example"].keys()


def test_the_gateway_serves_the_very_document(base_url: str) -> None:
    served = requests.get(f"{base_url}/v1/openapi.json", timeout=10).json()

    assert served == document(server=base_url)
