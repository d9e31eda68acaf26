"""What is in an export: one file for each table, of SQL and of DynamoDB, and one for Cognito."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.db.models import Q

from adapters import personal_items, user_pool
from campaigns import rules
from campaigns.eligibility import Customer, unaliased
from campaigns.errors import CodeMisspelled
from campaigns.models import Redemption
from tenants.models import ApiKey, Member, Promotion, SignUp
from tenants.privacy.decisions import Table, tables
from tenants.privacy.persons import Person, person_of
from tenants.privacy.pseudonyms import is_erased

Row = dict[str, Any]


@dataclass(frozen=True)
class Whose:
    """Whose data is exported: one person's, or a customer's with that of all its people.

    A person alone gets what is about them, and of their customers what is about nobody else.
    """

    people: tuple[Person, ...]
    tenants: tuple[str, ...]
    is_whole_customer: bool = False


def of_person(person: Person) -> Whose:
    return Whose((person,), person.tenants)


def of_tenant(tenant_id: str) -> Whose:
    members = Member.objects.filter(tenant=tenant_id)
    people = {identity: person_of(identity) for identity in _identities(members)}
    return Whose(tuple(people.values()), (tenant_id,), is_whole_customer=True)


def files() -> dict[str, Callable[[Whose], Iterator[Row]]]:
    """Return what writes each file, by its name in the export."""
    return {
        **{f"rows/{table.model}.json": _rows_of(table) for table in tables() if _is_asked(table)},
        "cognito/users.json": _users,
        "dynamodb/permissions.json": _permissions,
        "dynamodb/access.json": _access,
        "dynamodb/redemptions.json": _uses,
        "dynamodb/marks.json": _marks,
        "dynamodb/usage.json": _usage,
    }


def _identities(members: Any) -> list[str]:
    """Of whoever has not been erased, each once."""
    addresses = members.order_by("pk").values_list("email", flat=True)
    there = (unaliased(address) for address in addresses if not is_erased(address))
    return list(dict.fromkeys(there))


def _is_asked(table: Table) -> bool:
    return table.about is not None or bool(table.account)


def _rows_of(table: Table) -> Callable[[Whose], Iterator[Row]]:
    def rows(whose: Whose) -> Iterator[Row]:
        found = table.rows.filter(_which(table, whose)).order_by("pk")
        for row in found.iterator(chunk_size=500):
            yield {
                name: row._meta.get_field(name).value_from_object(row) for name in table.exported
            }

    return rows


def _which(table: Table, whose: Whose) -> Q:
    which = Q(pk__in=[])
    if table.about:
        for person in whose.people:
            which |= table.about(person)
    is_for_each = table.is_shared or not table.about
    if table.account and (whose.is_whole_customer or is_for_each):
        which |= Q(**{f"{table.account}__in": whose.tenants})
    return which


def _users(whose: Whose) -> Iterator[Row]:
    for person in whose.people:
        for address in person.addresses:
            user = user_pool.find_user(settings.USER_POOL_ID, address)
            if user:
                yield asdict(user)


def _permissions(whose: Whose) -> Iterator[Row]:
    for person in whose.people:
        yield from personal_items.permissions_of(person.user_ids)


def _access(whose: Whose) -> Iterator[Row]:
    keys = ApiKey.objects.filter(tenant__in=whose.tenants).exclude(key_id="")
    yield from personal_items.access_of(keys.values_list("key_id", flat=True))


def _uses(whose: Whose) -> Iterator[Row]:
    ids = [one for person in whose.people for one in person.redeemed_by]
    for code, taken_by in sorted(codes_of(ids)):
        yield from personal_items.use_of(code, taken_by=taken_by)


def codes_of(ids: Collection[str]) -> set[tuple[str, str]]:
    """Return what these redeemed: by the copy, and by our own rows if that lags behind."""
    copied = Redemption.objects.filter(redeemed_by__in=ids).values_list("code", "redeemed_by")
    wanted = [
        *SignUp.objects.filter(pk__in=ids).exclude(code="").values_list("code", "pk"),
        *Promotion.objects.filter(pk__in=ids).values_list("code", "pk"),
    ]
    return {*copied, *((_normal(code), str(pk)) for code, pk in wanted)} - {("", "")}


def _normal(written: str) -> str:
    try:
        return rules.normalise(written)
    except CodeMisspelled:
        return written


def _marks(whose: Whose) -> Iterator[Row]:
    for person in whose.people:
        for identity_hash in Customer(person.identity).identities:
            yield from personal_items.marks_of(identity_hash)


def _usage(whose: Whose) -> Iterator[Row]:
    for tenant_id in whose.tenants:
        yield from personal_items.usage_of(tenant_id)
