"""What a person of the staff may do: asked once for each page, and said in words."""

from collections.abc import Iterable
from functools import reduce
from itertools import groupby
from operator import or_
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Group, Permission
from django.db.models import Q, QuerySet
from django.utils.text import capfirst

from backoffice.roles import ROLES


class RightsBackend(ModelBackend):
    """Django asks for a person's own rights and for those of their roles, one after the other."""

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """Return `app.codename` of each right: of the person and of their roles, in one query."""
        if not user_obj.is_active or user_obj.is_anonymous or obj is not None:
            return set()
        if not hasattr(user_obj, "_perm_cache"):
            user_obj._perm_cache = _rights_of(user_obj)
        rights: set[str] = user_obj._perm_cache
        return rights


def _rights_of(user: Any) -> set[str]:
    rights = Permission.objects.order_by()
    if not user.is_superuser:
        rights = rights.filter(Q(user=user) | Q(group__user=user))
    return {
        f"{app}.{name}" for app, name in rights.values_list("content_type__app_label", "codename")
    }


def in_use() -> QuerySet[Permission]:
    """The rights that a page or a verb asks for: those of any of the five roles."""
    names = {name.partition(".") for rights in ROLES.values() for name in rights}
    of_app = (Q(content_type__app_label=app, codename=codename) for app, _, codename in names)
    return Permission.objects.filter(reduce(or_, of_app)).select_related("content_type")


def words_of(right: Permission) -> str:
    """Say one right: `Customers: suspend and reinstate customers`."""
    return f"{_of_what(right)}: {_verb(right)}"


def lines_of(role: Group) -> Iterable[str]:
    """Say what a role may do, a line for each kind of row."""
    rights = role.permissions.select_related("content_type").order_by("pk")
    found = sorted(rights, key=_of_what)
    for what, together in groupby(found, key=_of_what):
        yield f"{what}: {'; '.join(_verb(right) for right in together)}"


def _of_what(right: Permission) -> str:
    model = right.content_type.model_class()
    return capfirst(str(model._meta.verbose_name_plural)) if model else right.content_type.model


def _verb(right: Permission) -> str:
    """Django's own are `Can view customer`, and the row has been named already."""
    verb, _, kind = right.codename.partition("_")
    if kind == right.content_type.model and verb in ("add", "change", "delete", "view"):
        return {"view": "see"}.get(verb, verb)
    return right.name.removeprefix("Can ")
