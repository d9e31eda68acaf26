"""Finding the row of an agreement, whichever of its names is known, or beginning it."""

import re
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from adapters.marketplace import ResolvedCustomer
from marketplace.models import Agreement

_LICENSE_ID = re.compile(r"l-[0-9a-f]+")


def agreement_of(resolved: ResolvedCustomer) -> Agreement:
    """Return the one row of what this buyer bought; what AWS says of it now is filled in.

    Safe to repeat and to race: two who begin the same agreement at once get the same row.
    """
    names = _names_of(resolved)
    row = _find(names)
    if row is None:
        try:
            with transaction.atomic():
                return Agreement.objects.create(**names)
        except IntegrityError:
            row = _find(names)
    if row is None:
        raise LookupError("an agreement that another request began is not there")
    return _fill_in(row, names)


def license_id_of(arn: str) -> str:
    """Return the part l-… of a license's ARN: it is the same in both layouts of AWS."""
    found = _LICENSE_ID.search(arn)
    return found.group() if found else ""


def _names_of(resolved: ResolvedCustomer) -> dict[str, str]:
    return {**vars(resolved), "license_id": license_id_of(resolved.license_arn)}


def _find(names: dict[str, str]) -> Agreement | None:
    """By the agreement's own name first: the others are of older or of lesser notices."""
    for question in _questions(names):
        row = Agreement.objects.filter(question).order_by("pk").first()
        if row:
            return row
    return None


def _questions(names: dict[str, str]) -> list[Q]:
    asked = [Q(**{name: names[name]}) for name in ("agreement_id", "license_id") if names[name]]
    if names["customer_identifier"]:
        of_legacy = {name: names[name] for name in ("product_code", "customer_identifier")}
        asked.append(Q(agreement_id="", **of_legacy))
    return asked


def _fill_in(row: Agreement, names: dict[str, str]) -> Agreement:
    """Learn what the row did not know. Nothing that it knows is overwritten."""
    learned: dict[str, Any] = {
        name: value for name, value in names.items() if value and not getattr(row, name)
    }
    if learned:
        Agreement.objects.filter(pk=row.pk).update(**learned)
        row.refresh_from_db()
    return row
