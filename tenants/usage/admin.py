"""Staff pages of usage: by key and day with both counts, and who used their quota up."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from adapters.definitions import definition
from backoffice.columns import column, moment
from backoffice.related import Link
from backoffice.staff_pages import ReadOnlyAdmin
from tenants.models import ApiKey, QuotaAlert, Tenant, UsageDay
from tenants.usage import drift as usage_drift

# What the dashboard counts, too: an older difference is known by now.
LATELY = timedelta(days=14)
DRIFT_COLOURS = {"agree": "success", "off": "danger", "within": "info", "unknown": "default"}
THRESHOLD_COLOURS = {50: "info", 80: "warning", 95: "warning", 100: "danger"}


def off_lately() -> QuerySet[UsageDay]:
    since = timezone.now().date() - LATELY
    return UsageDay.objects.filter(is_off=True, day__gte=since)


class DriftFilter(admin.SimpleListFilter):
    title = _("difference")
    parameter_name = "difference"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("lately", _("Too large, last 14 days")), ("ever", _("Too large, ever"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "lately":
            return queryset.filter(is_off=True, day__gte=timezone.now().date() - LATELY)
        return queryset.filter(is_off=True) if self.value() == "ever" else queryset


@admin.register(UsageDay)
class UsageDayAdmin(ReadOnlyAdmin):
    list_display = (
        "on",
        "api_key_id",
        "customer",
        "calls",
        "refused",
        "failed",
        "units",
        "gateway_calls",
        "drift",
    )
    list_filter = (DriftFilter,)
    list_select_related = ("tenant",)
    search_fields = ("api_key_id",)
    search_help_text = _("Id of the API key, its last 4 characters, or id of the customer")
    fields = (*list_display[:-1], "difference", "words")
    when_empty = _("No call was counted yet. The worker copies them every few minutes.")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[UsageDay], search_term: str
    ) -> tuple[QuerySet[UsageDay], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        keys = ApiKey.objects.filter(last4=term[-4:]).values("key_id")
        where = Q(api_key_id=term) | Q(tenant=term)
        if len(term) == 4 or "…" in term:
            where |= Q(api_key_id__in=keys)
        return queryset.filter(where), False

    def links(self, request: HttpRequest, row: UsageDay) -> list[Link]:
        return [*_customer_link(request, row.tenant), *super().links(request, row)]

    @column(_("Day (UTC)"))
    def on(self, row: UsageDay) -> str:
        return str(row.day)

    @column(_("Customer"))
    def customer(self, row: UsageDay) -> str:
        return row.tenant.company if row.tenant else _now("nobody's key")

    @column(_("Difference"), colours=DRIFT_COLOURS)
    def drift(self, row: UsageDay) -> tuple[str, Any]:
        if row.difference is None:
            return "unknown", _("not compared")
        if row.difference == 0:
            return "agree", _("0, agree")
        return ("off" if row.is_off else "within"), f"{row.difference:+,}"

    @column(_("What it means"))
    def words(self, row: UsageDay) -> str:
        return usage_drift.words_of(row)


@admin.register(QuotaAlert)
class QuotaAlertAdmin(ReadOnlyAdmin):
    list_display = (
        "customer",
        "threshold_label",
        "tier_label",
        "period",
        "used_of",
        moment("raised_at", _("Raised")),
    )
    list_filter = ("threshold",)
    list_select_related = ("tenant",)
    search_fields = ("tenant",)
    search_help_text = _("Id of the customer")
    fields = ("customer", "threshold", *list_display[2:], "api_key_id")
    when_empty = _("Nobody has used half of their quota yet.")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[QuotaAlert], search_term: str
    ) -> tuple[QuerySet[QuotaAlert], bool]:
        term = search_term.strip()
        return (queryset.filter(tenant=term) if term else queryset), False

    def links(self, request: HttpRequest, row: QuotaAlert) -> list[Link]:
        return [*_customer_link(request, row.tenant), *super().links(request, row)]

    @column(_("Customer"))
    def customer(self, row: QuotaAlert) -> str:
        return row.tenant.company

    @column(_("Threshold"), colours=THRESHOLD_COLOURS)
    def threshold_label(self, row: QuotaAlert) -> tuple[int, Any]:
        return row.threshold, row.get_threshold_display()

    @column(_("Tier"))
    def tier_label(self, row: QuotaAlert) -> str:
        return str(definition("tiers").get(row.tier, {}).get("label", row.tier))

    @column(_("Period (UTC)"))
    def period(self, row: QuotaAlert) -> str:
        return f"{row.period_first} – {row.period_last}"

    @column(_("Used"))
    def used_of(self, row: QuotaAlert) -> str:
        values = {"used": f"{row.used:,}", "limit": f"{row.limit:,}"}
        return _now("%(used)s of %(limit)s") % values


def _customer_link(request: HttpRequest, tenant: Tenant | None) -> list[Link]:
    if tenant is None or not request.user.has_perm("tenants.view_tenant"):
        return []
    return [Link(tenant.company, reverse("admin:tenants_tenant_change", args=(tenant.pk,)))]
