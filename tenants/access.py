"""Who may do what, as one pure function of rows and time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from adapters.definitions import definition
from adapters.domains import DomainItem
from adapters.rights import AccessItem, PermissionItem, PersonState
from tenants.models import ApiKey, Domain, Grant, Member, Tenant

# A tier says what its customer bought; a role says who of the customer's people may use it.
_NOT_CALLING_THE_API = frozenset({Member.Role.BILLING, Member.Role.READ_ONLY})
_ALWAYS_ALLOWED = "me"


@dataclass(frozen=True)
class Access:
    """What a tenant may do now. `reason` is a stable word; `billing_source` names who pays.

    `changes_at` is when the answer changes by the clock alone, if ever.
    """

    allowed: bool
    tier: str
    reason: str
    billing_source: str
    changes_at: datetime | None = None
    # The e-mail domains that the customer holds: they stand in each token.
    domains: tuple[str, ...] = ()

    @property
    def state(self) -> str:
        return "open" if self.allowed else "closed"


def access_of(tenant: Tenant, grants: Iterable[Grant], now: datetime) -> Access:
    """Decide. Staff's word beats every grant; a grant by staff beats the others; else the highest
    tier counts, and of two equal ones that of an agreement, which is paid for."""
    grants = [grant for grant in grants if grant.ended_at is None]
    current = [grant for grant in grants if _covers(grant, now)]
    best = max(current, key=_rank, default=None)
    tier = best.tier if best else _last_tier(grants)
    source = _payer(best, current).billing_source if best else "none"
    changes_at = _next_change(grants, now)
    if tenant.state == Tenant.State.CLOSED:
        return Access(False, tier, "closed", source)
    if tenant.is_suspended:
        return Access(False, tier, "suspended", source, changes_at)
    if best is None:
        return Access(False, tier, "no_grant", source, changes_at)
    return Access(True, tier, "granted", source, changes_at)


def permission_of(member: Member, access: Access) -> PermissionItem:
    """Return what the token trigger shall read about this person."""
    permissions: list[str] = definition("tiers")[access.tier]["permissions"]
    if member.role in _NOT_CALLING_THE_API:
        permissions = [word for word in permissions if word == _ALWAYS_ALLOWED]
    return PermissionItem(
        user_id=member.user_id,
        tenant_id=member.tenant_id,
        role=member.role,
        permissions=tuple(permissions),
        domains=access.domains,
        tier=access.tier,
        state="closed" if member.disabled_at else _state_of_person(access),
    )


def domain_item_of(row: Domain) -> DomainItem:
    """Return what the trigger shall read about this domain."""
    return DomainItem(domain=row.name, tenant_id=row.tenant_id, joins_as=row.joins_as)


def access_item_of(key: ApiKey, access: Access) -> AccessItem:
    """Return what the gateway's function shall read about this key."""
    return AccessItem(
        api_key_id=key.key_id,
        tenant_id=key.tenant_id,
        state="open" if access.allowed else "closed",
        tier=access.tier,
        reason=access.reason,
        billing_source=access.billing_source,
        ends_at=key.ends_at,
    )


def _state_of_person(access: Access) -> PersonState:
    """Whoever has no grant today still comes into the account, to redeem another code."""
    if access.allowed:
        return "open"
    return "lapsed" if access.reason == "no_grant" else "closed"


def _covers(grant: Grant, now: datetime) -> bool:
    return grant.starts_at <= now and (grant.ends_at is None or now < grant.ends_at)


def _payer(best: Grant, current: list[Grant]) -> Grant:
    """Staff may give a subscriber another tier; the subscription goes on paying for the calls."""
    agreements = [grant for grant in current if grant.agreement]
    if best.source == Grant.Source.STAFF and agreements:
        return max(agreements, key=_rank)
    return best


def _rank(grant: Grant) -> tuple[bool, int, bool, int]:
    tiers = list(definition("tiers"))
    is_staff = grant.source == Grant.Source.STAFF
    return (is_staff, tiers.index(grant.tier), bool(grant.agreement), grant.pk)


def _last_tier(grants: list[Grant]) -> str:
    """Keys stay on the plan they had: a closed customer gets no other one."""
    newest = max(grants, key=lambda grant: grant.pk, default=None)
    return newest.tier if newest else next(iter(definition("tiers")))


def _next_change(grants: list[Grant], now: datetime) -> datetime | None:
    moments = [moment for grant in grants for moment in (grant.starts_at, grant.ends_at) if moment]
    return min((moment for moment in moments if moment > now), default=None)
