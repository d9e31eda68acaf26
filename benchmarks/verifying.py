"""What it costs the API's function to verify each token again, which the gateway has verified."""

import os
from typing import Any
from unittest.mock import patch
from uuid import uuid4

from adapters import user_pool
from adapters.aws import client
from adapters.rights import AccessItem, PermissionItem, write_access, write_permission
from benchmarks.rows import Row, cpu_seconds, side_by_side
from functions import api, callers

EMAIL, PASSWORD = "benchmark@example.com", "Correct-horse-7-battery"
REPEATS = 100


def rows() -> list[Row]:
    sent = _event(_token())
    claims = callers.claims_of(sent)  # the pool's keys are here from now on
    ours, peer, ratio = side_by_side(
        lambda: cpu_seconds(lambda: _call(sent)),
        lambda: cpu_seconds(lambda: _call_believing(sent, claims)),
        rounds=9,
    )
    return [
        Row(
            name="a warm call of /v1/me, its token verified by the function too",
            ours=ours / REPEATS * 1e6,
            peer=peer / REPEATS * 1e6,
            ratio=ratio,
            unit="µs of CPU time",
            against="the same call that believes the gateway",
            at_most=1.25,
            note="a read and a write of DynamoDB in both",
        )
    ]


def _call_believing(sent: dict[str, Any], claims: object) -> None:
    with patch.object(api, "claims_of", lambda _event: claims):
        _call(sent)


def _call(sent: dict[str, Any]) -> None:
    for _ in range(REPEATS):
        sent["requestContext"]["requestId"] = str(uuid4())
        answer = api.handler(sent, None)
        if answer["statusCode"] != 200:
            raise AssertionError(answer["body"])


def _token() -> str:
    """Sign in as a customer does, and return the ID token."""
    pool_id = os.environ["USER_POOL_ID"]
    user = user_pool.create_user(pool_id, email=EMAIL, tenant_id="tenant-1")
    user_pool.set_password(pool_id, user.user_id, PASSWORD)
    write_permission(
        PermissionItem(user.user_id, "tenant-1", "owner", ("me", "solve"), (), "free", "open")
    )
    write_access(AccessItem("key-1", "tenant-1", "open", "free", "", "grant:1"))
    answer = client("cognito-idp").initiate_auth(
        ClientId=os.environ["USER_POOL_CLIENT_ID"],
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": EMAIL, "PASSWORD": PASSWORD},
    )
    return str(answer["AuthenticationResult"]["IdToken"])


def _event(token: str) -> dict[str, Any]:
    return {
        "httpMethod": "GET",
        "resource": "/v1/me",
        "path": "/v1/me",
        "headers": {"Authorization": token},
        "body": None,
        "requestContext": {
            "identity": {"apiKeyId": "key-1"},
        },
    }
