"""Making codes: a batch is a job of chunks, each of which always yields the same codes.

The codes of a chunk follow from the batch's random seed, so a chunk that is delivered twice writes
the same codes again, and INSERT leaves the ones that are there alone. When the batch is complete
the seed is deleted: nobody can derive the codes afterwards.
"""

import secrets
from collections.abc import Iterator
from datetime import datetime

from django.db import transaction
from django.db.models import Case, F, Value, When
from django.utils.translation import gettext as _

from adapters import gates, promo_codes
from adapters.errors import Refused
from adapters.promo_codes import PromoCode
from backoffice import job_files, jobs
from backoffice.audit import Act
from backoffice.jobs import Work
from backoffice.models import Job
from campaigns import gatekeeping, redemptions, rules
from campaigns.models import Batch, Campaign

KIND = "generate-codes"
DISCARD = "discard-codes"
CHUNK = 1000
# So many lists are deleted by one piece of work.
SWEEP = 100
# So many codes are written within a lease even when DynamoDB throttles.
STRIDE = 100
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
    return f"batches/{batch.public_id}/codes.csv"


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
    size = min(CHUNK, batch.count - index * CHUNK)
    drawn = _once_each(rules.draw_codes(prefix, bytes.fromhex(batch.seed), index))
    codes = _written(job, batch, index, drawn, size)
    job.renew()
    listed = "".join(f"{rules.displayed(code, batch.prefix)}\n" for code in codes)
    job_files.store(_part(batch, index), listed)
    return size


def _once_each(drawn: Iterator[str]) -> Iterator[str]:
    """Leave out what the chunk has drawn before, always in the same places."""
    seen: set[str] = set()
    for code in drawn:
        if code not in seen:
            seen.add(code)
            yield code


def _written(job: Job, batch: Batch, index: int, drawn: Iterator[str], size: int) -> list[str]:
    """Write `size` codes and return them. One that another batch or chunk has is drawn anew."""
    mine: list[str] = []
    while len(mine) < size:
        job.renew()
        wanted = min(STRIDE, size - len(mine))
        fresh = [_new_code(batch, index, next(drawn)) for _ in range(wanted)]
        taken = {code.code for code in promo_codes.insert_codes(fresh)}
        mine += [code.code for code in fresh if code.code not in taken or _is_made_by(code)]
    return mine


def _is_made_by(fresh: PromoCode) -> bool:
    """Whether a code that exists is ours: this chunk was delivered before.

    Codes that were made before codes told their chunk count as the chunk's own.
    """
    found = promo_codes.read_code(fresh.code, consistent=True)
    if found is None or found.batch != fresh.batch:
        return False
    return found.chunk in (None, fresh.chunk)


def _new_code(batch: Batch, index: int, code: str) -> PromoCode:
    return PromoCode(
        code=code,
        campaign=batch.campaign.public_id,
        batch=batch.public_id,
        max_uses=batch.max_uses,
        created_at=batch.created_at,
        expires_at=batch.written_expires_at,
        chunk=index,
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
    return f"batches/{batch.public_id}/parts/{index:06d}"
