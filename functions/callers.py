"""Who calls the API, and whether they may: the token and the key, checked together."""

import os
from datetime import UTC, datetime
from typing import Any

from adapters.definitions import definition
from adapters.errors import Refused
from adapters.rights import AccessItem, read_access
from adapters.tokens import Claims, Pool, TokenRefused, verified_id_token
from functions.replies import Declined

Event = dict[str, Any]


def claims_of(event: Event) -> Claims:
    """Return what the token of this call says.

    The gateway's authorizer has verified it. A route that was deployed without one must not be
    open, so nothing is believed that stands in the event: the token itself is verified again.
    """
    tokens = headers_of(event, "authorization")
    if len(tokens) != 1:
        raise _token_invalid("There is no token with this call, or more than one.")
    try:
        return verified_id_token(tokens[0].strip().removeprefix("Bearer ").strip(), _pool())
    except TokenRefused as refused:
        raise _token_invalid(refused.sentence) from refused


def _token_invalid(why: str) -> Declined:
    return Declined("token_invalid", f"{why} Send a valid ID token in the Authorization header.")


def _pool() -> Pool:
    wanted = ("USER_POOL_ID", "USER_POOL_CLIENT_ID")
    pool_id, client_id = (os.environ.get(name, "") for name in wanted)
    if not pool_id or not client_id:
        raise Refused(f"api: {' and '.join(wanted)} must be set")
    return Pool(pool_id, client_id)


def headers_of(event: Event, name: str) -> list[str]:
    """Return what the call has under this name, which is given in small letters."""
    many: dict[str, list[str]] = event.get("multiValueHeaders") or {}
    one: dict[str, str] = event.get("headers") or {}
    found = [text for each, texts in many.items() if each.lower() == name for text in texts]
    return found or [text for each, text in one.items() if each.lower() == name]


def api_key_of(event: Event) -> str:
    return str(event["requestContext"]["identity"].get("apiKeyId") or "")


def known_key(event: Event) -> AccessItem:
    """Return what the key of this call may do now."""
    api_key_id = api_key_of(event)
    access = read_access(api_key_id) if api_key_id else None
    if access is None:
        raise Declined(
            "key_unknown", "This API key is not known here. Copy it again from your account."
        )
    return access


def check_open(access: AccessItem, claims: Claims) -> None:
    """Refuse a key that is closed, or of another tenant than the token."""
    if access.tenant_id != claims.text("tenant_id"):
        raise Declined(
            "key_of_another_tenant",
            "The token and the API key belong to different accounts. "
            "Sign in again, and use the key of the same account.",
        )
    if access.state != "open":
        raise Declined(
            "access_closed", "Access is closed. Your account page says why and what to do."
        )
    if access.ends_at and access.ends_at <= datetime.now(UTC):
        raise Declined("key_ended", "This API key has ended. Use the new key of your account.")


def permitted_route(event: Event, claims: Claims) -> tuple[str, str]:
    """Return method and path of the route, if the token holds the permission it asks for."""
    wanted = (event["httpMethod"], event["resource"])
    for route in definition("api")["routes"]:
        if (route["method"], route["path"]) == wanted:
            if route.get("permission") in claims.text("permissions").split():
                return wanted
            raise Declined(
                "permission_missing",
                "Your role does not allow this call. Ask an owner of your account.",
            )
    raise Declined("not_found", "There is nothing at this address. Check the path.")


def request_id_of(event: Event) -> str:
    """Return the gateway's own id of this call.

    A caller may set requestId with the header X-Amzn-RequestId: one who always sends the same
    would be counted once for ever. The extended id is always the gateway's.
    """
    context = event["requestContext"]
    return str(context.get("extendedRequestId") or context["requestId"])


def address_of_api(event: Event) -> str:
    """Return the address that the caller knows the API by, without a slash at its end."""
    context = event["requestContext"]
    scheme = (event.get("headers") or {}).get("X-Forwarded-Proto", "https")
    return f"{scheme}://{context['domainName']}{context['path'].removesuffix(event['resource'])}"
