"""Somebody whom the smoke test signs in as, in a stage that no person uses."""

import json
import uuid

from adapters.rights import AccessItem, PermissionItem, write_access, write_permission
from infra.stage_contents import client

_PASSWORD = "Correct-horse-battery-1"  # noqa: S105 - of a rehearsal that is over in minutes


def make(stage: str) -> None:
    """Make a login, its rights and a key as the portal makes them, and tell the smoke test."""
    parameter = client("ssm").get_parameter(Name=f"/gatehouse/{stage}/user_pool_id")
    user_id = _make_login(parameter["Parameter"]["Value"])
    tenant = str(uuid.uuid4())
    write_permission(
        PermissionItem(user_id, tenant, "owner", ("me",), ("gatehouse.example",), "free", "open")
    )
    key = client("apigateway").create_api_key(name=f"gatehouse-{stage}-smoke", enabled=True)
    write_access(AccessItem(key["id"], tenant, "open", "free", "", "grant:smoke"))
    _put_on_plan(stage, key["id"])
    told = {
        "username": "smoke@gatehouse.example",
        "password": _PASSWORD,
        "api_key": key["value"],
    }
    client("ssm").put_parameter(
        Name=f"/gatehouse/{stage}/smoke_customer", Value=json.dumps(told), Type="SecureString"
    )


def remove(stage: str) -> None:
    """Take the key and what the smoke test was told away. The login goes with its pool."""
    for key in client("apigateway").get_api_keys()["items"]:
        if key["name"] == f"gatehouse-{stage}-smoke":
            client("apigateway").delete_api_key(apiKey=key["id"])
    client("ssm").delete_parameter(Name=f"/gatehouse/{stage}/smoke_customer")


def _make_login(pool: str) -> str:
    cognito = client("cognito-idp")
    name = "smoke@gatehouse.example"
    made = cognito.admin_create_user(
        UserPoolId=pool,
        Username=name,
        MessageAction="SUPPRESS",
        UserAttributes=[
            {"Name": "email", "Value": name},
            {"Name": "email_verified", "Value": "true"},
        ],
    )
    cognito.admin_set_user_password(
        UserPoolId=pool, Username=name, Password=_PASSWORD, Permanent=True
    )
    attributes = {each["Name"]: each["Value"] for each in made["User"]["Attributes"]}
    return str(attributes["sub"])


def _put_on_plan(stage: str, key_id: str) -> None:
    for plan in client("apigateway").get_usage_plans()["items"]:
        if plan["name"] == f"gatehouse-{stage}-free":
            client("apigateway").create_usage_plan_key(
                usagePlanId=plan["id"], keyId=key_id, keyType="API_KEY"
            )
