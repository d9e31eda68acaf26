"""Finding the row of an agreement, whichever of its names is known, or beginning it."""

from dataclasses import asdict
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from adapters.marketplace import ResolvedCustomer
from adapters.marketplace_notices import Names, license_id_of
from marketplace.models import Agreement, Meter
from marketplace.products import all_products
from marketplace.succession import lock_families


def agreement_of(resolved: ResolvedCustomer) -> Agreement:
    """Return the one row of what this buyer bought; what AWS says of it now is filled in.

    Safe to repeat and to race: two who begin the same agreement at once get the same row.
    """
    return find_or_begin(Names(**vars(resolved), license_id=license_id_of(resolved.license_arn)))


def find_or_begin(given: Names) -> Agreement:
    """Return the row that these names are of. Safe to repeat and to race.

    Where one row knew the agreement by its id and another by its license, they become one. The row
    and its family are locked until the transaction ends.
    """
    names = _with_product(given)
    try:
        return _found_or_begun(names)
    except IntegrityError:
        # Somebody else has begun it meanwhile. All locks are let go of first: they come in order.
        return _found_or_begun(names)


@transaction.atomic
def _found_or_begun(names: dict[str, str]) -> Agreement:
    lock_families(_find(names), account_id=names["account_id"])
    rows = _find(names)
    if not rows:
        return Agreement.objects.create(**names)
    for other in rows[1:]:
        _unite(rows[0], other)
    return _fill_in(rows[0], names)


def find(given: Names) -> Agreement | None:
    """Return the row if there is one; nothing is begun."""
    return next(iter(_find(_with_product(given))), None)


def _with_product(given: Names) -> dict[str, str]:
    """Some events name the product by its id alone."""
    names = asdict(given)
    if given.product_id and not given.product_code:
        codes = [product.code for product in all_products() if product.id == given.product_id]
        names["product_code"] = codes[0] if codes else ""
    return names


def _find(names: dict[str, str]) -> list[Agreement]:
    """The agreement's own name first: the others are of older or of lesser notices."""
    found: list[Agreement] = []
    for question in _questions(names):
        row = Agreement.objects.filter(question).order_by("pk").first()
        if row and row not in found:
            found.append(row)
    return found


def _questions(names: dict[str, str]) -> list[Q]:
    asked = [Q(**{name: names[name]}) for name in ("agreement_id", "license_id") if names[name]]
    if names["customer_identifier"]:
        of_legacy = {name: names[name] for name in ("product_code", "customer_identifier")}
        asked.append(Q(**of_legacy))
    elif not asked:
        of_account = {name: names[name] for name in ("product_code", "account_id")}
        asked.append(Q(agreement_id="", **of_account))
    return asked


_HANDED_ON = (
    *("license_id", "license_arn", "account_id", "product_code"),
    *("customer_identifier", "source"),
)


@transaction.atomic
def _unite(row: Agreement, other: Agreement) -> None:
    """Give what the lesser row has to the other one. Only a row without an agreement id is lesser.

    Two that have both been used are two for ever: what pays for calls does not change its name.
    """
    if other.agreement_id or (row.source and other.source):
        return
    other.notices.update(agreement=row)
    other.registrations.update(agreement=row)
    other.metered_hours.update(agreement=row)
    Meter.objects.filter(agreement=other).update(agreement=row)
    if other.tenant_id and not row.tenant_id:
        Agreement.objects.filter(pk=row.pk, tenant=None).update(tenant=other.tenant_id)
    learned = {name: getattr(other, name) for name in _HANDED_ON}
    other.delete()
    row.refresh_from_db()
    _fill_in(row, learned)


def _fill_in(row: Agreement, names: dict[str, str]) -> Agreement:
    """Learn what the row did not know. Nothing that it knows is overwritten."""
    learned: dict[str, Any] = {
        name: value for name, value in names.items() if value and not getattr(row, name)
    }
    if learned:
        Agreement.objects.filter(pk=row.pk).update(**learned)
        row.refresh_from_db()
    return row
