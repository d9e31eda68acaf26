"""Filters of staff lists that ask for words."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import TextFilter

from tenants import dormancy
from tenants.models import SignUp


class SourceFilter(TextFilter):  # type: ignore[misc]
    """An exact match, for which there is an index: the table only ever grows."""

    title = _("source (utm_source)")
    parameter_name = "utm_source"

    def queryset(self, request: HttpRequest, queryset: QuerySet[SignUp]) -> QuerySet[SignUp]:
        return queryset.filter(utm_source=self.value()) if self.value() else queryset


class SilenceFilter(admin.SimpleListFilter):
    """Open customers who do not call."""

    title = _("last call")
    parameter_name = "silent"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        since = [(str(days), _("None for %d days") % days) for days in dormancy.DAYS]
        return [*since, ("never", _("Never called"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if value == "never":
            return queryset.filter(dormancy.never_called())
        is_known = value in {str(days) for days in dormancy.DAYS}
        return queryset.filter(dormancy.silent_for(int(value))) if value and is_known else queryset
