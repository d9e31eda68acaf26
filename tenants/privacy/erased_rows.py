"""Clearing the rows of SQL that are about a person, as was decided of each table."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from tenants.models import MailEvent, SignUp, SuppressedAddress, Tenant
from tenants.privacy import leaving, mentions
from tenants.privacy.decisions import Clear, Fate, Table, tables
from tenants.privacy.persons import Person
from tenants.privacy.pseudonyms import stand_in

# It has a door of its own, which the database watches: backoffice/audit_erasure.py.
TRAIL = "backoffice.AuditEvent"
# Mail is held back by the very address, with its tag.
_BY_ADDRESS = (SuppressedAddress, MailEvent)


@dataclass(frozen=True)
class Erasure:
    """Of whom, and which job of ours does it: that one forgets them last."""

    person: Person
    job_id: int

    @property
    def pseudonym(self) -> str:
        return stand_in(self.person.identity)


def clear(erasure: Erasure, before_each: Callable[[], object]) -> None:
    """Clear every table. Safe to repeat, and after a death anywhere: who it is was found before."""
    for table in tables():
        if table.about is None or table.model == TRAIL or table.fate is Fate.KEPT:
            continue
        before_each()
        with transaction.atomic():
            _clear_table(table, erasure)


def companies_to_forget(person: Person) -> list[Tenant]:
    """The customers of whom the name goes with the person."""
    theirs = Tenant.objects.filter(pk__in=person.tenants)
    return [tenant for tenant in theirs if not leaving.keeps_company(tenant, person)]


def _clear_table(table: Table, erasure: Erasure) -> None:
    assert table.about is not None  # noqa: S101 - for the type checker: clear() looks
    rows = table.rows.filter(table.about(erasure.person))
    if table.model == "backoffice.Job":
        rows = rows.exclude(pk=erasure.job_id)
    if table.fate is Fate.DELETED:
        rows.delete()
        return
    for row in rows.iterator(chunk_size=500):
        changes = dict(_changes(table, row, erasure))
        if isinstance(row, SuppressedAddress) and _is_held_already(row, changes["address"]):
            row.delete()
        elif changes:
            type(row)._default_manager.filter(pk=row.pk).update(**changes)
            if isinstance(row, Tenant) and "company" in changes:
                row.company = changes["company"]
                row.keep_words()


def _changes(table: Table, row: Any, erasure: Erasure) -> Iterator[tuple[str, Any]]:
    for name, clear in table.personal.items():
        value = getattr(row, name)
        new = _cleared(clear, value, row, erasure)
        if new != value:
            yield name, new


def _cleared(clear: Clear, value: Any, row: Model, erasure: Erasure) -> Any:
    match clear:
        case Clear.PSEUDONYM:
            return stand_in(value) if isinstance(row, _BY_ADDRESS) else erasure.pseudonym
        case Clear.NAME:
            return _("Erased person")
        case Clear.COMPANY:
            return value if _keeps_company(row, erasure.person) else _("Erased customer")
        case Clear.REWRITTEN:
            return _rewritten(value, erasure)
        case Clear.EMPTY:
            return ""
    return value


def _rewritten(value: Any, erasure: Erasure) -> Any:
    if isinstance(value, str):
        return mentions.rewritten(value, erasure.person, erasure.pseudonym)
    if isinstance(value, list):
        return [_rewritten(each, erasure) for each in value]
    if isinstance(value, dict):
        return {name: _rewritten(each, erasure) for name, each in value.items()}
    return value


def _keeps_company(row: Model, person: Person) -> bool:
    tenant = row if isinstance(row, Tenant) else None
    if isinstance(row, SignUp):
        tenant = row.tenant
    return tenant is not None and leaving.keeps_company(tenant, person)


def _is_held_already(row: SuppressedAddress, address: str) -> bool:
    """Whoever was erased before and came again: the earlier row holds mail back as well."""
    earlier = SuppressedAddress.objects.filter(address=address).exclude(pk=row.pk)
    if row.released_at is None:
        earlier.update(released_at=None)
    return earlier.exists()
