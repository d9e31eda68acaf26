"""Copying to the portal's list what other services redeemed or gave back: by their notes.

A note says whose use of which code may have changed; the use itself says how it stands. So it does
not matter in which order notes come, or whether one is looked at twice.
"""

from collections.abc import Sequence

from django.utils import timezone

from adapters import use_notes, use_reading
from adapters.use_notes import PARTS, UseNote
from campaigns import rebuilding
from campaigns.models import UseCopy

# So many of each part a sweep. A look is three reads and a delete.
MOST_NOTES = 100
# So many are looked at within a lease, when DynamoDB is slow.
STRIDE = 20


def copy_noted_uses() -> int:
    """Copy what finished notes are about and take them away; return how many those were.

    One worker at a time: what another one read a moment ago must not come after what this one
    wrote. One that died is taken over when its lease ends.
    """
    copy, _ = UseCopy.objects.get_or_create(pk=1)
    if not copy.claim():
        return 0
    count = 0
    for part in range(PARTS):
        notes = use_notes.finished_notes(part, now=timezone.now(), most=MOST_NOTES)
        for start in range(0, len(notes), STRIDE):
            copy.renew()
            _copy(notes[start : start + STRIDE])
        count += len(notes)
    copy.give_back()
    return count


def _copy(notes: Sequence[UseNote]) -> None:
    wanted = {(note.code, note.taken_by) for note in notes}
    found = [use_reading.last_use(code, taken_by=by) for code, by in sorted(wanted)]
    rebuilding.copy_uses([use for use in found if use])
    for note in notes:
        use_notes.take_away(note)
