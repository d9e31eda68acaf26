"""Staff pages of campaigns and redemptions. Batches: campaigns/batch_admin.py."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from backoffice.audit import Act
from backoffice.columns import column, moment
from backoffice.fields import in_zone
from backoffice.paging import CappedCount, capped
from backoffice.related import Link
from backoffice.staff_pages import ReadOnlyAdmin, ServiceSaves, StaffAdmin
from campaigns import (
    analytics_pages,
    code_pages,
    gatekeeping,
    import_pages,
    link_pages,
    rules,
)
from campaigns.alarm_admin import RefusalAlarmAdmin as RefusalAlarmAdmin
from campaigns.batch_admin import BatchAdmin
from campaigns.batch_verbs import NOT_YET
from campaigns.campaign_form import MOMENTS, CampaignForm
from campaigns.gatekeeping import TermsLocked
from campaigns.list_filters import ReleasedFilter, StateFilter
from campaigns.models import Batch, Campaign, CodeImport, Redemption
from campaigns.outcome_admin import OutcomeAdmin as OutcomeAdmin
from campaigns.staff_verbs import CAMPAIGN_VERBS

STATUS_WORDS = {
    "open": _("Open"),
    "upcoming": _("Not started"),
    "paused": _("Paused"),
    "ended": _("Ended"),
    "archived": _("Archived"),
}
STATUS_COLOURS = {
    "open": "success",
    "upcoming": "info",
    "paused": "warning",
    "ended": "default",
    "archived": "default",
}
REDEEMED = moment("redeemed_at", _("When"))


admin.site.register(Batch, BatchAdmin)


@admin.register(Campaign)
class CampaignAdmin(StaffAdmin, ServiceSaves):
    form = CampaignForm
    list_display = (
        "name",
        "status_label",
        "tier",
        "codes_issued",
        "redeemed",
        moment("starts_at", _("Starts")),
        moment("ends_at", _("Ends")),
    )
    list_filter = (StateFilter, "tier")
    search_fields = ("name", "slug", "tags")
    search_help_text = _("Name, short name or tag")
    prepopulated_fields = {"slug": ("name",)}  # noqa: RUF012
    fieldsets = (
        (_("What it gives"), {"fields": ("name", "slug", "tier", "access_days")}),
        (
            _("For whom"),
            {
                "fields": (
                    "new_customers_only",
                    "allowed_domains",
                    "refused_domains",
                    "confirm_first",
                )
            },
        ),
        (_("When"), {"fields": ("starts_at", "ends_at")}),
        (_("Codes"), {"fields": ("code_kind", "default_max_uses", "prefix")}),
        (_("Limits"), {"fields": ("cap",)}),
        (_("For you"), {"fields": ("tags", "reason")}),
    )
    verbs = CAMPAIGN_VERBS
    when_empty = _("A campaign says what its codes give, to whom and when. Codes come after it.")

    def get_urls(self) -> list[Any]:
        page: Callable[..., HttpResponse] = self.admin_site.admin_view(link_pages.links)
        name = "campaigns_campaign_links"
        return [path("<int:campaign_id>/links/", page, name=name), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Campaign]:
        batches = Batch.objects.filter(campaign=OuterRef("pk")).order_by().values("campaign")
        uses = Redemption.objects.filter(campaign=OuterRef("pk"), released_at=None)
        rows: QuerySet[Campaign] = super().get_queryset(request)
        return rows.annotate(
            issued=Subquery(batches.annotate(codes=Sum("count")).values("codes")),
            uses=CappedCount(uses),
        )

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return super().formfield_for_dbfield(
            db_field, request, **kwargs, **MOMENTS.get(db_field.name, {})
        )

    def response_post_save_add(self, request: HttpRequest, obj: Campaign) -> HttpResponseRedirect:
        """Codes come next, and the button for them is on the campaign's page."""
        return redirect("admin:campaigns_campaign_change", obj.pk)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Moments name their time zone, and who may only look gives no reason."""
        may_save = self.has_change_permission(request, obj) if obj else True
        sets = {title: dict(each) for title, each in self.fieldsets}
        sets[_("When")]["description"] = in_zone()
        if not may_save:
            sets[_("For you")]["fields"] = ("tags",)
        return tuple(sets.items())

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Terms under which a code was redeemed are shown and not asked for.

        A form that sends them all the same, opened before that redemption or forged, is judged
        like any other, so that it is refused with the reason and not half saved.
        """
        sent = {name.removesuffix("_0") for name in request.POST}
        if obj is None or sent & set(gatekeeping.LOCKED):
            return ()
        return tuple(each for each in gatekeeping.locked_fields(obj) if each != "once_per_customer")

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except TermsLocked as error:
            # A code was redeemed after the form had been judged.
            self.message_user(request, str(error), messages.ERROR)
            return redirect(request.path)

    def save_model(self, request: HttpRequest, obj: Campaign, form: Any, change: bool) -> None:
        act = Act.of(request.user, form.cleaned_data["reason"])
        try:
            gatekeeping.save_campaign(obj, act)
        except gatekeeping.NotInForceYet:
            self.message_user(request, NOT_YET, messages.WARNING)

    def page_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        return {
            "status": self.status_label(row),
            "issued": self.codes_issued(row),
            "redeemed": self.redeemed(row),
            "is_locked": bool(gatekeeping.locked_fields(row)),
            **analytics_pages.funnel_of(request, row),
        }

    def links(self, request: HttpRequest, row: Campaign) -> list[Link]:
        pages = {"batch": _("Batches"), "redemption": _("Redemptions")}
        lists = [
            Link(
                str(label),
                f"{reverse(f'admin:campaigns_{name}_changelist')}?campaign__id__exact={row.pk}",
            )
            for name, label in pages.items()
            if request.user.has_perm(f"campaigns.view_{name}")
        ]
        imports = import_pages.links_of_campaign(request, row)
        return lists + imports + super().links(request, row)

    def describe_row(self, row: Campaign) -> str:
        return f"{STATUS_WORDS[row.status()]}, {row.get_tier_display()}"

    @column(_("Status"), colours=STATUS_COLOURS)
    def status_label(self, campaign: Campaign) -> tuple[str, Any]:
        word = STATUS_WORDS[campaign.status()]
        if not campaign.is_in_force:
            return "paused", _("%(status)s, not yet in force") % {"status": word}
        return campaign.status(), word

    @column(_("Kind of codes"))
    def code_kind(self, campaign: Campaign) -> Any:
        return campaign.code_kind.label

    @column(_("Codes"))
    def codes_issued(self, campaign: Any) -> str:
        return number_format(campaign.issued or 0, force_grouping=True)

    @column(_("Redeemed"))
    def redeemed(self, campaign: Any) -> str:
        return capped(campaign.uses)


@admin.register(Redemption)
class RedemptionAdmin(ReadOnlyAdmin):
    list_display = ("masked_code", "campaign", "batch", REDEEMED, "use_label")
    list_filter = (ReleasedFilter, "campaign", "tier")
    list_select_related = ("campaign", "batch__campaign")
    when_empty = _("A row appears whenever a customer signs up with a code.")
    search_fields = ("redeemed_by",)
    search_help_text = _("Id of the sign-up. For a code use the code search.")
    fields = (
        "masked_code",
        "campaign",
        "batch",
        REDEEMED,
        moment("released_at", _("Given back")),
        "redeemed_by",
        "tier",
        "utm_source",
        "utm_medium",
        "utm_campaign",
        moment("provisioned_at", _("Set up")),
        moment("first_call_at", _("First API call")),
    )

    def get_urls(self) -> list[Any]:
        page: Callable[..., HttpResponse] = self.admin_site.admin_view(code_pages.code_search)
        return [
            path("code-search/", page, name="campaigns_code_search"),
            *analytics_pages.urls(self.admin_site),
            *super().get_urls(),
        ]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Redemption], search_term: str
    ) -> tuple[QuerySet[Redemption], bool]:
        term = search_term.strip()
        return (queryset.filter(redeemed_by=term) if term else queryset), False

    @column(_("Code"))
    def masked_code(self, redemption: Redemption) -> str:
        return rules.masked(redemption.code, redemption.campaign.prefix)

    @column(_("Use"), colours={"counts": "success", "released": "warning"})
    def use_label(self, redemption: Redemption) -> tuple[str, Any]:
        if redemption.released_at:
            return "released", _("Given back")
        return "counts", _("Counts")


admin.site.register(CodeImport, import_pages.CodeImportAdmin)
