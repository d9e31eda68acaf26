"""What staff do with campaigns."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from backoffice.audit import Act
from backoffice.verbs import Verb
from campaigns import gatekeeping, generation
from campaigns.admin_forms import GenerateForm
from campaigns.batch_verbs import GATE_TROUBLES
from campaigns.export_verbs import EXPORT_CAMPAIGN
from campaigns.models import Batch, Campaign
from campaigns.notice_verbs import NOTIFY


def _generate(campaign: Campaign, act: Act, **wish: Any) -> Batch:
    return generation.generate_codes(campaign, act=act, **wish)


def _page_of_jobs(batches: list[Batch]) -> str:
    job = batches[0].job
    if len(batches) == 1 and job:
        return reverse("admin:backoffice_job_change", args=(job.pk,))
    return reverse("admin:backoffice_job_changelist")


GENERATE = Verb(
    name="generate",
    label=_("Generate codes"),
    permission="campaigns.generate_codes",
    run=_generate,
    form=GenerateForm,
    effects=[
        _("A job makes random codes. You see its progress and may leave the page."),
        _("When it is done, staff who may export codes can download them as a file."),
        _("The codes work as soon as they are made, while the campaign is open."),
    ],
    done=ngettext_lazy("%d batch is being made.", "%d batches are being made."),
    icon="add_circle",
    fits=lambda campaign: campaign.state != Campaign.State.ARCHIVED,
    leads_to=_page_of_jobs,
)
RESUME = Verb(
    name="resume",
    label=_("Resume campaign"),
    permission="campaigns.pause_campaign",
    run=gatekeeping.resume_campaign,
    effects=[_("Codes of the campaign can be redeemed again, within its dates.")],
    done=ngettext_lazy("%d campaign is open.", "%d campaigns are open."),
    icon="play_arrow",
    fits=lambda campaign: campaign.state == Campaign.State.PAUSED,
    troubles=GATE_TROUBLES,
)
PAUSE = Verb(
    name="pause",
    label=_("Pause campaign"),
    permission="campaigns.pause_campaign",
    run=gatekeeping.pause_campaign,
    effects=[
        _("No code of the campaign can be redeemed until it is resumed."),
        _("Customers who redeemed one keep what they have."),
        _("Whoever tries reads that the code is paused at the moment."),
    ],
    done=ngettext_lazy("%d campaign is paused.", "%d campaigns are paused."),
    icon="pause",
    is_danger=True,
    fits=lambda campaign: campaign.state == Campaign.State.OPEN,
    troubles=GATE_TROUBLES,
)
CAMPAIGN_VERBS = (GENERATE, EXPORT_CAMPAIGN, NOTIFY, RESUME, PAUSE)
