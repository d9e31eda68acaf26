"""The staff page of tiers: what each allows, beside what the gateway has, and its repair."""

from typing import Any, ClassVar

from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from backoffice.columns import column, moment
from backoffice.roles import REPAIR_TIER
from backoffice.staff_pages import ReadOnlyAdmin
from backoffice.verbs import Verb
from tenants import tier_plans, tier_words
from tenants.models import TierPlan

REPAIR = Verb(
    name="repair",
    label=_("Repair plan"),
    permission=REPAIR_TIER,
    run=tier_plans.repair,
    effects=[
        _("The gateway's plan gets rate, burst and quota of the definition back."),
        _("Every customer of the tier is limited by them within about a minute."),
        _("AWS allows one such change in 20 seconds: a job does it, after those before it."),
    ],
    done=ngettext_lazy(
        "%d plan will be repaired. Jobs show how far it is.",
        "%d plans will be repaired. Jobs show how far they are.",
    ),
    icon="build",
    fits=lambda row: row.is_off,
)
COLOURS = {"agrees": "success", "differs": "danger", "missing": "danger", "other": "warning"}
SEEN = moment("seen_at", _("As of"))


@admin.register(TierPlan)
class TierPlanAdmin(ReadOnlyAdmin):
    list_display = ("label", "state_label", "rate_text", "burst_text", "quota_text", "keys", SEEN)
    fields = (
        "label",
        "state_text",
        "differences",
        "rate_text",
        "burst_text",
        "quota_text",
        "keys_text",
        "permissions_text",
        "solver_text",
        "dimension_text",
        "price_text",
        SEEN,
    )
    verbs = (REPAIR,)
    when_empty: ClassVar[Any] = _(
        "The gateway was not looked at yet. That is done every 10 minutes."
    )

    def describe_row(self, row: TierPlan) -> str:
        return " ".join(tier_words.differences_of(row))

    @column(_("Tier"))
    def label(self, row: TierPlan) -> str:
        return str(row)

    @column(_("State"), colours=COLOURS)
    def state_label(self, row: TierPlan) -> tuple[str, Any]:
        if not row.plan_id:
            return "missing", _("Not at the gateway")
        if row.is_off:
            return "differs", _("Differs")
        if not tier_plans.is_deployed_from_this(row):
            return "other", _("Agrees, other deployment")
        return "agrees", _("Agrees")

    @column(_("State"))
    def state_text(self, row: TierPlan) -> str:
        return str(self.state_label(row)[1])

    @column(_("What differs"))
    def differences(self, row: TierPlan) -> str:
        return format_html_join(
            "", "<p>{}</p>", ((text,) for text in tier_words.differences_of(row))
        )

    @column(_("Calls a second"))
    def rate_text(self, row: TierPlan) -> str:
        return tier_words.both(tier_words.rates(row))

    @column(_("Burst"))
    def burst_text(self, row: TierPlan) -> str:
        return tier_words.both(tier_words.bursts(row))

    @column(_("Quota"))
    def quota_text(self, row: TierPlan) -> str:
        return tier_words.both(tier_words.quotas(row))

    @column(_("Keys on the plan"))
    def keys_text(self, row: TierPlan) -> str:
        return f"{row.keys:,}"

    @column(_("Permissions"))
    def permissions_text(self, row: TierPlan) -> str:
        return tier_words.text_of(row, "permissions")

    @column(_("Solver"))
    def solver_text(self, row: TierPlan) -> str:
        return tier_words.solver_limits(row)

    @column(_("Marketplace dimension"))
    def dimension_text(self, row: TierPlan) -> str:
        return tier_words.text_of(row, "marketplace_dimension")

    @column(_("Price note"))
    def price_text(self, row: TierPlan) -> str:
        return tier_words.text_of(row, "price_note")
