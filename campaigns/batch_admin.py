"""Staff pages of batches."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice import related, result_links
from backoffice.columns import column, moment
from backoffice.models import Job
from backoffice.paging import CAP, capped
from backoffice.related import Link
from backoffice.roles import EXPORT_CODES
from backoffice.staff_pages import ReadOnlyAdmin
from campaigns.batch_verbs import BATCH_VERBS
from campaigns.models import Batch

COLOURS = {
    Batch.State.PREPARING: "info",
    Batch.State.READY: "success",
    Batch.State.PAUSED: "warning",
    Batch.State.REVOKED: "danger",
}

MADE = moment("created_at", _("Made"))
EXPIRES = moment("expires_at", _("Expires"))


def links_of_job(request: HttpRequest, job: Job) -> Iterable[Link]:
    """Where the page of a job leads to that made a batch."""
    batch = Batch.objects.filter(job=job).select_related("campaign").first()
    if batch and request.user.has_perm("campaigns.view_batch"):
        yield Link(gettext("Batch"), reverse("admin:campaigns_batch_change", args=(batch.pk,)))
        url = reverse("admin:campaigns_campaign_change", args=(batch.campaign_id,))
        yield Link(batch.campaign.name, url)


def offer_links() -> None:
    related.offer("backoffice.Job", links_of_job)


class BatchAdmin(ReadOnlyAdmin):
    list_display = (
        "__str__",
        "campaign",
        "state_label",
        "codes",
        "uses",
        EXPIRES,
        "progress",
        MADE,
    )
    list_filter = ("state", "origin", "campaign")
    list_select_related = ("campaign", "job")
    search_fields = ("label",)
    search_help_text = _("Label")
    fields = (
        "campaign",
        "label",
        "origin",
        "codes",
        "uses",
        "redeemed",
        "shown_prefix",
        "ends",
        MADE,
        "progress",
    )
    verbs = BATCH_VERBS
    when_empty = _("Codes are made on the page of a campaign, with “Generate codes”.")
    change_form_template = "backoffice/batch.html"

    def page_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        return {
            "status": self.state_label(row),
            "colour": COLOURS[row.state],
            "codes": self.codes(row),
            "redeemed": self.redeemed(row),
            "job": row.job if row.job and row.job.is_unfinished else None,
        }

    def links(self, request: HttpRequest, row: Batch) -> list[Link]:
        links = super().links(request, row)
        if request.user.has_perm("campaigns.view_redemption"):
            url = reverse("admin:campaigns_redemption_changelist")
            links.insert(0, Link(str(_("Redemptions")), f"{url}?batch__id__exact={row.pk}"))
        job = row.job
        if job and job.result_file and request.user.has_perm(EXPORT_CODES):
            url = result_links.link_to(job, request.user)
            links.insert(0, Link(str(_("Download the codes")), url))
        return links

    def describe_row(self, row: Batch) -> str:
        words = _("%(codes)s codes of %(campaign)s, %(state)s")
        state = row.get_state_display()
        return str(words) % {"codes": self.codes(row), "campaign": row.campaign, "state": state}

    @column(_("State"), colours=COLOURS)
    def state_label(self, batch: Batch) -> tuple[str, Any]:
        if not batch.campaign.is_in_force:
            words = _("%(status)s, not yet in force") % {"status": batch.get_state_display()}
            return batch.state, words
        return batch.state, batch.get_state_display()

    @column(_("Codes"))
    def codes(self, batch: Batch) -> str:
        return number_format(batch.count, force_grouping=True)

    @column(_("Uses per code"))
    def uses(self, batch: Batch) -> str:
        return number_format(batch.max_uses, force_grouping=True)

    @column(_("Redeemed"))
    def redeemed(self, batch: Batch) -> str:
        return capped(batch.redemptions.filter(released_at=None).order_by()[: CAP + 1].count())

    @column(_("Prefix"))
    def shown_prefix(self, batch: Batch) -> str | None:
        return batch.prefix or None

    @column(_("Expires"))
    def ends(self, batch: Batch) -> Any:
        return EXPIRES(batch) or _("With the campaign")

    @column(_("Job"))
    def progress(self, batch: Batch) -> str | None:
        if batch.job is None:
            return self.made_by_function(batch)
        return format_html(
            '<a class="gh-link" href="{}">{}, {} %</a>',
            reverse("admin:backoffice_job_change", args=(batch.job.pk,)),
            batch.job.get_state_display(),
            batch.job.percent,
        )

    def made_by_function(self, batch: Batch) -> str | None:
        if batch.origin != Batch.Origin.FUNCTION or batch.made >= batch.count:
            return None
        made = number_format(batch.made, force_grouping=True)
        words = _("A function has made %(made)s of %(codes)s")
        return str(words) % {"made": made, "codes": self.codes(batch)}
