"""What was decided of every field of every table: whose it is, and what becomes of it.

Each room declares its own tables. A test walks all models and infra/definitions/tables.json, so a
field that nobody has decided on fails it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db.models import Model, Q, TextField
from django.db.models.functions import Cast
from django.utils.functional import Promise

from tenants.privacy.persons import Person

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise
else:
    StrOrPromise = str | Promise


class Clear(Enum):
    """What a personal field becomes when the person is erased."""

    PSEUDONYM = "an address that nobody has, found again by whoever is told the true one"
    NAME = "the word for somebody who was erased"
    EMPTY = "nothing"
    COMPANY = "the word for a customer who was erased, if nobody else was in it"
    REWRITTEN = "the same text without the person's address and name"
    STAYS = "itself: an id of a row that names nobody any more"


class Fate(Enum):
    """What becomes of a person's rows."""

    CLEARED = "the row stays without its personal fields"
    DELETED = "the row is deleted"
    KEPT = "the row stays as it is"


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table of SQL. Every field is in `personal`, `hidden` or `plain`.

    `about` says which rows are about a person; without it none is. `account` leads to the customer
    whose rows these are, whoever of their people is meant; where nobody is, or `is_shared`, each of
    the people may read them. What is `hidden` is never exported.
    """

    model: str
    plain: str
    personal: Mapping[str, Clear] = field(default_factory=dict)
    hidden: str = ""
    about: Callable[[Person], Q] | None = None
    account: str = ""
    is_shared: bool = False
    # Fields of JSON: within `about` each can be searched as a text, called <field>_text.
    json: tuple[str, ...] = ()
    fate: Fate = Fate.CLEARED
    # Why rows about a person stay: said to whoever confirms an erasure.
    why_kept: StrOrPromise = ""

    @property
    def rows(self) -> Any:
        model: type[Model] = apps.get_model(self.model)
        texts = {f"{name}_text": Cast(name, TextField()) for name in self.json}
        return model._default_manager.alias(**texts)

    @property
    def decided(self) -> set[str]:
        return {*self.plain.split(), *self.personal, *self.hidden.split()}

    @property
    def exported(self) -> list[str]:
        fields = apps.get_model(self.model)._meta.local_concrete_fields
        left_out = {*self.hidden.split(), "lease", "leased_until"}
        return [each.name for each in fields if each.name not in left_out]


_DECIDED: dict[str, Table] = {}


def decide(*tables: Table) -> None:
    """Declare tables. Each room does so for its own when it starts."""
    _DECIDED.update({table.model: table for table in tables})


def tables() -> list[Table]:
    return [_DECIDED[name] for name in sorted(_DECIDED)]


def reasons_to_keep() -> list[StrOrPromise]:
    return [table.why_kept for table in tables() if table.why_kept]


# Of each table of DynamoDB, what is about people in it and what becomes of that.
ITEMS: dict[str, str] = {
    "promo-codes": "a use names a sign-up or promotion by its id; kept, so that totals stay",
    "redemptions": "as promo-codes; the marks of a customer, hashes of an address, are deleted",
    "windows": "counters under keyed hashes; each ends by itself within hours",
    "outcomes": "counters without people",
    "access": "by API key: names a customer, no person",
    "permissions": "by Cognito sub: the person's item is deleted",
    "domains": "by domain: names a customer, no person",
    "usage": "by customer and API key: names no person; what is billed stays",
    "answers": "answers of the API under a digest, for 24 hours: names no person",
}
