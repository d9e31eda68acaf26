"""Customers beside what a check has read: the plan of the reconciler, made without asking AWS anew.

A customer at whom a worker is, or was since the check began, is left out: AWS was read at another
moment than the rows.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from adapters import domains, rights
from adapters.usage_plans import Key
from adapters.user_pool import User
from tenants.actions import Action, WriteDomain
from tenants.drift.rows import SeenKey, SeenLogin
from tenants.models import Tenant
from tenants.observing import Desired, Seen, desired_of, is_wanted
from tenants.planning import note_rights, plan, plan_rights


def settled(since: datetime) -> QuerySet[Tenant]:
    """Customers of whom AWS was as the rows say, the last time that a worker looked."""
    by_clock = Q(access_changes_at=None) | Q(access_changes_at__gt=timezone.now())
    return Tenant.objects.filter(
        by_clock,
        state=Tenant.State.ACTIVE,
        reconciled_generation=F("generation"),
        reconciled_at__lt=since,
    )


def differences_of(tenants: Sequence[Tenant], since: datetime) -> dict[Tenant, list[str]]:
    """Return what the reconciler would do for those of these customers who differ."""
    desired = {tenant: desired_of(tenant) for tenant in tenants}
    seen = _seen(list(desired.values()))
    found = {}
    for (tenant, wanted), there in zip(desired.items(), seen, strict=True):
        steps = plan_rights(wanted, there)
        note_rights(wanted, there)
        _know_logins_by(there, wanted)
        steps += plan(wanted, there)
        if steps:
            found[tenant] = [_in_words(step, there) for step in steps]
    unchanged = settled(since).filter(pk__in=[tenant.pk for tenant in found])
    generations = dict(unchanged.values_list("pk", "generation"))
    return {
        tenant: steps
        for tenant, steps in found.items()
        if generations.get(tenant.pk) == tenant.generation
    }


def _seen(desired: list[Desired]) -> list[Seen]:
    """Return what there is for each, in a handful of queries and of calls of DynamoDB."""
    members = [member for each in desired for member in each.members]
    keys = [key for each in desired for key in each.keys]
    logins = {
        row.email: row
        for row in SeenLogin.objects.filter(email__in=[member.email for member in members])
    }
    gateway = SeenKey.objects.in_bulk([key.key_id for key in keys if key.key_id])
    permissions, access = rights.read_all(
        [member.user_id for member in members if member.user_id],
        [key.key_id for key in keys if key.key_id],
    )
    held = domains.read_domains(row.name for each in desired for row in each.domains)
    return [
        Seen(
            users={
                member.pk: _user(logins[member.email])
                for member in each.members
                if member.email in logins
            },
            permissions={
                member.pk: permissions[member.user_id]
                for member in each.members
                if member.user_id in permissions
            },
            keys={
                key.pk: _key(gateway[key.key_id])
                for key in each.keys
                if key.key_id in gateway and is_wanted(key, each)
            },
            access={key.pk: access[key.key_id] for key in each.keys if key.key_id in access},
            domains={row.pk: held[row.name] for row in each.domains if row.name in held},
        )
        for each in desired
    ]


def _in_words(step: Action, seen: Seen) -> str:
    """Of a domain more is said: whose it is decides whom a newcomer joins."""
    if not isinstance(step, WriteDomain):
        return str(step)
    row, there = step.domain, seen.domains.get(step.domain.pk)
    if there is None:
        why = _("it is missing in DynamoDB, nobody joins by it")
    elif there.tenant_id != row.tenant_id:
        why = _("DynamoDB gives it to another customer, %(id)s: newcomers join them") % {
            "id": there.tenant_id or "?"
        }
    else:
        why = _("DynamoDB lets newcomers join as “%(role)s”") % {"role": there.joins_as}
    return f"{step}: {why}"


def _know_logins_by(seen: Seen, desired: Desired) -> None:
    """As when the reconciler looks: a login that was made anew has another id than the row."""
    for member in desired.members:
        if member.pk in seen.users:
            member.user_id = seen.users[member.pk].user_id


def _user(row: SeenLogin) -> User:
    return User(row.user_id, row.email, row.tenant_id, row.status, row.enabled)


def _key(row: SeenKey) -> Key:
    return Key(row.key_id, row.name, row.enabled, tuple(row.plan_ids))
