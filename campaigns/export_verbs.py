"""Taking codes away as a file: one verb for a batch, one for all batches of a campaign."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget

from backoffice.job_pages import page_of
from backoffice.roles import EXPORT_CODES
from backoffice.verbs import Verb, VerbForm
from campaigns import exports
from campaigns.models import Batch

ALL, UNUSED = "all", "unused"


class ExportForm(VerbForm):
    which = forms.ChoiceField(
        label=_("Which codes"),
        choices=((ALL, _("All")), (UNUSED, _("Only those that nobody has used yet"))),
        widget=UnfoldAdminSelectWidget,
    )

    def arguments(self) -> dict[str, Any]:
        return {"only_unused": self.cleaned_data["which"] == UNUSED}


def _has_codes(batch: Batch) -> bool:
    return batch.job is not None and bool(batch.job.result_file)


_EFFECTS = [
    _("A job writes a CSV file with every code, how it stands now, and who redeemed it when."),
    _("You see its progress and may leave the page."),
    _("Staff who may export codes can download the file for 7 days; then it is deleted."),
]
_DONE = ngettext_lazy("%d export is being made.", "%d exports are being made.")

EXPORT_BATCH = Verb(
    name="export",
    label=_("Export codes"),
    permission=EXPORT_CODES,
    run=exports.export_batch,
    form=ExportForm,
    effects=_EFFECTS,
    done=_DONE,
    icon="file_save",
    fits=_has_codes,
    leads_to=page_of,
)
EXPORT_CAMPAIGN = Verb(
    name="export",
    label=_("Export codes"),
    permission=EXPORT_CODES,
    run=exports.export_campaign,
    form=ExportForm,
    effects=[
        *_EFFECTS,
        _("Codes of your choice are left out: look them up under Code search."),
        _("Batches whose codes are still being made are left out, too."),
    ],
    done=_DONE,
    icon="file_save",
    leads_to=page_of,
)
