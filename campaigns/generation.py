"""Making codes: a batch is a job of chunks, each of which always yields the same codes.

The codes of a chunk follow from the batch's random seed, so a chunk that is delivered twice writes
the same codes again, and INSERT leaves the ones that are there alone. When the batch is complete
the seed is deleted: nobody can derive the codes afterwards.
"""

import secrets
from datetime import datetime

from django.db import transaction
from django.db.models import Case, F, Value, When
from django.utils.translation import gettext as _

from adapters import gates
from adapters.errors import Refused
from backoffice import job_files, jobs
from backoffice.audit import Act
from backoffice.jobs import Work
from backoffice.models import Job
from campaigns import drawing, gatekeeping, redemptions, rules
from campaigns.drawing import Terms
from campaigns.models import Batch, Campaign

KIND = "generate-codes"
DISCARD = "discard-codes"
CHUNK = drawing.CHUNK
# So many lists are deleted by one piece of work.
SWEEP = 100
STRIDE = drawing.STRIDE
# A batch that staff stopped while it was made stays stopped.
_READY = Case(When(state=Batch.State.PREPARING, then=Value(Batch.State.READY)), default=F("state"))


def generate_codes(
    campaign: Campaign,
    *,
    count: int,
    max_uses: int,
    act: Act,
    label: str = "",
    expires_at: datetime | None = None,
) -> Batch:
    """Start a batch and return it at once; its job makes the codes.

    Raises VerbRefused for an archived campaign.
    """
    with transaction.atomic():
        gatekeeping.refuse_archived(campaign)
        batch = Batch.objects.create(
            campaign=campaign,
            label=label,
            prefix=campaign.prefix.upper(),
            count=count,
            max_uses=max_uses,
            expires_at=expires_at,
            written_expires_at=expires_at,
            seed=secrets.token_hex(32),
        )
        batch.job = jobs.start_job(
            KIND,
            title=_("Generate codes for %(campaign)s") % {"campaign": campaign},
            total=count,
            chunks=-(-count // CHUNK),
            act=act,
            batch=batch.pk,
        )
        batch.save(update_fields=["job"])
    return batch


def register() -> None:
    jobs.register(KIND, Work(chunk=_make_chunk, finish=_finish))
    jobs.register(DISCARD, Work(chunk=_delete_some_parts, finish=lambda job: None))


def delete_parts(batch: Batch, job: Job, act: Act) -> None:
    """Start deleting what the job of a discarded batch listed."""
    jobs.start_job(
        DISCARD,
        title=_("Discard %(batch)s") % {"batch": batch},
        total=job.chunks,
        chunks=-(-job.chunks // SWEEP),
        act=act,
        batch=batch.pk,
    )


def export_file(batch: Batch) -> str:
    """Return the storage name of the batch's finished list of codes."""
    return drawing.list_name(batch.public_id)


def _make_chunk(job: Job, index: int) -> int:
    batch = Batch.objects.select_related("campaign").get(pk=job.arguments["batch"])
    if not batch.seed:
        job.renew()
        # Codes that follow from no seed could be guessed.
        raise Refused("the seed of this batch is deleted")
    prefix = rules.normalise_prefix(batch.prefix)
    if index == 0 and prefix:
        gates.register_prefix(prefix)
        redemptions.forget_prefixes()
    terms, seed = _terms(batch), bytes.fromhex(batch.seed)
    codes = drawing.write_chunk(terms, seed, index, renew=job.renew, chunk=CHUNK, stride=STRIDE)
    job.renew()
    job_files.store(_part(batch, index), drawing.listed(terms, codes))
    return len(codes)


def _terms(batch: Batch) -> Terms:
    return Terms(
        campaign=batch.campaign.public_id,
        batch=batch.public_id,
        prefix=batch.prefix,
        count=batch.count,
        max_uses=batch.max_uses,
        created_at=batch.created_at,
        expires_at=batch.written_expires_at,
    )


def _finish(job: Job) -> None:
    """Join the parts into one file, forget the seed, and only then call the batch ready."""
    batch = Batch.objects.get(pk=job.arguments["batch"])
    parts = [_part(batch, index) for index in range(job.chunks)]
    if batch.seed:
        job_files.join(job, parts, export_file(batch))
        Job.objects.filter(pk=job.pk).update(result_file=export_file(batch))
        Batch.objects.filter(pk=batch.pk).update(seed="", state=_READY)
    job_files.delete(job, parts)


def _delete_some_parts(job: Job, index: int) -> int:
    batch = Batch.objects.get(pk=job.arguments["batch"])
    numbers = range(index * SWEEP, min(job.total, (index + 1) * SWEEP))
    job_files.delete(job, [_part(batch, number) for number in numbers])
    return len(numbers)


def _part(batch: Batch, index: int) -> str:
    return drawing.part_name(batch.public_id, index)
