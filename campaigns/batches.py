"""Stopping batches and letting them go on: one write of the gate, however many codes they have.

The codes themselves are never touched. As with campaigns the row is saved first, and the gate is
written before success is reported (campaigns/gatekeeping.py).
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice import audit, jobs
from backoffice.audit import Act
from backoffice.models import Job
from backoffice.verbs import VerbRefused
from campaigns import gatekeeping, generation
from campaigns.models import Batch, Campaign

State = Batch.State

_OPEN = Q(state__in=(State.PREPARING, State.READY))
_DISCARDED = Q(job__state=Job.State.ABANDONED)
# While the seed is there its job makes codes still, or could go on to.
_IS_MADE = Q(seed="") & (~Q(origin=Batch.Origin.FUNCTION) | Q(made__gte=F("count")))
_OPENED = Case(When(_IS_MADE, then=Value(State.READY)), default=Value(State.PREPARING))


def pause_batch(batch: Batch, act: Act) -> None:
    """No code of the batch is redeemed from when this returns, until it is resumed."""
    with transaction.atomic():
        _refuse_unless(_OPEN, batch, _("It is paused or revoked already."))
        _write(batch, act, "pause batch", state=State.PAUSED)
    gatekeeping.put_in_force(batch.campaign)


def resume_batch(batch: Batch, act: Act) -> None:
    with transaction.atomic():
        _refuse_unless(Q(state=State.PAUSED), batch, _("It is not paused."))
        _write(batch, act, "resume batch", state=_OPENED)
    gatekeeping.put_in_force(batch.campaign)


def revoke_batch(batch: Batch, act: Act) -> None:
    """Withdraw the batch: its codes are refused from when this returns, unless it is undone."""
    with transaction.atomic():
        _refuse_unless(~Q(state=State.REVOKED), batch, _("It is revoked already."))
        _write(batch, act, "revoke batch", state=State.REVOKED)
    gatekeeping.put_in_force(batch.campaign)


def reinstate_batch(batch: Batch, act: Act) -> None:
    """Undo a revoke. What was used up stays used up."""
    with transaction.atomic():
        _refuse_unless(Q(state=State.REVOKED), batch, _("It is not revoked."))
        _refuse_unless(~_DISCARDED, batch, _("It was discarded: generate a new batch."))
        _write(batch, act, "put batch back in force", state=_OPENED)
    gatekeeping.put_in_force(batch.campaign)


def change_expiry(batch: Batch, act: Act, *, expires_at: datetime | None) -> None:
    """Let the codes end at another time than was written on them; None: with the campaign."""
    if expires_at is not None and expires_at <= timezone.now():
        raise VerbRefused(_("That moment is over. To stop codes now, pause or revoke the batch."))
    with transaction.atomic():
        _write(batch, act, "change expiry of batch", expires_at=expires_at)
    gatekeeping.put_in_force(batch.campaign)


@transaction.atomic
def rename_batch(batch: Batch, act: Act, *, label: str) -> None:
    """Change what staff call it; redemption knows no labels."""
    before = {"label": Batch.objects.get(pk=batch.pk).label}
    Batch.objects.filter(pk=batch.pk).update(label=label)
    batch.refresh_from_db(fields=["label"])
    audit.record(act, "rename batch", batch, before=before, after={"label": label})


def discard_batch(batch: Batch, act: Act) -> None:
    """Give up a batch whose making was cancelled or failed: revoked for good, seed deleted.

    The lists of the codes that were made, up to a thousand files, are deleted by a job.
    """
    with transaction.atomic():
        job = batch.job
        if job is None or not jobs.abandon(job, act):
            raise VerbRefused(_("Codes are still being made, or all are: cancel its job first."))
        job.refresh_from_db()
        _write(batch, act, "discard batch", state=State.REVOKED, seed="", count=job.done)
        generation.delete_parts(batch, job, act)
    gatekeeping.put_in_force(batch.campaign)


def _refuse_unless(condition: Q, batch: Batch, why: str) -> None:
    """Judge the row as it is now, and keep it so until the transaction ends."""
    locked = Batch.objects.select_for_update(of=("self",)).filter(pk=batch.pk)
    if locked.filter(condition).first() is None:
        raise VerbRefused(why)


def _write(batch: Batch, act: Act, verb: str, **changes: Any) -> None:
    """Change the row, make the gate due and write the audit line. Call it in a transaction."""
    before = _facts(Batch.objects.get(pk=batch.pk))
    Batch.objects.filter(pk=batch.pk).update(**changes)
    Campaign.objects.filter(pk=batch.campaign_id).update(generation=F("generation") + 1)
    batch.refresh_from_db()
    audit.record(act, verb, batch, before=before, after=_facts(batch))


def _facts(batch: Batch) -> dict[str, object]:
    ends = batch.expires_at.isoformat() if batch.expires_at else None
    return {"state": batch.state, "expires_at": ends, "count": batch.count}
