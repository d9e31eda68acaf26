"""Filters of staff lists that ask for words."""

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import TextFilter

from tenants.models import SignUp


class SourceFilter(TextFilter):  # type: ignore[misc]
    """An exact match, for which there is an index: the table only ever grows."""

    title = _("source (utm_source)")
    parameter_name = "utm_source"

    def queryset(self, request: HttpRequest, queryset: QuerySet[SignUp]) -> QuerySet[SignUp]:
        return queryset.filter(utm_source=self.value()) if self.value() else queryset
