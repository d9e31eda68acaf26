"""Things in AWS that no row has."""

from django.conf import settings

from adapters import domains, rights, usage_plans, user_pool
from adapters.definitions import name_of
from adapters.domains import DomainItem
from adapters.rights import AccessItem, PermissionItem

DOMAIN = "nobodys.example"


def a_permission(user_id, tenant_id="nobody"):
    return PermissionItem(user_id, tenant_id, "owner", ("me",), (), "starter", "open")


def an_access(key_id, tenant_id="nobody"):
    return AccessItem(key_id, tenant_id, "open", "starter", "granted", "grant:1")


def make_strays():
    """One of each kind; return the ids of the login and of the key."""
    login = user_pool.create_user(
        settings.USER_POOL_ID, email="stranger@example.com", tenant_id="gone-long-ago"
    )
    key_id, _mark = usage_plans.create_key(f"{name_of('key')}-gone-1")
    rights.write_permission(a_permission("somebody-who-was"))
    rights.write_access(an_access("key-that-was"))
    domains.write_domain(DomainItem(DOMAIN, "gone-long-ago", "developer"))
    return login.user_id, key_id
