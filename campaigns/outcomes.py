"""Noting what became of each attempt at a code. No Django: portal and Lambda share it.

The steps are check, hold, redeem and release; the reason is GOOD, the code of a refusal
(campaigns/errors.py), or one of the words below.
"""

import logging
from datetime import datetime

from adapters import outcomes
from adapters.errors import OutsideError
from adapters.outcomes import Outcome
from adapters.promo_codes import PromoCode

log = logging.getLogger(__name__)

GOOD = "good"
# A redemption that the same sign-up had made before; a release of what was not held any more; a
# hold whose time was over and that stood in somebody's way.
REPEATED, NOTHING_HELD, HOLD_EXPIRED = "repeated", "nothing_held", "hold_expired"
NOT_REFUSED = (GOOD, REPEATED, NOTHING_HELD, HOLD_EXPIRED)
# Campaign and batch of a code that does not exist.
NOBODYS = "-"


def note(step: str, reason: str, code: PromoCode | None, *, now: datetime) -> None:
    """Count one outcome, when it is known. Never raises because of AWS.

    Whoever asked has their answer already: a statistic that cannot be written is worth a line in
    the log, and neither a refusal nor a wait.
    """
    campaign, batch = (code.campaign, code.batch) if code else (NOBODYS, NOBODYS)
    try:
        outcomes.count_outcome(Outcome(campaign, batch, step, reason), now=now)
    except OutsideError as error:
        log.warning("outcome %s %s of campaign %s not counted: %s", step, reason, campaign, error)
