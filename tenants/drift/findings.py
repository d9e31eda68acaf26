"""What a check found, as rows: noted again by each that sees it, deleted by one that does not."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from adapters.inventories import GatewayKey, Login, Right
from campaigns.gate_checking import GateDifference
from tenants.drift.rows import Difference
from tenants.models import Tenant

Kind = Difference.Kind
_TOO_MUCH = gettext_lazy("More open than the campaign: codes are redeemed that should be refused")


def open_differences() -> QuerySet[Difference]:
    """Those that somebody has to look at: not kept, and no worker has mended the customer since."""
    mended = Q(kind=Kind.CUSTOMER, tenant__reconciled_at__gt=F("seen_at"))
    return Difference.objects.filter(kept_at=None).exclude(mended)


def gates_too_open() -> QuerySet[Difference]:
    """Gates by which codes are redeemed that staff think refused."""
    return open_differences().filter(kind=Kind.OPEN_GATE)


def forget_unseen(since: datetime) -> None:
    """A check that began then is over, and has not seen these any more."""
    Difference.objects.filter(seen_at__lt=since).delete()


def note_customers(found: Mapping[Tenant, Sequence[str]]) -> None:
    _note(
        Difference(
            kind=Kind.CUSTOMER,
            thing=tenant.pk,
            name=tenant.company,
            tenant=tenant,
            what="\n".join(steps),
        )
        for tenant, steps in found.items()
    )


def note_logins(found: Sequence[Login]) -> None:
    owners = _owners(login.tenant_id for login in found)
    _note(
        Difference(
            kind=Kind.LOGIN,
            thing=login.user_id,
            name=login.email,
            tenant=owners.get(login.tenant_id),
            what="\n".join(
                [
                    _("made %(day)s, %(status)s, %(switch)s")
                    % {
                        "day": login.created_at.date().isoformat(),
                        "status": login.status,
                        "switch": _("may sign in") if login.enabled else _("switched off"),
                    },
                    _owner_words(login.tenant_id, owners),
                ]
            ),
        )
        for login in found
    )


def note_keys(found: Sequence[GatewayKey]) -> None:
    _note(
        Difference(
            kind=Kind.KEY,
            thing=key.key_id,
            name=key.name,
            what=_("switched on") if key.enabled else _("switched off"),
        )
        for key in found
    )


def note_permissions(found: Sequence[Right]) -> None:
    _note(_rights(Kind.PERMISSION, found))


def note_access(found: Sequence[Right]) -> None:
    _note(_rights(Kind.ACCESS, found))


def note_domains(found: Sequence[Right]) -> None:
    _note(_rights(Kind.DOMAIN, found))


def note_gates(found: Sequence[GateDifference]) -> None:
    """Of campaigns that we have. One that lets in too much is a kind of its own."""
    _note(
        _gate(Kind.OPEN_GATE if each.lets_in_too_much else Kind.GATE, each, _TOO_MUCH)
        for each in found
    )


def note_lost_gates(found: Sequence[GateDifference]) -> None:
    _note(_gate(Kind.LOST_GATE, each, "") for each in found)


def _gate(kind: Difference.Kind, found: GateDifference, warning: Any) -> Difference:
    lines = [line.words for line in found.lines]
    if found.lets_in_too_much and warning:
        lines = [str(warning), *lines]
    return Difference(kind=kind, thing=found.campaign, name=found.name, what="\n".join(lines))


def _rights(kind: Difference.Kind, found: Sequence[Right]) -> Iterable[Difference]:
    owners = _owners(item.tenant_id for item in found)
    for item in found:
        yield Difference(
            kind=kind,
            thing=item.thing,
            tenant=owners.get(item.tenant_id),
            what=_owner_words(item.tenant_id, owners),
        )


def _owners(tenant_ids: Iterable[str]) -> dict[str, Tenant]:
    return Tenant.objects.in_bulk({tenant_id for tenant_id in tenant_ids if tenant_id})


def _owner_words(tenant_id: str, owners: Mapping[str, Tenant]) -> str:
    if not tenant_id:
        return _("names no customer")
    if tenant_id not in owners:
        return _("names a customer whom we do not have: %(id)s") % {"id": tenant_id}
    return _("names the customer %(company)s") % {"company": owners[tenant_id].company}


def _note(rows: Iterable[Difference]) -> None:
    now = timezone.now()
    noted = list(rows)
    for row in noted:
        row.name, row.seen_at = row.name[:200], now
    Difference.objects.bulk_create(
        noted,
        update_conflicts=True,
        unique_fields=["kind", "thing"],
        update_fields=["name", "tenant", "what", "seen_at"],
    )
