"""Redeeming and giving back for services that are not the portal. No Django.

Each attempt is noted before it is made, and the sweep copies what became of it to the portal's list
(campaigns/noted_uses.py). A death at any moment leaves the note, so the list misses nothing.
"""

from contextlib import suppress
from datetime import datetime

from adapters import use_notes
from adapters.errors import OutsideError
from adapters.use_notes import UseNote
from campaigns import redemptions
from campaigns.eligibility import Customer
from campaigns.errors import CodeMisspelled, CodeRefused
from campaigns.redemptions import Redemption


def redeem_noted(typed: str, *, redeemed_by: str, customer: Customer, now: datetime) -> Redemption:
    """Redeem as `redemptions.redeem_code` does, with a note for the portal."""
    note = _leave_note(typed, redeemed_by, now)
    try:
        done = redemptions.redeem_code(typed, redeemed_by=redeemed_by, customer=customer, now=now)
    except CodeRefused:
        _forget(note)
        raise
    _say_done(note)
    return done


def release_noted(typed: str, *, redeemed_by: str, now: datetime) -> bool:
    """Give back as `redemptions.release_code` does, with a note for the portal."""
    note = _leave_note(typed, redeemed_by, now)
    is_released = redemptions.release_code(typed, redeemed_by=redeemed_by, now=now)
    _say_done(note)
    return is_released


def _leave_note(typed: str, redeemed_by: str, now: datetime) -> UseNote | None:
    """None for a code that cannot exist: nothing can become of it."""
    try:
        code = redemptions.parse(typed)
    except CodeMisspelled:
        return None
    return use_notes.leave_note(code, taken_by=redeemed_by, now=now)


def _say_done(note: UseNote | None) -> None:
    """The caller has an answer. A note that says nothing is looked at a little later."""
    if note:
        with suppress(OutsideError):
            use_notes.say_done(note)


def _forget(note: UseNote | None) -> None:
    """Nothing was written. A note that stays costs the sweep one look."""
    if note:
        with suppress(OutsideError):
            use_notes.take_away(note)
