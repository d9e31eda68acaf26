"""Calls of the API's function, as the gateway passes them on."""

import json

from adapters.rights import AccessItem, write_access
from functions.api import handler
from tests.tokens import id_token

KEY = AccessItem("key-1", "tenant-1", "open", "free", "", "grant:1")
CLAIMS = {
    "sub": "sub-1",
    "email": "alice@example.com",
    "tenant_id": "tenant-1",
    "role": "owner",
    "tier": "enterprise",
    "permissions": "me solve",
    "domains": "example.com",
}


def event(route="POST /v1/solve", body="", *, claims=None, key="key-1", request_id="request-1"):
    method, path = route.split()
    return {
        "httpMethod": method,
        "resource": path,
        "path": path,
        "headers": {"Authorization": id_token(**CLAIMS if claims is None else claims)},
        "body": body,
        "requestContext": {
            "requestId": request_id,
            "identity": {"apiKeyId": key} if key else {},
        },
    }


def post(body, *, headers=None, context=None, **fields):
    """Call /v1/solve with a body as it stands and return status, headers and answer."""
    sent = event(body=body, **fields)
    sent["headers"] |= headers or {}
    answer = handler(sent, context)
    return answer["statusCode"], answer["headers"], json.loads(answer["body"])


def solve(**fields):
    """Call /v1/solve with these fields and return status and answer."""
    status, _, answer = post(json.dumps(fields))
    return status, answer


def refusal(body):
    """Return code and pointer of what is wrong with a body."""
    _, _, answer = post(body if isinstance(body, str) else json.dumps(body))
    return answer.get("code"), next(iter(answer.get("errors", [])), {}).get("pointer")


def open_key(tier="free"):
    write_access(AccessItem(KEY.api_key_id, KEY.tenant_id, "open", tier, "", KEY.billing_source))
