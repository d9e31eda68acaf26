"""What staff do with batches."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from backoffice.verbs import TROUBLES, Verb
from campaigns import batches
from campaigns.admin_forms import ExpiryForm, RenameForm
from campaigns.export_verbs import EXPORT_BATCH
from campaigns.gatekeeping import NotInForceYet
from campaigns.models import Batch

STOP = "campaigns.stop_batch"
NOT_YET = _("Saved, not yet in force; it is tried again automatically.")
GATE_TROUBLES: dict[type[Exception], Any] = {NotInForceYet: NOT_YET, **TROUBLES}

_ONE_WRITE = _("One write does it, for one code or a million: the next check knows.")
_REDEEMED = _("Customers who redeemed one of its codes keep what they have.")
_OPEN = (Batch.State.PREPARING, Batch.State.READY)


def _is_stopped_job(batch: Batch) -> bool:
    return batch.job is not None and batch.job.can_resume


RESUME = Verb(
    name="resume",
    label=_("Resume batch"),
    permission=STOP,
    run=batches.resume_batch,
    effects=[_("Its codes can be redeemed again, while the campaign is open."), _ONE_WRITE],
    done=ngettext_lazy("%d batch is open.", "%d batches are open."),
    icon="play_arrow",
    fits=lambda batch: batch.state == Batch.State.PAUSED,
    troubles=GATE_TROUBLES,
)
REINSTATE = Verb(
    name="reinstate",
    label=_("Put back in force"),
    permission=STOP,
    run=batches.reinstate_batch,
    effects=[
        _("Its unused codes can be redeemed again, while the campaign is open."),
        _("Codes that were used stay used."),
        _ONE_WRITE,
    ],
    done=ngettext_lazy("%d batch is back in force.", "%d batches are back in force."),
    icon="undo",
    fits=lambda batch: batch.state == Batch.State.REVOKED and not batch.is_discarded,
    troubles=GATE_TROUBLES,
)
CHANGE_EXPIRY = Verb(
    name="expiry",
    label=_("Change expiry"),
    permission=STOP,
    run=batches.change_expiry,
    form=ExpiryForm,
    effects=[
        _("Its codes end at the moment that you name, or with the campaign if that is sooner."),
        _("Codes that expired already work again if the new end is later."),
        _ONE_WRITE,
    ],
    done=ngettext_lazy("The end of %d batch is changed.", "The ends of %d batches are changed."),
    icon="event",
    troubles=GATE_TROUBLES,
)
RENAME = Verb(
    name="rename",
    label=_("Rename batch"),
    permission=STOP,
    run=batches.rename_batch,
    form=RenameForm,
    effects=[_("Staff see the new label. Customers never see it.")],
    done=ngettext_lazy("%d batch has a new label.", "%d batches have a new label."),
    icon="edit",
)
PAUSE = Verb(
    name="pause",
    label=_("Pause batch"),
    permission=STOP,
    run=batches.pause_batch,
    effects=[
        _("None of its codes can be redeemed until it is resumed."),
        _REDEEMED,
        _ONE_WRITE,
    ],
    done=ngettext_lazy("%d batch is paused.", "%d batches are paused."),
    icon="pause",
    is_danger=True,
    fits=lambda batch: batch.state in _OPEN,
    troubles=GATE_TROUBLES,
)
REVOKE = Verb(
    name="revoke",
    label=_("Revoke batch"),
    permission=STOP,
    run=batches.revoke_batch,
    effects=[
        _("All its codes are refused at once."),
        _("Whoever tries a code of their own reads that it is withdrawn; a shared one is refused."),
        _REDEEMED,
        _ONE_WRITE,
        _("You can put it back in force later."),
    ],
    done=ngettext_lazy("%d batch is revoked.", "%d batches are revoked."),
    icon="block",
    is_danger=True,
    fits=lambda batch: batch.state != Batch.State.REVOKED,
    troubles=GATE_TROUBLES,
)
DISCARD = Verb(
    name="discard",
    label=_("Discard batch"),
    permission=STOP,
    run=batches.discard_batch,
    effects=[
        _("It will never be finished: its job cannot be resumed, its lists are deleted."),
        _("The codes that were made so far are refused for good."),
        _REDEEMED,
    ],
    done=ngettext_lazy("%d batch is discarded.", "%d batches are discarded."),
    icon="delete_sweep",
    is_danger=True,
    fits=_is_stopped_job,
    troubles=GATE_TROUBLES,
)
BATCH_VERBS = (EXPORT_BATCH, RESUME, REINSTATE, CHANGE_EXPIRY, RENAME, PAUSE, REVOKE, DISCARD)
