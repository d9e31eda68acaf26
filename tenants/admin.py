"""Staff pages of customers, sign-ups and mails."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

from django.contrib import admin
from django.db.models import F, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice import related
from backoffice.columns import column, moment
from backoffice.related import Link
from backoffice.staff_pages import ReadOnlyAdmin
from campaigns import rules
from campaigns.links import UTM
from campaigns.models import Redemption
from tenants import customer_page, find_page, mail_pages, standing
from tenants.access import access_of
from tenants.admin_filters import SilenceFilter, SourceFilter
from tenants.domains.admin import DomainAdmin as DomainAdmin
from tenants.domains.verbs import HOLD_DOMAIN
from tenants.drift.admin import DifferenceAdmin as DifferenceAdmin
from tenants.finding import call_page, search
from tenants.grant_admin import GrantAdmin as GrantAdmin
from tenants.key_admin import ApiKeyAdmin as ApiKeyAdmin
from tenants.limited_admin import LimitedVisitorAdmin as LimitedVisitorAdmin
from tenants.models import Grant, Member, Message, SignUp, Tenant
from tenants.newsletters.admin import NewsletterConnectionAdmin as NewsletterConnectionAdmin
from tenants.newsletters.admin import (
    NewsletterSubscriptionAdmin as NewsletterSubscriptionAdmin,
)
from tenants.people_admin import MemberAdmin as MemberAdmin
from tenants.privacy.request_admin import ErasureRequestAdmin as ErasureRequestAdmin
from tenants.privacy.verbs import EXPORT_CUSTOMER, PERSON_VERBS
from tenants.returned import wording
from tenants.returned.admin import SuppressedAddressAdmin as SuppressedAddressAdmin
from tenants.staff_verbs import CUSTOMER_VERBS, TRY_AGAIN
from tenants.support_admin import SupportRequestAdmin as SupportRequestAdmin
from tenants.tier_admin import TierPlanAdmin as TierPlanAdmin
from tenants.usage.admin import UsageDayAdmin as UsageDayAdmin

MESSAGE_COLOURS = {
    Message.State.WAITING: "info",
    Message.State.SENT: "success",
    Message.State.STUCK: "danger",
    Message.State.HELD: "danger",
    Message.State.DROPPED: "default",
}

FATE_COLOURS = {
    "": "default",
    Message.Fate.DELIVERED: "success",
    Message.Fate.DELAYED: "warning",
    Message.Fate.SOFT_BOUNCED: "warning",
    Message.Fate.BOUNCED: "danger",
    Message.Fate.COMPLAINED: "danger",
    Message.Fate.REJECTED: "danger",
}

ARRIVED = moment("created_at", _("Arrived"))
PROMISED = moment("created_at", _("Promised"))
SENT = moment("sent_at", _("Sent"))


class StandingFilter(admin.SimpleListFilter):
    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(state, word) for state, word in standing.WORDS.items() if state in _WHERE]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(_WHERE.get(self.value() or "", Q()))


_ACTIVE = Q(state=Tenant.State.ACTIVE, stuck=False)
# The word beside each row, as conditions that the database can test.
_WHERE = {
    "open": _ACTIVE & Q(suspended_at=None, reconciled_at__isnull=False),
    "setting_up": _ACTIVE
    & Q(suspended_at=None, reconciled_at=None, reconciled_generation__lt=F("generation")),
    "suspended": _ACTIVE & Q(suspended_at__isnull=False),
    "stuck": Q(stuck=True),
    "closed": Q(state=Tenant.State.CLOSED, stuck=False),
}


@admin.register(Tenant)
class TenantAdmin(ReadOnlyAdmin):
    list_display = (
        "company",
        "owner",
        "status_label",
        "tier",
        "last_call",
        moment("created_at", _("Since")),
    )
    list_filter = (StandingFilter, SilenceFilter)
    search_fields = ("company",)
    search_help_text = _("Anything that the customer can quote")
    when_nothing_matches = "backoffice/_find_elsewhere.html"
    fields = ("company",)
    verbs = (*CUSTOMER_VERBS, HOLD_DOMAIN, EXPORT_CUSTOMER)
    change_form_template = "backoffice/customer.html"
    change_form_outer_before_template = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tenant]:
        people = Prefetch("members", Member.objects.order_by("id"))
        running = Grant.objects.filter(ended_at=None).select_related("campaign")
        rows: QuerySet[Tenant] = super().get_queryset(request)
        rows = rows.prefetch_related(people, Prefetch("grants", running))
        return rows.select_related("usage_look", "signup")

    def get_urls(self) -> list[Any]:
        page: Callable[..., HttpResponse] = self.admin_site.admin_view(find_page.find)
        call: Callable[..., HttpResponse] = self.admin_site.admin_view(call_page.find_call)
        return [
            path("find/", page, name="tenants_find"),
            path("find/call/", call, name="tenants_find_call"),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response = find_page.without_key(request) or super().changelist_view(request, extra_context)
        return find_page.straight_to(request, response) or response

    def get_list_display(self, request: HttpRequest) -> Any:
        columns = super().get_list_display(request)
        return (*columns, "found_by") if request.GET.get("q", "").strip() else columns

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Tenant], search_term: str
    ) -> tuple[QuerySet[Tenant], bool]:
        return search.find_customers(request, queryset, search_term), False

    def page_context(self, request: HttpRequest, row: Tenant) -> dict[str, Any]:
        return customer_page.page_of(request, row)

    def describe_row(self, row: Tenant) -> str:
        about = f"{self.owner(row)}, {self.status_label(row)[1]}"
        found_by = getattr(row, "found_by", "")
        return f"{about} – {found_by}" if found_by else about

    @column(_("Found by"))
    def found_by(self, tenant: Tenant) -> str | None:
        return vars(tenant).get("found_by")

    @column(_("Owner"))
    def owner(self, tenant: Tenant) -> str | None:
        """The list has fetched the people of each row already."""
        people = list(tenant.members.all())
        owners = [member for member in people if member.role == Member.Role.OWNER]
        return next((member.email for member in owners or people), None)

    @column(_("Status"), colours=standing.COLOURS)
    def status_label(self, tenant: Tenant) -> tuple[str, Any]:
        access = access_of(tenant, tenant.grants.all(), timezone.now())
        state = standing.state_of(tenant, access)
        return state, standing.WORDS[state]

    @column(_("Tier"))
    def tier(self, tenant: Tenant) -> str:
        access = access_of(tenant, tenant.grants.all(), timezone.now())
        return customer_page.tier_label(access.tier)

    @column(_("Last call"))
    def last_call(self, tenant: Tenant) -> str | None:
        """A day of UTC. Who was not looked at yet has none, and who never called says so."""
        look = getattr(tenant, "usage_look", None)
        if look is None or look.looked_at is None:
            return None
        return str(look.last_call_on or _("never"))


@admin.register(SignUp)
class SignUpAdmin(ReadOnlyAdmin):
    list_display = ("email", "company", "state_label", "masked_code", "refusal", ARRIVED)
    list_filter = ("state", "is_open", "campaign", SourceFilter)
    list_filter_submit = True
    list_select_related = ("tenant",)
    search_fields = ("email",)
    search_help_text = _("Beginning of the e-mail address, or id. For a code use the code search.")
    fields = (
        "email",
        "full_name",
        "company",
        "state_label",
        "masked_code",
        "refusal",
        "is_open",
        moment("code_sent_at", _("Last confirmation code mailed")),
        moment("confirmed_at", _("Address confirmed")),
        "marketing_opt_in",
        "campaign",
        *UTM,
        moment("code_released_at", _("Code given back")),
        ARRIVED,
        moment("updated_at", _("Last change")),
    )
    verbs = PERSON_VERBS

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[SignUp], search_term: str
    ) -> tuple[QuerySet[SignUp], bool]:
        term = search_term.strip().casefold()
        try:
            return queryset.filter(pk=uuid.UUID(term)), False
        except ValueError:
            return queryset.filter(email__startswith=term) if term else queryset, False

    def links(self, request: HttpRequest, row: SignUp) -> list[Link]:
        return [*_customer_link(request, row), *super().links(request, row)]

    @column(_("State"), colours=standing.SIGN_UP_COLOURS)
    def state_label(self, row: SignUp) -> tuple[str, Any]:
        return standing.sign_up_state(row)

    @column(_("Code"))
    def masked_code(self, row: SignUp) -> str | None:
        return rules.masked(row.code) if row.code else None


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    list_display = ("to", "kind", "state_label", "fate_label", "trouble", PROMISED, SENT)
    list_filter = ("state", "fate", "kind")
    search_fields = ("to",)
    search_help_text = _("Beginning of the address")
    fields = (
        "to",
        "kind",
        "campaign",
        "state_label",
        "attempts",
        "trouble",
        PROMISED,
        moment("next_attempt_at", _("Next try")),
        SENT,
        "fate_label",
        "fate_why",
        moment("fate_at", _("Heard from SES")),
    )
    verbs = (TRY_AGAIN,)

    def get_urls(self) -> list[Any]:
        page: Callable[..., HttpResponse] = self.admin_site.admin_view(mail_pages.samples)
        return [path("samples/", page, name="tenants_mail_samples"), *super().get_urls()]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Message], search_term: str
    ) -> tuple[QuerySet[Message], bool]:
        term = search_term.strip().casefold()
        return queryset.filter(to__startswith=term) if term else queryset, False

    @column(_("State"), colours=MESSAGE_COLOURS)
    def state_label(self, row: Message) -> tuple[str, Any]:
        return row.state, row.get_state_display()

    @column(_("What became of it"), colours=FATE_COLOURS)
    def fate_label(self, row: Message) -> tuple[str, Any]:
        return row.fate, row.get_fate_display() or "–"

    @column(_("Why"))
    def fate_why(self, row: Message) -> str | None:
        return wording.why(row.fate, row.fate_reason, row.fate_said) or None


def _customer_link(request: HttpRequest, row: SignUp) -> Iterator[Link]:
    if row.tenant and request.user.has_perm("tenants.view_tenant"):
        yield Link(
            row.tenant.company, reverse("admin:tenants_tenant_change", args=(row.tenant.pk,))
        )


def _who_redeemed(request: HttpRequest, redemption: Redemption) -> Iterator[Link]:
    """A redemption knows the sign-up that caused it, and only this room knows its customer."""
    try:
        sign_up_id = uuid.UUID(redemption.redeemed_by)
    except ValueError:
        return
    row = SignUp.objects.filter(pk=sign_up_id).select_related("tenant").first()
    if row is None:
        return
    if row.tenant:
        yield from _customer_link(request, row)
    elif request.user.has_perm("tenants.view_signup"):
        yield Link(row.email, reverse("admin:tenants_signup_change", args=(row.pk,)))


related.offer("campaigns.Redemption", _who_redeemed)
