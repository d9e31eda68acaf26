"""How far functions are with the batches that were handed out to them (campaigns/making.py)."""

from adapters import generations
from adapters.generations import Generation
from campaigns import drawing
from campaigns.models import Batch

# A look is one read. Whatever was handed out and never begun must not hide the newest.
MOST_LOOKS = 50


def look_at_batches() -> int:
    """Note how many codes are made, and call a batch ready when all are and are listed.

    Returns how many batches are still being made.
    """
    rows = Batch.objects.filter(origin=Batch.Origin.FUNCTION, state=Batch.State.PREPARING)
    looked_at = rows.order_by("-pk")[:MOST_LOOKS]
    for batch in looked_at:
        generation = generations.find(batch.public_id)
        if generation:
            _note(batch, generation)
    return len(looked_at)


def _note(batch: Batch, generation: Generation) -> None:
    rows = Batch.objects.filter(pk=batch.pk)
    rows.update(made=min(batch.count, generation.next_chunk * drawing.CHUNK))
    if not generation.seed:
        # One that staff stopped meanwhile stays stopped.
        rows.filter(state=Batch.State.PREPARING).update(state=Batch.State.READY)
