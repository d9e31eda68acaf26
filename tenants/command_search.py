"""What Ctrl+K finds: a few campaigns and customers by name, e-mail or key, never a code."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.dataclasses import SearchResult

from campaigns.models import Campaign
from tenants.models import Tenant

MOST = 8
_MODELS = ((Tenant, _("Customer"), "apartment"), (Campaign, _("Campaign"), "campaign"))


def find(request: HttpRequest, search_term: str) -> list[Any]:
    return [
        SearchResult(title=title, description=str(kind), link=link, icon=icon)
        for model, kind, icon in _MODELS
        for title, link in _rows(request, model, search_term)
    ]


def _rows(request: HttpRequest, model: Any, term: str) -> Iterator[tuple[str, str]]:
    page = admin.site.get_model_admin(model)
    if not page.has_view_permission(request):
        return
    rows, _duplicates = page.get_search_results(request, page.get_queryset(request), term)
    for row in rows[:MOST]:
        yield (
            str(row),
            reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_change", args=[row.pk]),
        )
