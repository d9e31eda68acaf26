"""What there is in AWS, page by page: logins, API keys, the keys of a plan, rights, domains and
the gates of campaigns.

A page takes one call. `token` is where a page begins: "" for the first, and after the last one.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from adapters.aws import client, speaking_to
from adapters.definitions import name_of
from adapters.gates import LISTED_AS

Thing = TypeVar("Thing")

# The longest pages that AWS allows:
# https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUsers.html
# https://docs.aws.amazon.com/apigateway/latest/api/API_GetApiKeys.html
LOGINS, KEYS = 60, 500
# Of DynamoDB, whose own limit is 1 MB: a page of these costs some 15 read units.
RIGHTS = GATES = 500


@dataclass(frozen=True, slots=True)
class Login:
    """A user of the pool; what is not set there is empty."""

    user_id: str
    email: str
    tenant_id: str
    status: str
    enabled: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class GatewayKey:
    """An API key of the account and Region, of whatever stage."""

    key_id: str
    name: str
    enabled: bool


@dataclass(frozen=True, slots=True)
class Right:
    """An item of `permissions`, `access` or `domains`: the id of the person or key or the domain,
    and whose it is."""

    thing: str
    tenant_id: str


@dataclass(frozen=True, slots=True)
class Page(Generic[Thing]):
    things: list[Thing]
    token: str = ""


def logins(pool_id: str, token: str = "") -> Page[Login]:
    """Return 60 users at most. A user who was just made may be missing for a few seconds."""
    begins = {"PaginationToken": token} if token else {}
    with speaking_to("cognito-idp"):
        answer = client("cognito-idp").list_users(UserPoolId=pool_id, Limit=LOGINS, **begins)
    return Page([_login(user) for user in answer["Users"]], answer.get("PaginationToken", ""))


def keys(token: str = "") -> Page[GatewayKey]:
    """Return 500 keys at most, other stages' included."""
    answer = _gateway_page("get_api_keys", token, includeValues=False)
    things = [GatewayKey(key["id"], key.get("name", ""), key["enabled"]) for key in answer["items"]]
    return Page(things, answer.get("position", ""))


def keys_of_plan(plan_id: str, token: str = "") -> Page[str]:
    """Return the ids of 500 keys at most that are on the plan."""
    answer = _gateway_page("get_usage_plan_keys", token, usagePlanId=plan_id)
    return Page([key["id"] for key in answer["items"]], answer.get("position", ""))


def permissions(token: str = "") -> Page[Right]:
    """Return 500 items at most of what people may do."""
    return _rights("permissions", "user_id", token)


def access(token: str = "") -> Page[Right]:
    """Return 500 items at most of what API keys may do."""
    return _rights("access", "api_key_id", token)


def domains(token: str = "") -> Page[Right]:
    """Return 500 items at most of e-mail domains."""
    return _rights("domains", "domain", token)


def gates(token: str = "") -> Page[str]:
    """Return the ids of 500 campaigns at most that have a gate. From an index: one that was written
    a moment ago may be missing."""
    place = {"campaign_shard": {"S": LISTED_AS}, "code": {"S": token}}
    begins = {"ExclusiveStartKey": place} if token else {}
    with speaking_to("dynamodb"):
        answer = client("dynamodb").query(
            TableName=name_of("promo-codes"),
            IndexName="by-campaign",
            KeyConditionExpression="campaign_shard = :gates",
            ExpressionAttributeValues={":gates": {"S": LISTED_AS}},
            Limit=GATES,
            **begins,
        )
    things = [item["code"]["S"].removeprefix("gate#") for item in answer["Items"]]
    return Page(things, answer.get("LastEvaluatedKey", {}).get("code", {}).get("S", ""))


def _rights(table: str, key: str, token: str) -> Page[Right]:
    begins = {"ExclusiveStartKey": {key: {"S": token}}} if token else {}
    with speaking_to("dynamodb"):
        answer = client("dynamodb").scan(
            TableName=name_of(table),
            Limit=RIGHTS,
            ProjectionExpression="#key, tenant_id",
            ExpressionAttributeNames={"#key": key},  # “domain” is a word of DynamoDB's
            ConsistentRead=True,
            **begins,
        )
    things = [
        Right(item[key]["S"], item.get("tenant_id", {}).get("S", "")) for item in answer["Items"]
    ]
    return Page(things, answer.get("LastEvaluatedKey", {}).get(key, {}).get("S", ""))


def _gateway_page(operation: str, token: str, **parameters: Any) -> dict[str, Any]:
    begins = {"position": token} if token else {}
    with speaking_to("apigateway"):
        call = getattr(client("apigateway"), operation)
        answer: dict[str, Any] = call(limit=KEYS, **parameters, **begins)
    return answer


def _login(user: dict[str, Any]) -> Login:
    values = {attribute["Name"]: attribute["Value"] for attribute in user["Attributes"]}
    return Login(
        user_id=values["sub"],
        email=values.get("email", "").casefold(),
        tenant_id=values.get("custom:tenant_id", ""),
        status=user["UserStatus"],
        enabled=user["Enabled"],
        created_at=user["UserCreateDate"],
    )
