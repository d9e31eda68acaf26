"""The list of alarms, and the way to it from a campaign's page."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from backoffice import related
from backoffice.columns import column, moment
from backoffice.related import Link
from backoffice.staff_pages import ReadOnlyAdmin
from campaigns import alarms
from campaigns.analytics_links import refusal_list
from campaigns.models import Campaign, RefusalAlarm

RIGHT = "campaigns.view_redemption"


@admin.register(RefusalAlarm)
class RefusalAlarmAdmin(ReadOnlyAdmin):
    list_display = (
        "campaign_name",
        moment("raised_at", _("Raised")),
        "checks",
        "refused",
        "outcomes",
    )
    list_display_links = None

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(RIGHT)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[RefusalAlarm]:
        campaigns = Campaign.objects.filter(public_id=OuterRef("campaign"))
        rows: QuerySet[RefusalAlarm] = super().get_queryset(request)
        return rows.annotate(named=Subquery(campaigns.values("name")[:1]))

    @column(_("Campaign"))
    def campaign_name(self, alarm: Any) -> Any:
        if alarm.is_of_no_campaign:
            return _("codes that do not exist")
        return alarm.named or alarm.campaign

    @column(_("What was refused"))
    def outcomes(self, alarm: RefusalAlarm) -> str:
        link = '<a class="gh-link" href="{}">{}</a>'
        return format_html(link, refusal_list(alarm), _("Outcomes of that day"))


def offer_links() -> None:
    related.offer("campaigns.Campaign", _alarm_of)


def _alarm_of(request: HttpRequest, campaign: Campaign) -> Iterator[Link]:
    if not request.user.has_perm(RIGHT):
        return
    if alarms.recent_alarms().filter(campaign=campaign.public_id).exists():
        url = reverse("admin:campaigns_refusalalarm_changelist")
        yield Link(str(_("Alarm: many codes are refused")), f"{url}?campaign={campaign.public_id}")
