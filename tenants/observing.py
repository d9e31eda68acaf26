"""What the rows say should be, and what AWS has: looking, without changing anything."""

from dataclasses import dataclass, field, replace
from itertools import zip_longest

from django.conf import settings
from django.utils import timezone

from adapters import domains, rights, usage_plans, user_pool
from adapters.domains import DomainItem
from adapters.rights import AccessItem, PermissionItem
from adapters.usage_plans import Key
from adapters.user_pool import User
from tenants import actions, leavers, login_facts
from tenants.access import Access, access_of
from tenants.models import ApiKey, Domain, Member, Tenant


@dataclass(frozen=True)
class Desired:
    """What the rows say should be."""

    access: Access
    plan_id: str
    members: list[Member]
    leavers: list[Member]
    keys: list[ApiKey]
    is_closed: bool
    is_suspended: bool
    domains: list[Domain] = field(default_factory=list)


@dataclass
class Seen:
    """What AWS has, by the primary keys of our rows."""

    users: dict[int, User] = field(default_factory=dict)
    permissions: dict[int, PermissionItem] = field(default_factory=dict)
    keys: dict[int, Key] = field(default_factory=dict)
    access: dict[int, AccessItem] = field(default_factory=dict)
    ids_by_name: dict[int, str] = field(default_factory=dict)
    domains: dict[int, DomainItem] = field(default_factory=dict)
    left_behind: dict[int, str] = field(default_factory=dict)


# What the plan is made of: for whoever fetches many customers at a time.
OF_A_CUSTOMER = ("grants", "members", "keys", "domains")


def desired_of(tenant: Tenant) -> Desired:
    """In four queries, or in none where they were fetched with many (OF_A_CUSTOMER)."""
    members, keys = list(tenant.members.all()), list(tenant.keys.all())
    theirs = list(tenant.domains.all())
    held = tuple(sorted(each.name for each in theirs if each.released_at is None))
    access = replace(access_of(tenant, tenant.grants.all(), timezone.now()), domains=held)
    return Desired(
        access=access,
        plan_id=usage_plans.plan_of(access.tier),
        members=[member for member in members if member.left_at is None],
        leavers=[member for member in members if member.left_at and not member.login_gone_at],
        keys=[key for key in keys if key.state != ApiKey.State.GONE],
        is_closed=tenant.state == Tenant.State.CLOSED,
        is_suspended=tenant.is_suspended,
        domains=[each for each in theirs if each.gone_at is None],
    )


def observe(desired: Desired) -> Seen:
    """Look at everything the plan needs, in as few calls as AWS allows."""
    seen = Seen()
    observe_rights(desired, seen)
    observe_things(desired, seen)
    return seen


def observe_rights(desired: Desired, seen: Seen) -> None:
    seen.left_behind = {each.pk: leavers.login_left_behind(each) for each in desired.leavers}
    known_keys = [key for key in desired.keys if key.key_id]
    known_members = [member for member in desired.members if member.user_id]
    for member, key in zip_longest(known_members, known_keys):
        _observe_rights(member, key, seen)
    for row in desired.domains:
        if found := domains.read_domain(row.name):
            seen.domains[row.pk] = found


def observe_things(desired: Desired, seen: Seen) -> None:
    for member in desired.members:
        user = user_pool.find_user(settings.USER_POOL_ID, member.email)
        login_facts.note_user(member, user)
        if user:
            seen.users[member.pk] = user
            if member.user_id != user.user_id:
                actions.remember_user(member, user.user_id)
    for key in desired.keys:
        _observe_key(key, seen, is_wanted=is_wanted(key, desired))


def _observe_key(key: ApiKey, seen: Seen, *, is_wanted: bool) -> None:
    """A key without an id may exist all the same: a worker made it and died before saving.

    One that nobody tried to make is not looked for, and one that is to go is not looked at.
    """
    if key.key_id:
        found = usage_plans.read_key(key.key_id) if is_wanted else None
        if found:
            seen.keys[key.pk] = found
        if found or not is_wanted:
            return
    elif key.tried_at is None:
        return
    key_id = usage_plans.find_key(key.name)
    if key_id:
        seen.ids_by_name[key.pk] = key_id


def _observe_rights(member: Member | None, key: ApiKey | None, seen: Seen) -> None:
    permission = access = None
    if member and key:
        permission, access = rights.read_rights(member.user_id, key.key_id)
    elif member:
        permission = rights.read_permission(member.user_id)
    elif key:
        access = rights.read_access(key.key_id)
    if member and permission:
        seen.permissions[member.pk] = permission
    if key and access:
        seen.access[key.pk] = access


def is_held(row: Domain, desired: Desired) -> bool:
    return not desired.is_closed and row.released_at is None


def is_wanted(key: ApiKey, desired: Desired) -> bool:
    return not desired.is_closed and key.state != ApiKey.State.WITHDRAWN
