"""Whose password is right, as Django says it; what a person may do, asked once for each page."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Permission
from django.db.models import Q


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
