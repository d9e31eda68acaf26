"""Whose account a line of the audit trail is about: it names its row by kind and key alone."""

from typing import Any

from django.apps import apps
from django.db.models import Case, CharField, IntegerField, Model, OuterRef, Subquery, When
from django.db.models import UUIDField as Uuid
from django.db.models.functions import Cast, Coalesce

from tenants.finding.lookups import AsNumber, AsUuid
from tenants.privacy import decisions

# A mail that is to none of their people yet leads to them by what it is about.
_ALSO = {
    "tenants.Message": (
        "domain_claim__tenant",
        "invitation__tenant",
        "sign_up__tenant",
        "join_request__tenant",
    )
}


def whose_target() -> Case:
    """Return the customer's id for a line of the trail, or nothing: its row is nobody's.

    Each kind of row is looked up by its key, whose path to the customer privacy has declared.
    """
    known = [table for table in decisions.tables() if table.account]
    whose = (
        When(target_type=table.model, then=_whose(table.model, table.account)) for table in known
    )
    return Case(*whose, output_field=CharField())


def _whose(label: str, account: str) -> Subquery:
    model: type[Model] = apps.get_model(label)
    row = model._default_manager.filter(pk=_key_of(model))
    return Subquery(row.values(owner=_first_of(account, *_ALSO.get(label, ())))[:1])


def _first_of(*paths: str) -> Any:
    owners = [Cast(path, CharField()) for path in paths]
    return Coalesce(*owners) if len(owners) > 1 else owners[0]


def _key_of(model: type[Model]) -> Any:
    """The trail keeps every key as a text; a person's may have become a pseudonym."""
    key, kept = model._meta.pk, OuterRef("target_id")
    if isinstance(key, Uuid):
        return AsUuid(kept)
    return AsNumber(kept) if isinstance(key, IntegerField) else kept
