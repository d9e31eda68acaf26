"""The analytics of all campaigns or of one: a page of numbers and the same as a file."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext as _

from backoffice import related
from backoffice.related import Link
from campaigns import analytics, analytics_csv, analytics_tables, collecting
from campaigns.analytics import Counts, Scope
from campaigns.analytics_forms import DEFAULT_PERIOD, ScopeForm
from campaigns.analytics_links import analytics_page
from campaigns.models import Campaign

RIGHT = "campaigns.view_redemption"


def urls(site: admin.AdminSite) -> list[Any]:
    return [
        path("analytics/", site.admin_view(page), name="campaigns_analytics"),
        path("analytics/csv/", site.admin_view(download), name="campaigns_analytics_csv"),
    ]


def offer_links() -> None:
    related.offer("campaigns.Campaign", _link_of)


def page(request: HttpRequest) -> HttpResponse:
    form = ScopeForm(_asked(request))
    scope = form.scope()
    cells = analytics.cells_of(scope)
    attempts = analytics.attempts_of(scope)
    context = {
        **admin.site.each_context(request),
        "title": _("Analytics"),
        "form": form,
        "scope": scope,
        "steps": analytics_tables.funnel(scope, cells, attempts),
        "given_back": sum((cell.counts for cell in cells), Counts()).given_back,
        "chart": analytics_tables.chart(scope, cells, attempts),
        "days": analytics_tables.days(scope, cells, attempts),
        "reasons": analytics_tables.reasons(scope, attempts),
        "parts": analytics_tables.parts(scope, cells),
        "as_of": collecting.as_of(),
        "utc": UTC,
        "csv_query": request.GET.urlencode(),
    }
    return TemplateResponse(request, "backoffice/analytics.html", context)


def funnel_of(request: HttpRequest, campaign: Campaign) -> dict[str, Any]:
    """Return the campaign's funnel of the usual period, for its own page; nothing without the
    right to see it."""
    if not request.user.has_perm(RIGHT):
        return {}
    today = datetime.now(UTC).date()
    first = today - timedelta(days=int(DEFAULT_PERIOD) - 1)
    scope = Scope(first=first, last=today, campaign=campaign)
    cells, attempts = analytics.cells_of(scope), analytics.attempts_of(scope)
    return {"scope": scope, "steps": analytics_tables.funnel(scope, cells, attempts)}


def download(request: HttpRequest) -> HttpResponseBase:
    """The same numbers, as finely as they are kept."""
    scope = ScopeForm(_asked(request)).scope()
    lines = analytics_csv.lines(scope)
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    name = f"analytics-{scope.first}-{scope.last}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _asked(request: HttpRequest) -> Any:
    if not request.user.has_perm(RIGHT):
        raise PermissionDenied
    return request.GET


def _link_of(request: HttpRequest, campaign: Campaign) -> Iterator[Link]:
    if request.user.has_perm(RIGHT):
        yield Link(_("Analytics"), analytics_page(campaign=campaign.pk))
