"""Cognito's users as AWS keeps them: one per address in any case, within the pool's schema."""

from typing import Any

from moto.cognitoidp.exceptions import (
    InvalidParameterException,
    NotAuthorizedError,
    ResourceNotFoundError,
)
from moto.cognitoidp.models import CognitoIdpBackend, CognitoIdpUserPool
from moto.cognitoidp.responses import CognitoIdpResponse
from moto.cognitoidp.utils import FORMATS
from moto.core.responses import ActionResult

from localcloud.corrections import Corrections

corrections = Corrections()

Attributes = list[dict[str, str]]

# moto knows fewer addresses than AWS: o'brien@example.com has one.
FORMATS["email"] = r"[^\s@]+@[^\s@]+\.[^\s@]+"


@corrections.of(CognitoIdpUserPool)
def _get_user(stock: Any, pool: Any, username: str) -> Any:
    """Find a user by sub or by address. moto compares addresses letter by letter."""
    if username in pool.users or "email" not in pool.extended_config.get("UsernameAttributes", []):
        return stock(pool, username)
    address = _folded(pool, username)
    index = pool.__dict__.setdefault("names_by_address", {})
    user = pool.users.get(index.get(address))
    if user is None or _address_of(pool, user) != address:
        index.clear()
        index.update({_address_of(pool, user): name for name, user in pool.users.items()})
        user = pool.users.get(index.get(address))
    return user


def _address_of(pool: Any, user: Any) -> str:
    return _folded(pool, user.attribute_lookup.get("email", ""))


def _folded(pool: Any, address: str) -> str:
    configuration = pool.extended_config.get("UsernameConfiguration") or {}
    return address if configuration.get("CaseSensitive") is True else (address or "").lower()


@corrections.of(CognitoIdpUserPool)
def sign_out(stock: Any, pool: Any, username: str) -> None:
    """Withdraw every token of the user, under whichever of the names it was issued."""
    user = pool._get_user(username)
    for token, issued in list(pool.refresh_tokens.items()):
        if issued and pool._get_user(issued[1]) is user:
            pool.refresh_tokens[token] = None
    for token, (_, name) in list(pool.access_tokens.items()):
        if pool._get_user(name) is user:
            del pool.access_tokens[token]


@corrections.of(CognitoIdpBackend)
def admin_create_user(
    stock: Any,
    backend: Any,
    user_pool_id: str,
    username: str,
    message_action: str,
    temporary_password: str,
    attributes: Attributes,
) -> Any:
    """Create the user, or on RESEND return the one there is; moto makes a second one."""
    pool = backend.describe_user_pool(user_pool_id)
    if temporary_password:
        backend._validate_password(user_pool_id, temporary_password)
    if message_action == "RESEND":
        user = backend.admin_get_user(user_pool_id, username)
        user.password = temporary_password or user.password
        return user
    given = [*(attributes or []), {"Name": "email", "Value": username}]
    _refuse_outside_schema(pool, given)
    args = (user_pool_id, username, message_action, temporary_password, attributes or [])
    return stock(backend, *args)


@corrections.of(CognitoIdpBackend)
def admin_update_user_attributes(
    stock: Any, backend: Any, user_pool_id: str, username: str, attributes: Attributes
) -> Any:
    pool = backend.describe_user_pool(user_pool_id)
    _refuse_outside_schema(pool, attributes)
    _refuse_immutable(pool, backend.admin_get_user(user_pool_id, username), attributes)
    return stock(backend, user_pool_id, username, attributes)


@corrections.of(CognitoIdpBackend)
def update_user_attributes(
    stock: Any, backend: Any, access_token: str, attributes: Attributes
) -> Any:
    """Let a customer change only what the client may write."""
    for pool in backend.user_pools.values():
        if access_token in pool.access_tokens:
            client_id, username = pool.access_tokens[access_token]
            _refuse_unwritable(pool.clients[client_id], attributes)
            _refuse_outside_schema(pool, attributes)
            _refuse_immutable(pool, pool._get_user(username), attributes)
    return stock(backend, access_token, attributes)


@corrections.of(CognitoIdpBackend)
def sign_up(
    stock: Any, backend: Any, client_id: str, username: str, password: str, attributes: Attributes
) -> Any:
    for pool in backend.user_pools.values():
        if client_id in pool.clients:
            _refuse_strangers(pool)
            _refuse_unwritable(pool.clients[client_id], attributes or [])
            _refuse_outside_schema(pool, attributes or [])
    return stock(backend, client_id, username, password, attributes or [])


@corrections.of(CognitoIdpBackend)
def delete_user_pool(stock: Any, backend: Any, user_pool_id: str) -> Any:
    pool = backend.describe_user_pool(user_pool_id)
    if pool.extended_config.get("DeletionProtection") == "ACTIVE":
        raise InvalidParameterException(
            "The user pool cannot be deleted because deletion protection is activated."
        )
    return stock(backend, user_pool_id)


@corrections.of(CognitoIdpResponse)
def revoke_token(stock: Any, response: Any) -> Any:
    """RevokeToken, which moto lacks."""
    client_id, token = response._get_param("ClientId"), response._get_param("Token")
    for pool in (
        response._get_region_agnostic_backend()
        ._find_backend_for_clientid(client_id)
        .user_pools.values()
    ):
        if client_id in pool.clients and pool.refresh_tokens.get(token):
            pool.refresh_tokens[token] = None
            return ActionResult({})
    raise ResourceNotFoundError("Token not found.")


def _refuse_strangers(pool: Any) -> None:
    if (pool.extended_config.get("AdminCreateUserConfig") or {}).get("AllowAdminCreateUserOnly"):
        raise NotAuthorizedError("SignUp is not permitted for this user pool")


def _refuse_unwritable(client: Any, attributes: Attributes) -> None:
    writable = client.extended_config.get("WriteAttributes")
    for attribute in attributes:
        if writable is not None and attribute["Name"] not in writable:
            raise NotAuthorizedError(
                f"A client attempted to write unauthorized attribute {attribute['Name']}"
            )


def _refuse_outside_schema(pool: Any, attributes: Attributes) -> None:
    for attribute in attributes:
        name, value = attribute["Name"], attribute.get("Value", "")
        schema = pool.schema_attributes.get(name)
        if schema is None:
            raise _invalid(name, "Attribute does not exist in the schema.")
        limits = schema.string_constraints or {}
        if len(value) < int(limits.get("MinLength", 0)):
            raise _invalid(name, "String must be at least the minimum length.")
        if len(value) > int(limits.get("MaxLength", 2048)):
            raise _invalid(name, "String must not be longer than the maximum length.")


def _refuse_immutable(pool: Any, user: Any, attributes: Attributes) -> None:
    for attribute in attributes:
        name = attribute["Name"]
        set_before = user is not None and name in user.attribute_lookup
        if set_before and not pool.schema_attributes[name].mutable:
            raise _invalid(name, "Attribute cannot be updated.")


def _invalid(name: str, why: str) -> InvalidParameterException:
    prefix = "" if name.startswith("custom:") else "user."
    return InvalidParameterException(
        f"Attributes did not conform to the schema: {prefix}{name}: {why}\n"
    )
