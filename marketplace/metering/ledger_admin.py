"""The staff pages of the ledger: every hour of usage, and every call in which it was sent."""

import json
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html, format_html_join
from django.utils.timezone import localtime
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from backoffice.columns import column, moment, text
from backoffice.related import Link
from backoffice.staff_pages import ReadOnlyAdmin
from marketplace.buyer_pages import title_of
from marketplace.finding import named
from marketplace.metering import alarms
from marketplace.metering.diagnosis import diagnosis_of
from marketplace.metering.ledger_verbs import LEDGER_VERBS
from marketplace.metering.rows import MeterCall, MeteredHour
from marketplace.models import Agreement
from marketplace.products import all_products

# So many attempts of an hour stand on its page, the newest first.
MOST_ATTEMPTS = 20
State = MeteredHour.State
COLOURS = {
    State.READY: "info",
    State.SENDING: "info",
    State.ACCEPTED: "success",
    State.FREE: "default",
    State.DUPLICATE: "danger",
    State.REJECTED: "danger",
    State.EXPIRED: "danger",
}


class ConcernFilter(admin.SimpleListFilter):
    title = _("concern")
    parameter_name = "concern"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("lost", _("Lost, and nobody has seen it")),
            ("ever", _("Lost, ever")),
            ("late", _("Near its deadline, and not accepted")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        lost = Q(state__in=MeteredHour.LOST) | Q(uncollected__gt=0)
        if self.value() == "late":
            return queryset.filter(pk__in=alarms.late(timezone.now()).values("pk"))
        if self.value() == "lost":
            return queryset.filter(lost, seen_at=None)
        return queryset.filter(lost) if self.value() == "ever" else queryset


class ProductFilter(admin.SimpleListFilter):
    title = _("product")
    parameter_name = "product"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(product.code, product.title) for product in all_products() if product.metered]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(agreement__product_code=self.value()) if self.value() else queryset


@admin.register(MeteredHour)
class MeteredHourAdmin(ReadOnlyAdmin):
    list_display = (
        "began",
        "customer",
        "product",
        "dimension_name",
        "used_amount",
        "billed_amount",
        "state_label",
        moment("deadline_at", _("Deadline")),
    )
    list_filter = (ConcernFilter, "state", ProductFilter)
    list_select_related = ("agreement__tenant",)
    search_fields = ("record_id",)
    search_help_text = _(
        "A whole id: agreement, licence, AWS account, customer identifier or AWS's metering record"
    )
    when_empty = _(
        "No hour is in the ledger yet. An hour that is billed by use comes here some minutes after"
        " it is over."
    )
    fields = (
        "customer",
        "agreement_name",
        "product",
        "dimension_name",
        "began",
        "state_label",
        "what",
        "to_do",
        "retry",
        "counted_amount",
        "used_amount",
        "billed_amount",
        "why",
        "until",
        "trouble_words",
        text("record_id", _("AWS's record")),
        moment("closed_at", _("Closed")),
        moment("settled_at", _("Settled")),
        moment("alarmed_at", _("Staff were told")),
        moment("seen_at", _("Marked as seen")),
        "sent_record",
        "attempts_made",
    )
    verbs = LEDGER_VERBS

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        return lookup == "agreement__id__exact" or super().lookup_allowed(lookup, value, request)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[MeteredHour], search_term: str
    ) -> tuple[QuerySet[MeteredHour], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        agreements = Agreement.objects.filter(named(term)).values("pk")
        return queryset.filter(Q(agreement__in=agreements) | Q(record_id=term)), False

    def links(self, request: HttpRequest, row: MeteredHour) -> list[Link]:
        agreement = row.agreement
        found = [Link(str(agreement), _page("agreement", agreement.pk))]
        if agreement.tenant and request.user.has_perm("tenants.view_tenant"):
            url = reverse("admin:tenants_tenant_change", args=(agreement.tenant.pk,))
            found.insert(0, Link(agreement.tenant.company, url))
        all_hours = reverse("admin:marketplace_meteredhour_changelist")
        link = Link(str(_("All its hours")), f"{all_hours}?agreement__id__exact={agreement.pk}")
        return [*found, link, *super().links(request, row)]

    def describe_row(self, row: MeteredHour) -> str:
        return f"{number_format(row.quantity)} {row.dimension}, {row.get_state_display()}"

    @column(_("Hour (UTC)"))
    def began(self, row: MeteredHour) -> str:
        return f"{row.hour:%Y-%m-%d %H}:00"

    @column(_("Customer"))
    def customer(self, row: MeteredHour) -> str | None:
        return row.agreement.tenant.company if row.agreement.tenant else None

    @column(_("Agreement"))
    def agreement_name(self, row: MeteredHour) -> str:
        return str(row.agreement)

    @column(_("Product"))
    def product(self, row: MeteredHour) -> str:
        return title_of(row.agreement)

    @column(_("Dimension"))
    def dimension_name(self, row: MeteredHour) -> str:
        return row.dimension

    @column(_("Counted in this hour"))
    def counted_amount(self, row: MeteredHour) -> str:
        return number_format(row.counted)

    @column(_("Used"))
    def used_amount(self, row: MeteredHour) -> str:
        return number_format(row.used)

    @column(_("To bill"))
    def billed_amount(self, row: MeteredHour) -> str:
        return number_format(row.quantity)

    @column(_("State"), colours=COLOURS)
    def state_label(self, row: MeteredHour) -> tuple[str, Any]:
        return row.state, row.get_state_display()

    @column(_("What happened"))
    def what(self, row: MeteredHour) -> str:
        return str(diagnosis_of(row, timezone.now()).what)

    @column(_("What to do"))
    def to_do(self, row: MeteredHour) -> str:
        return str(diagnosis_of(row, timezone.now()).to_do)

    @column(_("Can sending it again help?"))
    def retry(self, row: MeteredHour) -> str:
        can_help = diagnosis_of(row, timezone.now()).can_help
        return str(_("Yes, until its deadline") if can_help else _("No"))

    @column(_("Why the numbers differ"))
    def why(self, row: MeteredHour) -> str | None:
        return " ".join(_differences(row)) or None

    @column(_("AWS takes it until"))
    def until(self, row: MeteredHour) -> str:
        return date_format(localtime(row.deadline_at), "Y-m-d H:i e")

    @column(_("Trouble"))
    def trouble_words(self, row: MeteredHour) -> str | None:
        return row.trouble or None

    @column(_("Record, as AWS gets it"))
    def sent_record(self, row: MeteredHour) -> str | None:
        return _words(row.record) if row.record else None

    @column(_("Attempts, the newest first"))
    def attempts_made(self, row: MeteredHour) -> str | None:
        tries = row.tries.select_related("call")[:MOST_ATTEMPTS]
        lines = format_html_join(
            "",
            '<li>{} <a class="gh-link" href="{}">{}</a> {}</li>',
            (
                (
                    date_format(localtime(one.call.sent_at), "Y-m-d H:i:s e"),
                    _page("metercall", one.call.pk),
                    one.verdict or _now("no answer is kept"),
                    one.call.error,
                )
                for one in tries
            ),
        )
        return format_html("<ol>{}</ol>", lines) if lines else None


@admin.register(MeterCall)
class MeterCallAdmin(ReadOnlyAdmin):
    list_display = (
        moment("sent_at", _("Sent")),
        "product",
        "size",
        "outcome",
    )
    when_empty = _("Nothing was sent to AWS Marketplace yet.")
    fields = (
        moment("sent_at", _("Sent")),
        moment("answered_at", _("Answered")),
        "product",
        "size",
        "outcome",
        "asked",
        "answered",
    )

    @column(_("Product code"))
    def product(self, row: MeterCall) -> str:
        return row.product_code

    @column(_("Records"))
    def size(self, row: MeterCall) -> int:
        return len(row.request["UsageRecords"])

    @column(_("Outcome"))
    def outcome(self, row: MeterCall) -> str:
        if row.error:
            return row.error
        return str(_("Answered") if row.answer is not None else _("No answer is kept"))

    @column(_("Request"))
    def asked(self, row: MeterCall) -> str:
        return _words(row.request)

    @column(_("Answer"))
    def answered(self, row: MeterCall) -> str | None:
        return _words(row.answer) if row.answer is not None else None


def _differences(row: MeteredHour) -> list[str]:
    amounts = {
        "late": number_format(abs(row.used - row.counted)),
        "free": number_format(row.used - row.quantity),
        "lost": number_format(row.uncollected),
    }
    found = []
    if row.used > row.counted:
        found.append(_now("%(late)s were counted in earlier hours, after these had been closed."))
    if row.used < row.counted:
        found.append(_now("%(late)s were counted late: a later hour has them."))
    if row.quantity < row.used:
        found.append(_now("%(free)s are included in the contract."))
    if row.uncollected:
        found.append(_now("%(lost)s came after the last hour and are billed nowhere."))
    return [sentence % amounts for sentence in found]


def _words(said: Any) -> str:
    return format_html('<pre class="gh-words">{}</pre>', json.dumps(said, indent=2, sort_keys=True))


def _page(model: str, pk: int) -> str:
    return reverse(f"admin:marketplace_{model}_change", args=(pk,))
