"""Bringing codes that exist elsewhere into a campaign: check them, then import or discard them."""

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice import audit, job_files, jobs
from backoffice.audit import SYSTEM, Act
from backoffice.leases import LeaseLost
from backoffice.models import Job
from backoffice.verbs import VerbRefused
from campaigns import gatekeeping, import_check, import_files, import_write
from campaigns.models import Batch, Campaign, CodeImport, new_public_id

MOST_AT_ONCE = 3


def start_import(
    campaign: Campaign,
    *,
    text: str,
    lines: int,
    file_name: str,
    label: str,
    max_uses: int,
    act: Act,
) -> CodeImport:
    """Keep the file and start its check, which writes no code. Raises TryLater without storage."""
    row = CodeImport(
        public_id=new_public_id(),
        campaign=campaign,
        uploaded_by=act.actor,
        file_name=file_name[:200],
        label=label,
        max_uses=max_uses,
        lines=lines,
        files_until=timezone.now() + job_files.KEPT,
    )
    job_files.store(import_files.upload(row), text)
    with transaction.atomic():
        row.check_job = _start_job(
            row, import_check.KIND, _("Check %(file)s for %(campaign)s"), act
        )
        row.save()
    return row


@transaction.atomic
def import_codes(row: CodeImport, act: Act) -> Batch:
    """Start the batch of what the check found good; its job writes the codes.

    Raises VerbRefused for an archived campaign.
    """
    gatekeeping.refuse_archived(row.campaign)
    changed = CodeImport.objects.filter(pk=row.pk, state=CodeImport.State.CHECKED).update(
        state=CodeImport.State.IMPORTING, files_until=None
    )
    row.refresh_from_db()
    if not changed or not row.valid:
        raise VerbRefused(_("Only what was checked and has valid codes can be imported, once."))
    batch = Batch.objects.create(
        campaign=row.campaign,
        label=row.label,
        origin=Batch.Origin.IMPORTED,
        count=row.valid,
        max_uses=row.max_uses,
    )
    row.batch = batch
    row.save(update_fields=["batch"])
    batch.job = _start_job(row, import_write.KIND, _("Import %(file)s into %(campaign)s"), act)
    batch.save(update_fields=["job"])
    audit.record(act, "import codes", row, after={"codes": row.valid, "rejected": row.rejected})
    return batch


@transaction.atomic
def discard(row: CodeImport, act: Act) -> None:
    """Forget what was uploaded. Its files are deleted by the next sweep."""
    now = timezone.now()
    changed = (
        _discardable().filter(pk=row.pk).update(state=CodeImport.State.DISCARDED, files_until=now)
    )
    if not changed:
        raise VerbRefused(_("It is being checked, or it was decided on before."))
    Job.objects.filter(pk=row.check_job_id).update(files_until=now)
    audit.record(act, "discard import", row)


def delete_old_files() -> int:
    """Discard what nobody decided on for a week, and delete what is done with. The sweep calls it.

    A worker in the middle of a piece is let finish: its job's lease is asked for first.
    """
    due = CodeImport.objects.filter(files_until__lte=timezone.now())
    for row in due.filter(pk__in=_discardable())[:MOST_AT_ONCE]:
        discard(row, SYSTEM)
    over = due.filter(state__in=(CodeImport.State.IMPORTED, CodeImport.State.DISCARDED))
    return sum(_delete_files(row) for row in over.select_related("check_job")[:MOST_AT_ONCE])


def _start_job(row: CodeImport, kind: str, title: str, act: Act) -> Job:
    pieces = len(import_files.pieces_of(row))
    is_check = kind == import_check.KIND
    return jobs.start_job(
        kind,
        title=title % {"file": row, "campaign": row.campaign},
        total=row.lines if is_check else row.valid,
        # The check reads the whole file first.
        chunks=pieces + is_check,
        act=act,
        code_import=row.public_id,
    )


def _discardable() -> QuerySet[CodeImport]:
    """What was checked, and whose check stopped half-way.

    No join: an UPDATE would put that into a subquery, and PostgreSQL does not ask a subquery again
    when it waited for somebody else's decision.
    """
    stopped = Job.objects.filter(state__in=(Job.State.FAILED, Job.State.CANCELLED))
    is_stopped = Q(state=CodeImport.State.CHECKING, check_job__in=stopped)
    return CodeImport.objects.filter(Q(state=CodeImport.State.CHECKED) | is_stopped)


def _delete_files(row: CodeImport) -> bool:
    job = row.check_job
    if not job.claim():
        return False
    try:
        job_files.delete(job, import_files.all_names(row))
    except LeaseLost:
        return False
    job.give_back()
    return bool(CodeImport.objects.filter(pk=row.pk).update(files_until=None, first_rejected=[]))
