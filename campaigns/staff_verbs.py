"""What staff do with campaigns."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from backoffice.audit import Act
from backoffice.job_pages import page_of
from backoffice.verbs import Verb
from campaigns import gatekeeping, generation, lifecycle, vanity
from campaigns.admin_forms import CapForm, ExtendForm
from campaigns.batch_verbs import GATE_TROUBLES
from campaigns.code_forms import GenerateForm, VanityForm
from campaigns.export_verbs import EXPORT_CAMPAIGN
from campaigns.models import Batch, Campaign
from campaigns.notice_verbs import NOTIFY

CHANGE = "campaigns.change_campaign"


def _generate(campaign: Campaign, act: Act, **wish: Any) -> Batch:
    return generation.generate_codes(campaign, act=act, **wish)


def _page_of_jobs(batches: list[Batch]) -> str:
    return page_of([batch.job for batch in batches])


def _page_of_copy(copies: list[Campaign]) -> str:
    return reverse("admin:campaigns_campaign_change", args=(copies[-1].pk,))


def _page_of_batch(batches: list[Batch]) -> str:
    return reverse("admin:campaigns_batch_change", args=(batches[-1].pk,))


def _is_archived(campaign: Campaign) -> bool:
    return campaign.state == Campaign.State.ARCHIVED


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
    fits=lambda campaign: not _is_archived(campaign),
    leads_to=_page_of_jobs,
)
ADD_CODE = Verb(
    name="add-code",
    label=_("Add a code of your choice"),
    permission="campaigns.generate_codes",
    run=vanity.add_code,
    form=VanityForm,
    effects=[
        _("The code works at once, while the campaign is open."),
        _("It is a batch of its own: you can pause, revoke and end it apart from the others."),
    ],
    done=ngettext_lazy("%d code is added.", "%d codes are added."),
    icon="edit_note",
    fits=lambda campaign: not _is_archived(campaign),
    leads_to=_page_of_batch,
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
        _("Whoever tries a code of their own reads that it is paused; a shared one is refused."),
    ],
    done=ngettext_lazy("%d campaign is paused.", "%d campaigns are paused."),
    icon="pause",
    is_danger=True,
    fits=lambda campaign: campaign.state == Campaign.State.OPEN,
    troubles=GATE_TROUBLES,
)
EXTEND = Verb(
    name="extend",
    label=_("Extend campaign"),
    permission=CHANGE,
    run=lifecycle.extend_campaign,
    form=ExtendForm,
    effects=[
        _("Codes of the campaign can be redeemed until the new end, from the next check on."),
        _("A batch with an end of its own keeps it."),
    ],
    done=ngettext_lazy("%d campaign is extended.", "%d campaigns are extended."),
    icon="event_repeat",
    fits=lambda campaign: bool(campaign.ends_at) and not _is_archived(campaign),
    troubles=GATE_TROUBLES,
)
RAISE_CAP = Verb(
    name="raise-cap",
    label=_("Raise the cap"),
    permission=CHANGE,
    run=lifecycle.raise_cap,
    form=CapForm,
    effects=[_("So many redemptions are possible from the next one on, those so far included.")],
    done=ngettext_lazy("%d campaign has a higher cap.", "%d campaigns have a higher cap."),
    icon="arrow_upward",
    fits=lambda campaign: bool(campaign.cap) and not _is_archived(campaign),
    troubles=GATE_TROUBLES,
)
DUPLICATE = Verb(
    name="duplicate",
    label=_("Duplicate"),
    permission="campaigns.add_campaign",
    run=lifecycle.duplicate_campaign,
    effects=[
        _("A new campaign with the same terms is made: paused, and without codes."),
        _("Dates that are over are left empty."),
        _("You can change every term of it, then generate codes and resume it."),
    ],
    done=ngettext_lazy("%d campaign is duplicated.", "%d campaigns are duplicated."),
    icon="content_copy",
    troubles=GATE_TROUBLES,
    leads_to=_page_of_copy,
)
ARCHIVE = Verb(
    name="archive",
    label=_("Archive campaign"),
    permission=CHANGE,
    run=lifecycle.archive_campaign,
    effects=[
        _("All its codes are refused at once."),
        _("Whoever tries a code of their own reads that it is withdrawn; a shared one is refused."),
        _("Customers who redeemed one keep what they have."),
        _("It leaves the list. Filter by state to find it, and to take it out again."),
    ],
    done=ngettext_lazy("%d campaign is archived.", "%d campaigns are archived."),
    icon="archive",
    is_danger=True,
    fits=lambda campaign: not _is_archived(campaign),
    troubles=GATE_TROUBLES,
)
UNARCHIVE = Verb(
    name="unarchive",
    label=_("Take out of the archive"),
    permission=CHANGE,
    run=lifecycle.unarchive_campaign,
    effects=[
        _("It is in the list again, paused: its codes are still refused."),
        _("Resume it when customers may redeem them."),
    ],
    done=ngettext_lazy(
        "%d campaign is out of the archive.", "%d campaigns are out of the archive."
    ),
    icon="unarchive",
    fits=_is_archived,
    troubles=GATE_TROUBLES,
)
CAMPAIGN_VERBS = (
    GENERATE,
    ADD_CODE,
    EXPORT_CAMPAIGN,
    NOTIFY,
    RESUME,
    EXTEND,
    RAISE_CAP,
    DUPLICATE,
    UNARCHIVE,
    PAUSE,
    ARCHIVE,
)
