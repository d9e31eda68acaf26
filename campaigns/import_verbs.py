"""What staff decide on an import that was checked."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from backoffice.job_pages import page_of
from backoffice.roles import GENERATE_CODES
from backoffice.verbs import Verb
from campaigns import imports
from campaigns.models import Batch, CodeImport


def _page_of_jobs(batches: list[Batch]) -> str:
    return page_of([batch.job for batch in batches])


def _can_be_imported(row: CodeImport) -> bool:
    return row.state == CodeImport.State.CHECKED and row.valid > 0


def _can_be_discarded(row: CodeImport) -> bool:
    is_stopped = row.state == CodeImport.State.CHECKING and row.check_job.can_resume
    return row.state == CodeImport.State.CHECKED or is_stopped


IMPORT = Verb(
    name="import",
    label=_("Import the valid codes"),
    permission=GENERATE_CODES,
    run=imports.import_codes,
    effects=[
        _("A job makes a batch of the lines that the check found good."),
        _("The codes work as soon as they are written, while the campaign is open."),
        _("Rejected lines are left out; they stay in the file of rejected lines for 7 days."),
    ],
    done=ngettext_lazy("%d import has begun.", "%d imports have begun."),
    icon="upload",
    fits=_can_be_imported,
    leads_to=_page_of_jobs,
)
DISCARD = Verb(
    name="discard",
    label=_("Discard"),
    permission=GENERATE_CODES,
    run=imports.discard,
    effects=[
        _("No code is written."),
        _("The uploaded file and the rejected lines are deleted."),
    ],
    done=ngettext_lazy("%d import is discarded.", "%d imports are discarded."),
    icon="delete",
    is_danger=True,
    fits=_can_be_discarded,
)
