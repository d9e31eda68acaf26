"""The staff page of drift: what AWS and the rows disagree on, each with its repair, one or all."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, ngettext_lazy

from backoffice import job_pages, jobs
from backoffice.audit import Act
from backoffice.columns import column, moment, text
from backoffice.related import Link
from backoffice.roles import CHECK_DRIFT, REPAIR_DRIFT
from backoffice.staff_pages import ReadOnlyAdmin
from backoffice.verbs import Verb, VerbRefused
from campaigns.models import Campaign
from tenants.drift import checking, findings, repairing
from tenants.models import Difference

Kind = Difference.Kind
SEEN = moment("seen_at", _("Seen last"))
COLOURS = {"open": "danger", "mended": "success", "asked": "info", "kept": "", "trouble": "danger"}
EFFECTS = [
    _("A customer who differs is reconciled: Cognito, API Gateway and DynamoDB follow the rows."),
    _("A login, a key, rights or a domain of nobody are deleted in AWS, for good: whoever uses them"
      " is out."),
    _("A gate is written again as its campaign stands. The gate of no campaign is closed: its codes"
      " are refused."),
    _("Look at the names first. After a database was restored from a backup, customers who came"
      " since then are nobody's: restore their rows instead."),
]  # fmt: skip

REPAIR = Verb(
    name="repair",
    label=_("Repair"),
    permission=REPAIR_DRIFT,
    run=repairing.repair,
    effects=EFFECTS,
    done=ngettext_lazy("%d difference is being repaired.", "%d differences are being repaired."),
    icon="build",
    is_bulk=True,
    is_danger=True,
    fits=lambda row: row.kept_at is None and row.removal_asked_at is None,
)
KEEP = Verb(
    name="keep",
    label=_("Keep"),
    permission=REPAIR_DRIFT,
    run=repairing.keep,
    effects=[_("It stays in AWS as it is, is listed as kept, and counts no more.")],
    done=ngettext_lazy("%d thing is kept.", "%d things are kept."),
    icon="push_pin",
    is_bulk=True,
    fits=lambda row: row.kind not in repairing.OURS and row.kept_at is None,
)
LIST_AGAIN = Verb(
    name="list-again",
    label=_("List again"),
    permission=REPAIR_DRIFT,
    run=repairing.list_again,
    effects=[_("It counts as a difference again, and may be repaired.")],
    done=ngettext_lazy("%d thing is listed again.", "%d things are listed again."),
    icon="undo",
    is_bulk=True,
    fits=lambda row: row.kept_at is not None,
)
REPAIR_ALL = Verb(
    name="repair-all",
    label=_("Repair all"),
    permission=REPAIR_DRIFT,
    run=lambda row, act: repairing.repair_all(act),
    effects=EFFECTS,
    done=ngettext_lazy("%d job repairs them.", "%d jobs repair them."),
    icon="build",
    is_danger=True,
    leads_to=job_pages.page_of,
)


@dataclass(frozen=True)
class AllOpen:
    """Everything that is open, as the one row of a confirmation."""

    count: int

    def __str__(self) -> str:
        return ngettext("%(n)d difference", "%(n)d differences", self.count) % {"n": self.count}


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", _("Somebody has to look")), ("kept", _("Kept on purpose"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "open":
            return queryset.filter(pk__in=findings.open_differences().order_by().values("pk"))
        return queryset.exclude(kept_at=None) if self.value() == "kept" else queryset


@admin.register(Difference)
class DifferenceAdmin(ReadOnlyAdmin):
    list_display = (
        "named",
        "kind_label",
        "first_line",
        "state_label",
        SEEN,
    )
    list_filter = (StateFilter, "kind")
    list_select_related = ("tenant",)
    list_before_template = "backoffice/_drift_check.html"
    search_fields = ("thing",)
    search_help_text = _("An id as AWS or we have it, or the beginning of a name")
    when_empty = _("AWS agrees with the rows, as far as the last check has seen.")
    fields = (
        "kind_label",
        "named",
        text("thing", _("Id")),
        "lines",
        "state_label",
        "trouble",
        moment("found_at", _("Found first")),
        SEEN,
        moment("kept_at", _("Kept since")),
    )
    verbs = (REPAIR, KEEP, LIST_AGAIN)

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("check/", wrap(self.check_view), name="tenants_difference_check"),
            path("repair-all/", wrap(self.repair_all_view), name="tenants_difference_repair_all"),
            *super().get_urls(),
        ]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Difference], search_term: str
    ) -> tuple[QuerySet[Difference], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        return queryset.filter(thing=term) | queryset.filter(name__startswith=term), False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        shown = {**self._about_check(request), **(extra_context or {})}
        return super().changelist_view(request, shown)

    def check_view(self, request: HttpRequest) -> HttpResponse:
        """GET is the part of the page that says how a check is getting on, POST starts one."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return render(request, "backoffice/_drift_check.html", self._about_check(request))
        if not request.user.has_perm(CHECK_DRIFT):
            raise PermissionDenied
        try:
            checking.check(Act.of(request.user))
        except VerbRefused as error:
            self.message_user(request, str(error), messages.WARNING)
        return redirect(f"{self._url_name}_changelist")

    def repair_all_view(self, request: HttpRequest) -> HttpResponse:
        if not request.user.has_perm(REPAIR_DRIFT):
            raise PermissionDenied
        everything = AllOpen(findings.open_differences().order_by().count())
        back = reverse(f"{self._url_name}_changelist")
        return self.confirm_or_run(request, REPAIR_ALL, [everything], back=back)

    def row_url(self, row: Any) -> str:
        if isinstance(row, AllOpen):
            return reverse(f"{self._url_name}_changelist") + "?state=open"
        return super().row_url(row)

    def links(self, request: HttpRequest, row: Difference) -> list[Link]:
        links = super().links(request, row)
        if row.tenant:
            url = reverse("admin:tenants_tenant_change", args=(row.tenant_id,))
            return [Link(row.tenant.company, url), *links]
        campaign = Campaign.objects.filter(public_id=row.thing).first()
        if campaign and request.user.has_perm("campaigns.view_campaign"):
            url = reverse("admin:campaigns_campaign_change", args=(campaign.pk,))
            return [Link(campaign.name, url), *links]
        return links

    def describe_row(self, row: Any) -> str:
        if isinstance(row, AllOpen):
            return ""
        return f"{row.get_kind_display()}: {row.what.partition(chr(10))[0]}"

    @column(_("Name"))
    def named(self, row: Difference) -> str:
        return str(row)

    @column(_("What"), colours={**dict.fromkeys(Kind, "default"), Kind.OPEN_GATE: "danger"})
    def kind_label(self, row: Difference) -> tuple[str, Any]:
        return row.kind, row.get_kind_display()

    @column(_("Difference"))
    def first_line(self, row: Difference) -> str:
        first, *others = row.what.split("\n")
        return f"{first} (+{len(others)})" if others else first

    @column(_("Differences"))
    def lines(self, row: Difference) -> str:
        return format_html_join("", "<p>{}</p>", ((line,) for line in row.what.split("\n")))

    @column(_("State"), colours=COLOURS)
    def state_label(self, row: Difference) -> tuple[str, Any]:
        if row.kept_at:
            return "kept", _("Kept")
        if row.removal_asked_at:
            return (
                ("trouble", _("Not repaired yet"))
                if row.trouble
                else ("asked", _("Being repaired"))
            )
        if row.tenant and row.kind == Difference.Kind.CUSTOMER:
            if (row.tenant.reconciled_at or row.seen_at) > row.seen_at:
                return "mended", _("Mended since")
            if not row.tenant.is_reconciled:
                return "asked", _("Being repaired")
        return "open", _("Differs")

    def _about_check(self, request: HttpRequest) -> dict[str, Any]:
        latest = checking.checks().first()
        done = checking.checks().filter(state="done").first()
        return {
            "check": latest,
            "is_checking": bool(latest and latest.state in jobs.UNFINISHED),
            "last_done": done,
            "may_check": request.user.has_perm(CHECK_DRIFT),
            "may_repair_all": request.user.has_perm(REPAIR_DRIFT)
            and findings.open_differences().exists(),
        }
