"""What the analytics are asked for: a period, and what to narrow it to."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from campaigns.analytics import Scope
from campaigns.models import Batch, Campaign, tier_choices

PERIODS = {"7": _("7 days"), "30": _("30 days"), "90": _("90 days"), "365": _("365 days")}
DEFAULT_PERIOD = "30"
# Whoever wants an older one comes from its own page.
MOST_CHOICES = 200


class ScopeForm(forms.Form):
    period = forms.ChoiceField(
        label=_("Period"), choices=list(PERIODS.items()), widget=UnfoldAdminSelectWidget
    )
    campaign = forms.ModelChoiceField(
        label=_("Campaign"),
        queryset=Campaign.objects.all(),
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    batch = forms.ModelChoiceField(
        label=_("Batch"),
        queryset=Batch.objects.select_related("campaign"),
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    tier = forms.ChoiceField(label=_("Tier"), required=False, widget=UnfoldAdminSelectWidget)
    source = forms.CharField(
        label=_("Source (utm_source)"),
        required=False,
        max_length=100,
        widget=UnfoldAdminTextInputWidget,
    )

    def __init__(self, data: Any) -> None:
        super().__init__({"period": DEFAULT_PERIOD, **data.dict()})
        self._choose("tier", tier_choices())

    def scope(self) -> Scope:
        """Return what is asked for; what makes no sense is left out, and named beside its field.

        A batch of another campaign is left out silently: it stayed when the campaign was changed.
        """
        self.is_valid()
        given = self.cleaned_data
        campaign, batch = given.get("campaign"), given.get("batch")
        if batch and batch.campaign != campaign:
            batch = None
        days = int(given.get("period", DEFAULT_PERIOD))
        today = datetime.now(UTC).date()
        self._offer(campaign)
        return Scope(
            first=today - timedelta(days=days - 1),
            last=today,
            campaign=campaign,
            batch=batch,
            tier=given.get("tier", ""),
            source=given.get("source", ""),
        )

    def _offer(self, campaign: Campaign | None) -> None:
        """Offer the latest campaigns, and the latest batches of the one that is chosen."""
        campaigns = list(Campaign.objects.only("pk", "name")[:MOST_CHOICES])
        if campaign and campaign not in campaigns:
            campaigns.append(campaign)
        self._choose("campaign", [(row.pk, row.name) for row in campaigns])
        if campaign is None:
            del self.fields["batch"]
            return
        batches = campaign.batches.select_related("campaign")[:MOST_CHOICES]
        self._choose("batch", [(row.pk, str(row)) for row in batches])

    def _choose(self, name: str, choices: list[tuple[Any, str]]) -> None:
        field: Any = self.fields[name]
        field.choices = [("", _("All")), *choices]
