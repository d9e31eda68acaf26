"""What Ctrl+K finds: a few rows of each kind, as the search of their list does, never a code."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from unfold.dataclasses import SearchResult

from campaigns.models import Campaign
from tenants.models import Tenant

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise
else:
    StrOrPromise = str | Promise

MOST = 8
# More than are shown: asked for the newest few of some ids, PostgreSQL may walk along all dates.
MOST_READ = 100
_KINDS: list[tuple[Any, StrOrPromise, str]] = [
    (Tenant, _("Customer"), "apartment"),
    (Campaign, _("Campaign"), "campaign"),
]


def offer_kind(model: Any, name: StrOrPromise, icon: str) -> None:
    """Have rows of this model found too, by those who may see them."""
    if model not in [known for known, *_rest in _KINDS]:
        _KINDS.append((model, name, icon))


def find(request: HttpRequest, search_term: str) -> list[Any]:
    """What is typed counts as it is: the term that comes here has lost its capitals, and ids of
    AWS have some."""
    term = request.GET.get("s", search_term)
    found = [
        SearchResult(title=title, description=description, link=link, icon=icon)
        for model, name, icon in _KINDS
        for title, description, link in _rows(request, model, str(name), term)
    ]
    return found or _elsewhere(request)


def _elsewhere(request: HttpRequest) -> list[Any]:
    """Where nothing is found, the page that looks in more places, and takes whole keys."""
    if not request.user.has_perm("tenants.view_tenant"):
        return []
    link, hint = reverse("admin:tenants_find"), _("Nothing matches. Sign-ups are found here too")
    return [SearchResult(title=_("Find"), description=hint, link=link, icon="person_search")]


def _rows(request: HttpRequest, model: Any, name: str, term: str) -> Iterator[tuple[str, str, str]]:
    page: Any = admin.site.get_model_admin(model)
    if not page.has_view_permission(request):
        return
    rows, _duplicates = page.get_search_results(request, page.get_queryset(request), term)
    for row in list(rows[:MOST_READ])[:MOST]:
        about = page.describe_row(row)
        yield str(row), f"{name}: {about}" if about else name, page.row_url(row)
