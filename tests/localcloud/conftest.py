"""What these tests share: customers, keys, plans, functions of their own, and calls."""

import itertools
import sys
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
import requests

from adapters.definitions import name_of
from localcloud.cloud import LocalCloud

PASSWORD = "Correct-horse-7-battery"


@dataclass(frozen=True)
class Customer:
    sub: str
    email: str


@dataclass(frozen=True)
class Key:
    id: str
    value: str
    plan_id: str


@pytest.fixture
def cognito(cloud) -> Any:
    return boto3.client("cognito-idp")


@pytest.fixture
def gateway(cloud) -> Any:
    return boto3.client("apigateway")


@pytest.fixture
def dynamodb(cloud) -> Any:
    return boto3.client("dynamodb")


@pytest.fixture
def make_customer(cloud: LocalCloud, cognito: Any) -> Callable[..., Customer]:
    def make(email: str = "alice@example.com") -> Customer:
        pool = {"UserPoolId": cloud.addresses.user_pool_id, "Username": email}
        attributes = {"email": email, "email_verified": "true", "custom:tenant_id": "tenant-1"}
        user = cognito.admin_create_user(
            **pool,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": name, "Value": value} for name, value in attributes.items()],
        )["User"]
        cognito.admin_set_user_password(**pool, Password=PASSWORD, Permanent=True)
        return Customer(sub=user["Username"], email=email)

    return make


@pytest.fixture
def log_in(cloud: LocalCloud, cognito: Any) -> Callable[..., dict[str, Any]]:
    """Return the answer to a login: the tokens, or a challenge."""

    def log_in(email: str = "alice@example.com", password: str = PASSWORD) -> dict[str, Any]:
        answer = cognito.initiate_auth(
            AuthFlow="USER_PASSWORD_AUTH",
            ClientId=cloud.addresses.client_id,
            AuthParameters={"USERNAME": email, "PASSWORD": password},
        )
        return answer.get("AuthenticationResult") or answer

    return log_in


@pytest.fixture
def token(make_customer, log_in) -> str:
    make_customer()
    return log_in()["IdToken"]


@pytest.fixture
def make_plan(cloud: LocalCloud, gateway: Any) -> Callable[..., str]:
    def make(**limits: Any) -> str:
        (api,) = gateway.get_rest_apis()["items"]
        stages = [{"apiId": api["id"], "stage": "local"}]
        return gateway.create_usage_plan(name="plan", apiStages=stages, **limits)["id"]

    return make


@pytest.fixture
def make_key(gateway: Any, make_plan) -> Callable[..., Key]:
    """Make a key on a plan: the given one, or a new one without limits."""

    def make(plan_id: str | None = None, *, name: str = "key") -> Key:
        plan_id = plan_id or make_plan()
        key = gateway.create_api_key(name=name, enabled=True)
        gateway.create_usage_plan_key(usagePlanId=plan_id, keyId=key["id"], keyType="API_KEY")
        return Key(key["id"], key["value"], plan_id)

    return make


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let the time of token buckets stand still, unless the test moves it."""
    moment = [1000.0]
    monkeypatch.setattr("localcloud.throttles.monotonic", lambda: moment[0])
    return moment


@pytest.fixture
def run_function(cloud: LocalCloud) -> Callable[..., None]:
    """Let a function of the cloud run the given handler, until the next reset."""
    numbers = itertools.count()

    def run(thing: str, handler: Callable[[Any, Any], Any], **configuration: Any) -> None:
        module = types.ModuleType(f"handler_{next(numbers)}_of_a_test")
        module.__dict__["handler"] = handler
        sys.modules[module.__name__] = module
        boto3.client("lambda").update_function_configuration(
            FunctionName=name_of(thing), Handler=f"{module.__name__}.handler", **configuration
        )

    return run


@pytest.fixture
def echo(run_function) -> list[dict[str, Any]]:
    """Let the API answer 200 to everything, and return the list of events it is given."""
    events: list[dict[str, Any]] = []

    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        events.append(event)
        return {"statusCode": 200, "body": "{}"}

    run_function("api", handler)
    return events


@pytest.fixture
def call(cloud: LocalCloud) -> Callable[..., requests.Response]:
    """Call the API with token and key, where they are given."""

    def call(
        method: str = "GET", path: str = "/v1/me", *, token: str = "", key: str = "", **options: Any
    ) -> requests.Response:
        headers = {"Authorization": token, "x-api-key": key, **options.pop("headers", {})}
        given = {name: value for name, value in headers.items() if value}
        url = f"{cloud.addresses.api}{path}"
        return requests.request(method, url, headers=given, timeout=10, **options)

    return call
