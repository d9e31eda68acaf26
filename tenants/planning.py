"""What has to be done in AWS, as a list of plain actions in their order. Nothing is done here."""

from itertools import zip_longest

from adapters.user_pool import UNCONFIRMED, User
from tenants import actions
from tenants.access import Access, access_item_of, domain_item_of, permission_of
from tenants.actions import Action
from tenants.models import ApiKey, Member
from tenants.observing import Desired, Seen, is_held, is_wanted


def calls_foreseen(desired: Desired) -> int:
    """Return how many calls of API Gateway looking, making and deleting take: its turn's length.

    Creating and deleting are allowed half as often as other calls. A new key is created and put on
    its plan, so its two calls take the time of two; a deletion is counted twice.
    """
    return sum(_calls_for(key, desired) for key in desired.keys)


def _calls_for(key: ApiKey, desired: Desired) -> int:
    is_tried = bool(key.key_id or key.tried_at)
    if not is_wanted(key, desired):
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
        if key.pk in seen.access and not is_wanted(key, desired)
    ]
    steps += [
        actions.RemovePerson(each, seen.left_behind[each.pk])
        for each in desired.leavers
        if seen.left_behind.get(each.pk)
    ]
    steps += _plan_domains(desired, seen)
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
        and is_wanted(key, desired)
        and seen.access.get(key.pk) != access_item_of(key, access)
    ]
    return steps + _write(members, keys, access)


def _plan_domains(desired: Desired, seen: Seen) -> list[Action]:
    steps: list[Action] = []
    for row in desired.domains:
        if not is_held(row, desired):
            steps.append(actions.RemoveDomain(row))
        elif seen.domains.get(row.pk) != domain_item_of(row):
            steps.append(actions.WriteDomain(row))
    return steps


def note_rights(desired: Desired, seen: Seen) -> None:
    """The plan of rights was carried out: what was seen is now what is desired."""
    for member in desired.members:
        if member.user_id:
            seen.permissions[member.pk] = permission_of(member, desired.access)
    for key in desired.keys:
        if key.key_id and is_wanted(key, desired):
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
    if user and user.status == UNCONFIRMED:
        steps.append(actions.ProveAddress(member))
    return steps + _plan_sign_in(member, user, desired)


def _plan_sign_in(member: Member, user: User | None, desired: Desired) -> list[Action]:
    steps: list[Action] = []
    may_sign_in = not (desired.is_suspended or member.disabled_at)
    if (user is None or user.enabled) != may_sign_in:
        steps.append(actions.SwitchUser(member, enabled=may_sign_in))
    if member.app_removal_is_due:
        steps.append(actions.ForgetApp(member))
    if member.sign_out_is_due:
        steps.append(actions.SignOut(member))
    elif member.sessions_end_is_due:
        steps.append(actions.EndSessions(member))
    return steps


def _plan_key(key: ApiKey, desired: Desired, seen: Seen) -> list[Action]:
    found = seen.keys.get(key.pk)
    if not is_wanted(key, desired):
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
