"""Staff pages of newsletter connections and of the subscriptions through them."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from backoffice import related
from backoffice.audit import Act
from backoffice.columns import column, moment
from backoffice.related import Link
from backoffice.roles import RETRY_SUBSCRIPTION, TEST_CONNECTION
from backoffice.staff_pages import ReadOnlyAdmin, StaffAdmin
from backoffice.verbs import Verb
from tenants.models import NewsletterConnection, NewsletterSubscription
from tenants.newsletters import connections, retrying, wording
from tenants.newsletters.forms import ConnectionForm
from tenants.staff_verbs import CUSTOMER_TROUBLES

State = NewsletterSubscription.State

TEST = Verb(
    name="test",
    label=_("Test connection"),
    permission=TEST_CONNECTION,
    run=connections.try_connection,
    effects=[
        _("The platform is asked what it calls the audience. Nobody is subscribed by it."),
        _("If it answers, a connection that paused because of trouble goes on at once."),
    ],
    done=ngettext_lazy(
        "%d connection works: the platform took the key and knows the audience.",
        "%d connections work: the platforms took the keys and know the audiences.",
    ),
    icon="network_check",
)
TRY_AGAIN = Verb(
    name="try-again",
    label=_("Try again"),
    permission=RETRY_SUBSCRIPTION,
    run=retrying.try_again,
    effects=[
        _("The platform is asked once more, after those who wait already."),
        _("Nobody who opted out there is subscribed by it."),
    ],
    done=ngettext_lazy("%d subscription is tried again.", "%d subscriptions are tried again."),
    icon="refresh",
    fits=lambda row: row.state == State.STUCK,
    troubles=CUSTOMER_TROUBLES,
)
TESTED = moment("tested_at", _("Last test that went well"))


@admin.register(NewsletterConnection)
class NewsletterConnectionAdmin(StaffAdmin):
    form = ConnectionForm
    list_display = ("name", "kind", "state_label", "audience_title", "waiting", "stuck", TESTED)
    list_filter = ("kind",)
    fieldsets = (
        (_("Where to"), {"fields": ("name", "kind", "key_name", "audience", "tag", "confirms")}),
        (_("For whom"), {"fields": ("is_enabled", "campaigns", "without_campaign", "form_url")}),
        (_("How fast"), {"fields": ("per_minute",)}),
        (_("For you"), {"fields": ("reason",)}),
    )
    verbs = (TEST,)
    when_empty = _(
        "No newsletter platform is connected, so nobody is subscribed anywhere. Put its key where "
        "the portal finds it, then add a connection that names the place."
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[NewsletterConnection]:
        rows: QuerySet[NewsletterConnection] = super().get_queryset(request)
        return rows.annotate(
            waits=Count("subscriptions", filter=Q(subscriptions__state=State.WAITING)),
            stucks=Count("subscriptions", filter=Q(subscriptions__state=State.STUCK)),
        )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who may only look gives no reason."""
        may_save = self.has_change_permission(request, obj) if obj else True
        return self.fieldsets if may_save else self.fieldsets[:-1]

    def save_model(
        self, request: HttpRequest, obj: NewsletterConnection, form: Any, change: bool
    ) -> None:
        act = Act.of(request.user, form.cleaned_data["reason"])
        connections.save_connection(obj, act, campaigns=form.cleaned_data["campaigns"])

    def page_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        return {"connection_state": wording.state_of(row)}

    def links(self, request: HttpRequest, row: NewsletterConnection) -> list[Link]:
        url = reverse("admin:tenants_newslettersubscription_changelist")
        may = request.user.has_perm("tenants.view_newslettersubscription")
        mine = [Link(str(_("Subscriptions")), f"{url}?connection__id__exact={row.pk}")]
        return [*(mine if may else []), *super().links(request, row)]

    def describe_row(self, row: NewsletterConnection) -> str:
        return f"{row.get_kind_display()}, {wording.state_of(row)[1]}"

    @column(_("State"), colours=wording.CONNECTION_COLOURS)
    def state_label(self, row: NewsletterConnection) -> tuple[str, Any]:
        return wording.state_of(row)

    @column(_("Audience"))
    def audience_title(self, row: NewsletterConnection) -> str | None:
        return row.audience_name or row.audience or None

    @column(_("Waiting"))
    def waiting(self, row: Any) -> str:
        return number_format(row.waits, force_grouping=True)

    @column(_("Stuck"))
    def stuck(self, row: Any) -> str:
        return number_format(row.stucks, force_grouping=True)


@admin.register(NewsletterSubscription)
class NewsletterSubscriptionAdmin(ReadOnlyAdmin):
    list_display = ("who", "connection", "wanted", "state_label", "there_label", "trouble")
    list_filter = ("state", "there", "connection__kind", "connection")
    list_select_related = ("member__tenant", "connection")
    search_fields = ("member__email",)
    search_help_text = _("Beginning of the address")
    when_empty: ClassVar[Any] = _(
        "A row appears when somebody who said yes to product news came as a connection wants it."
    )
    fields = (
        "who",
        "company",
        "connection",
        "wanted",
        "state_label",
        "there_label",
        "trouble",
        "attempts",
        "remote_id",
        moment("created_at", _("Since")),
        moment("next_attempt_at", _("Next try")),
        moment("changed_at", _("Last change")),
        moment("looked_at", _("Last looked at")),
    )
    verbs = (TRY_AGAIN,)

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        term = search_term.strip().casefold()
        return (queryset.filter(member__email__startswith=term) if term else queryset), False

    def links(self, request: HttpRequest, row: NewsletterSubscription) -> list[Link]:
        tenant = row.member.tenant
        url = reverse("admin:tenants_tenant_change", args=(tenant.pk,))
        may = request.user.has_perm("tenants.view_tenant")
        return [*([Link(tenant.company, url)] if may else []), *super().links(request, row)]

    def describe_row(self, row: NewsletterSubscription) -> str:
        return f"{row.get_state_display()}, {row.get_there_display()}"

    @column(_("Person"))
    def who(self, row: NewsletterSubscription) -> str:
        return row.member.email

    @column(_("Customer"))
    def company(self, row: NewsletterSubscription) -> str:
        return row.member.tenant.company

    @column(_("State"), colours=wording.STATE_COLOURS)
    def state_label(self, row: NewsletterSubscription) -> tuple[str, Any]:
        return row.state, row.get_state_display()

    @column(_("At the platform"), colours=wording.THERE_COLOURS)
    def there_label(self, row: NewsletterSubscription) -> tuple[str, Any]:
        return row.there, row.get_there_display()


def _connections_of(request: HttpRequest, campaign: Any) -> list[Link]:
    if not request.user.has_perm("tenants.view_newsletterconnection"):
        return []
    return [
        Link(row.name, reverse("admin:tenants_newsletterconnection_change", args=(row.pk,)))
        for row in campaign.newsletters.all()[:5]
    ]


related.offer("campaigns.Campaign", _connections_of)
