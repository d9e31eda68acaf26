"""The staff pages of AWS Marketplace: agreements, what AWS told of them, and who registered."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import path, reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from backoffice.columns import column, moment, text
from backoffice.related import Link
from backoffice.staff_pages import ReadOnlyAdmin
from marketplace import inbox_page, wording
from marketplace.buyer_pages import title_of
from marketplace.finding import named
from marketplace.metering.ledger_admin import MeterCallAdmin as MeterCallAdmin
from marketplace.metering.ledger_admin import MeteredHourAdmin as MeteredHourAdmin
from marketplace.models import Agreement, Notice, Registration
from marketplace.search_admin import AgreementSearchAdmin as AgreementSearchAdmin
from marketplace.staff_verbs import AGREEMENT_VERBS, NOTICE_VERBS
from marketplace.tiers import tier_of

# So many notices of an agreement stand on its page; their own list has all.
MOST_NOTICES = 30

AGREEMENT_COLOURS = {
    Agreement.State.PENDING: "info",
    Agreement.State.ACTIVE: "success",
    Agreement.State.ENDED: "default",
    "trouble": "danger",
}
NOTICE_COLOURS = {
    Notice.State.WAITING: "info",
    Notice.State.APPLIED: "success",
    Notice.State.UNKNOWN: "warning",
    Notice.State.UNREADABLE: "danger",
    Notice.State.DISMISSED: "default",
}


@admin.register(Agreement)
class AgreementAdmin(ReadOnlyAdmin):
    list_display = (
        "name",
        "product",
        "customer",
        "state_label",
        "level",
        moment("ends_at", _("Ends")),
    )
    list_filter = ("state",)
    list_select_related = ("tenant",)
    search_fields = ("agreement_id",)
    search_help_text = _("A whole id: agreement, licence, AWS account or customer identifier")
    when_empty = _("Nobody has bought anything on AWS Marketplace yet.")
    fields = (
        "name",
        "product",
        "customer",
        "state_words",
        "ended_words",
        "trouble",
        "level",
        "entitled",
        moment("entitled_at", _("Entitlements read")),
        text("account_id", _("AWS account")),
        text("customer_identifier", _("Customer identifier")),
        text("license_arn", _("License ARN")),
        text("offer_id", _("Offer")),
        "intent_words",
        text("previous_agreement_id", _("Replaces agreement")),
        text("initial_agreement_id", _("First agreement of the chain")),
        moment("accepted_at", _("Accepted")),
        moment("starts_at", _("Starts")),
        moment("ends_at", _("Ends")),
        "renewal",
        moment("trial_ends_at", _("Free trial until")),
        moment("ended_at", _("Ended")),
        moment("advisory_since", _("Advisory since")),
        moment("advisory_decided_at", _("Decided on the advisory")),
        moment("looked_at", _("AWS asked last")),
        moment("look_due_at", _("AWS is asked next")),
        "history",
    )
    verbs = AGREEMENT_VERBS

    def get_urls(self) -> list[Any]:
        door = self.admin_site.admin_view(inbox_page.inbox)
        return [path("inbox/", door, name="marketplace_inbox"), *super().get_urls()]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Agreement], search_term: str
    ) -> tuple[QuerySet[Agreement], bool]:
        return (queryset.filter(named(search_term)) if search_term.strip() else queryset), False

    def links(self, request: HttpRequest, row: Agreement) -> list[Link]:
        found = list(super().links(request, row))
        if row.tenant and request.user.has_perm("tenants.view_tenant"):
            url = reverse("admin:tenants_tenant_change", args=(row.tenant.pk,))
            found.insert(0, Link(row.tenant.company, url))
        notices = reverse("admin:marketplace_notice_changelist")
        found.append(Link(str(_("All its notices")), f"{notices}?agreement__id__exact={row.pk}"))
        if request.user.has_perm("marketplace.view_meteredhour"):
            ledger = reverse("admin:marketplace_meteredhour_changelist")
            found.append(Link(str(_("Its usage")), f"{ledger}?agreement__id__exact={row.pk}"))
        return found

    def describe_row(self, row: Agreement) -> str:
        return f"{title_of(row)}, {row.get_state_display()}"

    @column(_("Agreement"))
    def name(self, row: Agreement) -> str:
        return str(row)

    @column(_("Product"))
    def product(self, row: Agreement) -> str:
        return title_of(row)

    @column(_("Customer"))
    def customer(self, row: Agreement) -> str | None:
        return row.tenant.company if row.tenant else None

    @column(_("State"), colours=AGREEMENT_COLOURS)
    def state_label(self, row: Agreement) -> tuple[str, Any]:
        return ("trouble", _("Stuck")) if row.trouble else (row.state, row.get_state_display())

    @column(_("State"))
    def state_words(self, row: Agreement) -> str:
        return wording.state_in_words(row)

    @column(_("Ended as"))
    def ended_words(self, row: Agreement) -> str | None:
        return wording.end_in_words(row.ended_as) if row.ended_as else None

    @column(_("Bought as"))
    def intent_words(self, row: Agreement) -> str | None:
        return wording.intent_in_words(row.intent) or None

    @column(_("Renews by itself"))
    def renewal(self, row: Agreement) -> str:
        return wording.renewal_in_words(row.auto_renews)

    @column(_("Tier"))
    def level(self, row: Agreement) -> str | None:
        tier = tier_of(row)
        return str(Agreement(tier=tier).get_tier_display()) if tier else None

    @column(_("Entitled to"))
    def entitled(self, row: Agreement) -> str | None:
        return ", ".join(str(one) for one in row.entitlements.all()) or None

    @column(_("What we heard"))
    def history(self, row: Agreement) -> str | None:
        notices = row.notices.order_by("occurred_at", "pk")[:MOST_NOTICES]
        lines = format_html_join(
            "", "<li>{} {}</li>", ((_at(notice), _told(notice)) for notice in notices)
        )
        return format_html("<ol>{}</ol>", lines) if lines else None


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin):
    list_display = (
        "told",
        "agreement",
        "state_label",
        "copies",
        moment("occurred_at", _("Happened")),
        moment("received_at", _("Received")),
    )
    list_filter = ("state", "channel")
    list_select_related = ("agreement",)
    search_fields = ("message_id",)
    search_help_text = _("The whole id of the event or message")
    when_empty = _("AWS Marketplace has told us nothing yet.")
    fields = (
        "told",
        "agreement",
        "state_label",
        "channel",
        "message_id",
        "copies",
        moment("occurred_at", _("Happened")),
        moment("received_at", _("Received")),
        "trouble",
        "words",
    )
    verbs = NOTICE_VERBS

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        return lookup == "agreement__id__exact" or super().lookup_allowed(lookup, value, request)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Notice], search_term: str
    ) -> tuple[QuerySet[Notice], bool]:
        term = search_term.strip()
        return (queryset.filter(message_id=term) if term else queryset), False

    def describe_row(self, row: Notice) -> str:
        return str(row.get_state_display())

    @column(_("Kind"))
    def told(self, row: Notice) -> str:
        return _told(row)

    @column(_("State"), colours=NOTICE_COLOURS)
    def state_label(self, row: Notice) -> tuple[str, Any]:
        return row.state, row.get_state_display()

    @column(_("Word for word"))
    def words(self, row: Notice) -> str:
        return format_html('<pre class="gh-words">{}</pre>', row.body)


@admin.register(Registration)
class RegistrationAdmin(ReadOnlyAdmin):
    list_display = (
        "agreement",
        "state_label",
        "who",
        moment("created_at", _("Came")),
        moment("finished_at", _("Finished")),
    )
    list_filter = ("state",)
    list_select_related = ("agreement", "sign_up", "attached_by")
    when_empty = _("No buyer has come from AWS Marketplace yet.")
    fields = (
        "agreement",
        "state_label",
        "who",
        "is_free_trial",
        moment("created_at", _("Came")),
        moment("finished_at", _("Finished")),
    )

    @column(_("State"), colours={"open": "info", "finished": "success"})
    def state_label(self, row: Registration) -> tuple[str, Any]:
        return row.state, row.get_state_display()

    @column(_("Person"))
    def who(self, row: Registration) -> str | None:
        if row.sign_up:
            return row.sign_up.email
        return row.attached_by.email if row.attached_by else None


def _at(notice: Notice) -> str:
    at = notice.occurred_at or notice.received_at
    return date_format(localtime(at), "Y-m-d H:i:s e")


def _told(notice: Notice) -> str:
    if notice.channel == Notice.Channel.LOOK:
        return str(notice.get_channel_display())
    return notice.kind or str(notice.get_state_display())
