"""The copied outcomes as a list: what stands behind a number of the analytics."""

from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from backoffice.columns import column
from backoffice.staff_pages import ReadOnlyAdmin
from campaigns.models import Batch, Campaign, Outcome
from campaigns.outcome_words import REASONS, STEPS
from campaigns.outcomes import GOOD, NOBODYS, NOT_REFUSED


class EndFilter(admin.SimpleListFilter):
    title = _("end")
    parameter_name = "ended"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("good", _("Good")), ("refused", _("Refused"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "good":
            return queryset.filter(reason=GOOD)
        return queryset.exclude(reason__in=NOT_REFUSED) if self.value() else queryset


@admin.register(Outcome)
class OutcomeAdmin(ReadOnlyAdmin):
    list_display = ("day", "campaign_name", "batch_name", "step_word", "reason_word", "number")
    list_display_links = None
    list_filter = (EndFilter,)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("campaigns.view_redemption")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Outcome]:
        campaigns = Campaign.objects.filter(public_id=OuterRef("campaign"))
        batches = Batch.objects.filter(public_id=OuterRef("batch"))
        rows: QuerySet[Outcome] = super().get_queryset(request)
        return rows.annotate(
            named=Subquery(campaigns.values("name")[:1]),
            batch_pk=Subquery(batches.values("pk")[:1]),
            label=Subquery(batches.values("label")[:1]),
        )

    @column(_("Campaign"))
    def campaign_name(self, row: Any) -> Any:
        return _("no campaign's") if row.campaign == NOBODYS else row.named or row.campaign

    @column(_("Batch"))
    def batch_name(self, row: Any) -> str | None:
        return row.label or (f"#{row.batch_pk}" if row.batch_pk else None)

    @column(_("Step"))
    def step_word(self, row: Outcome) -> Any:
        return STEPS.get(row.step, row.step)

    @column(_("Ended as"), colours={"good": "success", "refused": "warning", "other": "info"})
    def reason_word(self, row: Outcome) -> tuple[str, Any]:
        word = REASONS.get(row.reason, row.reason)
        if row.reason == GOOD:
            return "good", word
        return "other" if row.reason in NOT_REFUSED else "refused", word

    @column(_("Count"))
    def number(self, row: Outcome) -> str:
        return number_format(row.count, force_grouping=True)
