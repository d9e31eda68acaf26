"""Making AWS agree with a tenant's rows: observe, plan, apply.

Provisioning, tier change, suspension, repair and recovery are all this one path. Every action looks
before it creates and may be repeated, so a worker may die anywhere. What people and keys may do
stands in DynamoDB and is put right first: it never waits for Cognito or API Gateway.
"""

import logging
import random
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import zip_longest

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from adapters import rights, usage_plans, user_pool
from adapters.errors import OutsideError, TryLater
from adapters.rights import AccessItem, PermissionItem
from adapters.usage_plans import Key
from adapters.user_pool import User
from backoffice.leases import LeaseLost
from backoffice.queueing import send_after_commit
from tenants import actions, funnel, leavers, mail, turns
from tenants.access import Access, access_item_of, access_of, permission_of
from tenants.actions import Action
from tenants.models import ApiKey, Member, SyncStep, Tenant

log = logging.getLogger(__name__)

LONGEST_PAUSE = timedelta(minutes=10)


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


@dataclass
class Seen:
    """What AWS has, by the primary keys of our rows."""

    users: dict[int, User] = field(default_factory=dict)
    permissions: dict[int, PermissionItem] = field(default_factory=dict)
    keys: dict[int, Key] = field(default_factory=dict)
    access: dict[int, AccessItem] = field(default_factory=dict)
    ids_by_name: dict[int, str] = field(default_factory=dict)
    left_behind: dict[int, str] = field(default_factory=dict)


def request_reconcile(tenant: Tenant) -> None:
    """Say that AWS has to follow, and send a worker after the commit."""
    Tenant.objects.filter(pk=tenant.pk).update(
        generation=F("generation") + 1, stuck=False, attempts=0, next_attempt_at=None
    )
    tenant.refresh_from_db()
    send_worker(tenant)


def send_worker(tenant: Tenant) -> None:
    from tenants.tasks import reconcile_tenant  # tasks import this module

    send_after_commit(reconcile_tenant, tenant.pk)


def reconcile(tenant: Tenant) -> None:
    """Bring AWS to the tenant's newest generation, unless somebody is at it already.

    Trouble is kept on the row: what may pass is tried again by the sweep, what will not is stuck
    until staff act.
    """
    if not tenant.claim(reconciled_generation__lt=F("generation")):
        return
    try:
        while not _reach(tenant):
            tenant.renew()
            tenant.refresh_from_db()
    except LeaseLost:
        log.info("tenant %s: another worker took over", tenant.pk)
    except turns.NotYet as error:
        turns.put_off(tenant, error)
    except TryLater as error:
        _put_off(tenant, error)
    except OutsideError as error:
        log.error("tenant %s is stuck: %s", tenant.pk, error)
        tenant.give_back(stuck=True, trouble=str(error)[:500], attempts=F("attempts") + 1)


def plan_for(tenant: Tenant) -> list[Action]:
    """Return what would be done now: the drift of one tenant."""
    desired = desired_of(tenant)
    return plan(desired, observe(desired))


def due_tenants() -> QuerySet[Tenant]:
    now = timezone.now()
    return Tenant.objects.filter(
        Tenant.free(),
        Q(next_attempt_at=None) | Q(next_attempt_at__lte=now),
        reconciled_generation__lt=F("generation"),
        stuck=False,
    )


def wake_by_clock() -> None:
    """Give work to tenants whose access changes by time alone."""
    due = Tenant.objects.filter(access_changes_at__lte=timezone.now())
    for tenant in due[:100]:
        Tenant.objects.filter(pk=tenant.pk).update(access_changes_at=None)
        request_reconcile(tenant)


def _reach(tenant: Tenant) -> bool:
    """Apply one plan; False if the rows changed meanwhile and another one is needed."""
    generation = tenant.generation
    desired, seen = desired_of(tenant), Seen()
    observe_rights(desired, seen)
    _apply_all(tenant, generation, plan_rights(desired, seen))
    note_rights(desired, seen)
    turns.await_turn(tenant, calls_foreseen(desired))
    tenant.renew()
    observe_things(desired, seen)
    planned = plan(desired, seen)
    turns.charge(sum(calls_unforeseen(action) for action in planned))
    _apply_all(tenant, generation, planned)
    with transaction.atomic():
        ApiKey.objects.filter(
            pk__in=[key.pk for key in desired.keys], state=ApiKey.State.WANTED
        ).update(state=ApiKey.State.LIVE)
        reached = tenant.give_back(
            only_if={"generation": generation},
            reconciled_generation=generation,
            reconciled_at=timezone.now(),
            access_changes_at=desired.access.changes_at,
            attempts=0,
            next_attempt_at=None,
            trouble="",
            stuck=False,
        )
        now = timezone.now()
        if reached:
            leavers.note_gone(desired.leavers, now)
        if reached and desired.is_closed:
            tenant.members.filter(left_at=None).update(left_at=now, login_gone_at=now)
        elif reached:
            mail.send_waiting(tenant)
            funnel.note_set_up(tenant, timezone.now())
    return reached


def _apply_all(tenant: Tenant, generation: int, planned: list[Action]) -> None:
    for action in planned:
        tenant.renew()
        _apply(tenant, generation, action)


def _apply(tenant: Tenant, generation: int, action: Action) -> None:
    step = SyncStep(
        tenant=tenant, generation=generation, system=action.system, what=str(action)[:200]
    )
    try:
        action.apply()
    except OutsideError as error:
        step.error = str(error)[:500]
        raise
    finally:
        step.save()


def _put_off(tenant: Tenant, error: TryLater) -> None:
    seconds = min(2.0**tenant.attempts, LONGEST_PAUSE.total_seconds())
    pause = timedelta(seconds=seconds * random.uniform(0.5, 1))  # noqa: S311 - jitter
    tenant.give_back(
        attempts=F("attempts") + 1,
        next_attempt_at=timezone.now() + pause,
        trouble=str(error)[:500],
    )


def desired_of(tenant: Tenant) -> Desired:
    access = access_of(tenant, tenant.grants.all(), timezone.now())
    return Desired(
        access=access,
        plan_id=usage_plans.plan_of(access.tier),
        members=list(tenant.members.filter(left_at=None)),
        leavers=list(tenant.members.filter(left_at__isnull=False, login_gone_at=None)),
        keys=list(tenant.keys.exclude(state=ApiKey.State.GONE)),
        is_closed=tenant.state == Tenant.State.CLOSED,
        is_suspended=tenant.is_suspended,
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


def observe_things(desired: Desired, seen: Seen) -> None:
    for member in desired.members:
        user = user_pool.find_user(settings.USER_POOL_ID, member.email)
        if user:
            seen.users[member.pk] = user
            if member.user_id != user.user_id:
                actions.remember_user(member, user.user_id)
    for key in desired.keys:
        _observe_key(key, seen, is_wanted=_is_wanted(key, desired))


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


def calls_foreseen(desired: Desired) -> int:
    """Return how many calls of API Gateway looking, making and deleting take: its turn's length.

    Creating and deleting are allowed half as often as other calls. A new key is created and put on
    its plan, so its two calls take the time of two; a deletion is counted twice.
    """
    return sum(_calls_for(key, desired) for key in desired.keys)


def _calls_for(key: ApiKey, desired: Desired) -> int:
    is_tried = bool(key.key_id or key.tried_at)
    if not _is_wanted(key, desired):
        return (2 if key.key_id else 3) if is_tried else 0
    if key.state != ApiKey.State.WANTED:
        return 2
    deletes_old = 2 if key.replaces_id and not key.overlap else 0
    return (4 if is_tried else 2) + deletes_old


def calls_unforeseen(action: Action) -> int:
    """Return how many calls of API Gateway this takes that the rows did not tell of."""
    match action:
        case actions.MoveKey() | actions.IssueKey(key=ApiKey(state=ApiKey.State.LIVE)):
            return 2
        case actions.SwitchKey():
            return 1
    return 0


def plan_rights(desired: Desired, seen: Seen) -> list[Action]:
    """Return what has to change in DynamoDB for the people and keys that are known already."""
    steps: list[Action] = [
        actions.CloseKey(key)
        for key in desired.keys
        if key.pk in seen.access and not _is_wanted(key, desired)
    ]
    steps += [
        actions.RemovePerson(each, seen.left_behind[each.pk])
        for each in desired.leavers
        if seen.left_behind.get(each.pk)
    ]
    if desired.is_closed:
        return steps
    access = desired.access
    members = [
        member
        for member in desired.members
        if member.user_id and seen.permissions.get(member.pk) != permission_of(member, access)
    ]
    keys = [
        key
        for key in desired.keys
        if key.key_id
        and _is_wanted(key, desired)
        and seen.access.get(key.pk) != access_item_of(key, access)
    ]
    return steps + _write(members, keys, access)


def note_rights(desired: Desired, seen: Seen) -> None:
    """The plan of rights was carried out: what was seen is now what is desired."""
    for member in desired.members:
        if member.user_id:
            seen.permissions[member.pk] = permission_of(member, desired.access)
    for key in desired.keys:
        if key.key_id and _is_wanted(key, desired):
            seen.access[key.pk] = access_item_of(key, desired.access)


def plan(desired: Desired, seen: Seen) -> list[Action]:
    """Return what to do, in order: what people and keys may do comes before anything slower.

    Rights name a person and a key by their AWS ids, so those of new ones come after their making.
    """
    steps = [action for member in desired.members for action in _plan_user(member, desired, seen)]
    steps += [action for key in desired.keys for action in _plan_key(key, desired, seen)]
    if desired.is_closed:
        return steps
    members, keys = _wrong_rights(desired, seen)
    known = _write(
        [member for member in members if member.pk in seen.users],
        [key for key in keys if key.pk in seen.keys],
        desired.access,
    )
    new = _write(
        [member for member in members if member.pk not in seen.users],
        [key for key in keys if key.pk not in seen.keys],
        desired.access,
    )
    return known + steps + new + _plan_take_over(desired)


def _plan_take_over(desired: Desired) -> list[Action]:
    """When all else is there the new key takes over; without an overlap the old one goes then."""
    steps: list[Action] = []
    by_id = {key.pk: key for key in desired.keys}
    for key in desired.keys:
        old = by_id.get(key.replaces_id or 0)
        if key.state != ApiKey.State.WANTED or old is None or old.state != ApiKey.State.LIVE:
            continue
        steps.append(actions.TakeOver(key, old, desired.access))
        if not key.overlap:
            steps.append(actions.WithdrawKey(old, old.key_id))
    return steps


def _is_wanted(key: ApiKey, desired: Desired) -> bool:
    return not desired.is_closed and key.state != ApiKey.State.WITHDRAWN


def _plan_user(member: Member, desired: Desired, seen: Seen) -> list[Action]:
    user = seen.users.get(member.pk)
    if desired.is_closed:
        left_over = user.user_id if user else member.user_id
        return [actions.RemovePerson(member, left_over)] if left_over else []
    steps: list[Action] = []
    if user is None:
        steps.append(actions.CreateUser(member))
    elif user.tenant_id != member.tenant_id:
        steps.append(actions.SetTenant(member))
    if (user is None or user.enabled) == desired.is_suspended:
        steps.append(actions.SwitchUser(member, enabled=not desired.is_suspended))
    if member.sign_out_is_due:
        steps.append(actions.SignOut(member))
    return steps


def _plan_key(key: ApiKey, desired: Desired, seen: Seen) -> list[Action]:
    found = seen.keys.get(key.pk)
    if not _is_wanted(key, desired):
        return [actions.WithdrawKey(key, seen.ids_by_name.get(key.pk) or key.key_id or None)]
    tier = desired.access.tier
    if found is None:
        steps: list[Action] = [actions.IssueKey(key, seen.ids_by_name.get(key.pk), tier)]
        return steps if desired.access.allowed else [*steps, actions.SwitchKey(key, enabled=False)]
    steps = []
    if found.plan_ids != (desired.plan_id,):
        steps.append(actions.MoveKey(key, found.plan_ids, tier))
    if found.enabled != desired.access.allowed:
        steps.append(actions.SwitchKey(key, enabled=desired.access.allowed))
    return steps


def _wrong_rights(desired: Desired, seen: Seen) -> tuple[list[Member], list[ApiKey]]:
    """The people and keys whose rights in DynamoDB are not what they should be."""
    access = desired.access
    members = [
        member
        for member in desired.members
        if member.pk not in seen.users
        or seen.permissions.get(member.pk) != permission_of(member, access)
    ]
    keys = [
        key
        for key in desired.keys
        if key.state != ApiKey.State.WITHDRAWN
        and (key.pk not in seen.keys or seen.access.get(key.pk) != access_item_of(key, access))
    ]
    return members, keys


def _write(members: list[Member], keys: list[ApiKey], access: Access) -> list[Action]:
    return [actions.WriteRights(member, key, access) for member, key in zip_longest(members, keys)]
