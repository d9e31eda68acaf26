"""Which agreement goes on from which: a renewal or a replacement takes its customer along."""

from collections.abc import Iterable
from datetime import UTC, datetime

from django.db.models import Q, QuerySet

from marketplace.folding import GOES_ON
from marketplace.models import Agreement

_FOLLOWING = ("RENEW", "REPLACE")
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def lock_family(agreement: Agreement) -> list[Agreement]:
    """Return the agreements that may decide about each other's grants, this one among them.

    They are locked until the transaction ends, always in the same order: whoever else works on one
    of them waits. This comes before any other lock: who holds a row of the family already, or a
    row that the holder of the family wants next, may wait in a circle.
    """
    return _lock(_related_to(agreement))


def lock_families(agreements: Iterable[Agreement], *, account_id: str) -> None:
    """Lock what may become one family: these, what is related to them, and the account's."""
    related = Q(account_id=account_id) if account_id else Q(pk__in=[])
    for agreement in agreements:
        related |= _related_to(agreement)
    _lock(related)


def _lock(which: Q) -> list[Agreement]:
    # Whoever writes a row that names an agreement, as the meters do, does not wait for this.
    return list(_in_order(which).select_for_update(of=("self",), no_key=True))


def family_of(agreement: Agreement) -> QuerySet[Agreement]:
    return _in_order(_related_to(agreement))


def _in_order(which: Q) -> QuerySet[Agreement]:
    return Agreement.objects.select_related("tenant").filter(which).order_by("pk")


def _related_to(agreement: Agreement) -> Q:
    related = Q(pk=agreement.pk)
    if agreement.account_id:
        related |= Q(account_id=agreement.account_id)
    if agreement.previous_agreement_id:
        related |= Q(agreement_id=agreement.previous_agreement_id)
    if agreement.agreement_id:
        related |= Q(previous_agreement_id=agreement.agreement_id)
    return related


def successor_of(old: Agreement, family: Iterable[Agreement]) -> Agreement | None:
    """Return what goes on from this agreement, if AWS said enough to know.

    The agreement's own word counts most, then the chain that it belongs to; else a lone renewal or
    replacement of the same product and account that names nobody.
    """
    others = [row for row in family if row.pk != old.pk]
    named = [row for row in others if old.agreement_id == row.previous_agreement_id != ""]
    if named:
        return min(named, key=_begins)
    if old.ended_as not in GOES_ON:
        return None
    later = [row for row in others if _is_same(old, row) and _begins(row) > _begins(old)]
    chain = old.initial_agreement_id or old.agreement_id
    of_chain = [row for row in later if chain and row.initial_agreement_id == chain]
    if of_chain:
        return min(of_chain, key=_begins)
    lone = [row for row in later if row.intent in _FOLLOWING and not row.previous_agreement_id]
    return lone[0] if len(lone) == 1 else None


def _is_same(old: Agreement, new: Agreement) -> bool:
    is_same_account = old.account_id == new.account_id != ""
    return is_same_account and old.product_code == new.product_code != ""


def _begins(row: Agreement) -> tuple[datetime, int]:
    return (row.accepted_at or row.starts_at or _LONG_AGO, row.pk)
