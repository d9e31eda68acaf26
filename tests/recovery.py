"""A disaster for tests: pool, keys and tables are lost; and what is compared before and after."""

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import Model

from adapters import table_exports, user_pool
from adapters.aws import client
from adapters.definitions import definition, name_of

# What the recovery is allowed to change, and what only says that it was at work.
CHANGING = {
    "tenants.Tenant": {
        "generation",
        "reconciled_generation",
        "reconciled_at",
        "turn_at",
        "turn_calls",
        "lease",
        "leased_until",
    },
    "tenants.Member": {
        "user_id",
        "password_set_at",
        "sign_out_wanted_at",
        "signed_out_at",
        "login_status",
        "login_enabled",
        "login_has_app",
        "login_seen_at",
    },
    "tenants.ApiKey": {"key_id", "sha256", "first4", "last4", "shown_at", "tried_at"},
}
GROWING = {"tenants.Message", "tenants.OneTimeLink", "tenants.SyncStep", "backoffice.AuditEvent"}
OF_DJANGO = {"sessions", "contenttypes", "auth", "admin", "axes"}
# Tables that the reconciler writes anew.
REWRITTEN = {"access", "permissions"}


def lose_everything() -> None:
    """Empty the user pool, the keys of API Gateway, and every table."""
    for user in all_users():
        user_pool.delete_user(settings.USER_POOL_ID, user["Username"])
    for key in all_keys():
        client("apigateway").delete_api_key(apiKey=key["id"])
    for table, known in definition("tables").items():
        names = [name for name in (known["hash_key"], known["range_key"]) if name]
        for item in list(table_exports.read_items(table)):
            key = {name: item[name] for name in names}
            client("dynamodb").delete_item(TableName=name_of(table), Key=key)


def all_users() -> list[Any]:
    pages = client("cognito-idp").get_paginator("list_users")
    return [
        user for page in pages.paginate(UserPoolId=settings.USER_POOL_ID) for user in page["Users"]
    ]


def all_keys() -> list[Any]:
    pages = client("apigateway").get_paginator("get_api_keys")
    return [key for page in pages.paginate() for key in page["items"]]


def rows() -> dict[str, dict[Any, dict[str, Any]]]:
    """Return every row of ours, without the columns that a recovery may change."""
    return {
        model._meta.label: _rows_of(model)
        for model in apps.get_models()
        if model._meta.app_label not in OF_DJANGO and model._meta.label not in GROWING
    }


def _rows_of(model: type[Model]) -> dict[Any, dict[str, Any]]:
    names = [field.attname for field in model._meta.concrete_fields]
    kept = [name for name in names if name not in CHANGING.get(model._meta.label, ())]
    return {row["pk"]: row for row in model._default_manager.values("pk", *kept)}


def items() -> dict[str, list[str]]:
    """Return what the tables hold, but for those that the reconciler writes."""
    kept = [table for table in table_exports.tables() if table not in REWRITTEN]
    return {table: in_order(table_exports.read_items(table)) for table in kept}


def in_order(items: Iterable[Any]) -> list[str]:
    return sorted(repr(sorted(item.items())) for item in items)
