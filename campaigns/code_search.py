"""Finding out what became of one code, for staff who may know the true reason."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from adapters import gates, promo_codes
from adapters.gates import Gate
from adapters.promo_codes import PromoCode
from campaigns import eligibility, redemptions, rules
from campaigns.code_life import Event, life_of
from campaigns.models import Batch, Campaign


@dataclass(frozen=True)
class Found:
    """A code as it stands now. `refusal` is empty for a good one."""

    masked: str
    code: PromoCode
    refusal: str
    sentence: str
    campaign: Campaign | None
    batch: Batch | None
    ends_at: datetime | None
    life: list[Event]

    @property
    def is_good(self) -> bool:
        return not self.refusal


def find_code(typed: str, *, now: datetime) -> Found | None:
    """Return the code as it stands, or None if there is none.

    Raises CodeMisspelled if no such code can exist, and TryLater if DynamoDB does not answer.
    """
    code = promo_codes.read_code(redemptions.parse(typed), consistent=True)
    if code is None:
        return None
    gate = gates.read_gate(code.campaign)
    refusal = eligibility.refusal(code, gate, now)
    reason = refusal.code if refusal else ""
    campaign = Campaign.objects.filter(public_id=code.campaign).first()
    batches = Batch.objects.select_related("campaign", "job")
    batch = batches.filter(public_id=code.batch).first()
    return Found(
        masked=rules.masked(code.code, campaign.prefix if campaign else ""),
        code=code,
        refusal=reason,
        sentence=_sentence(reason, code, gate),
        campaign=campaign,
        batch=batch,
        ends_at=_end(code, gate),
        life=life_of(code, campaign, batch),
    )


def _sentence(reason: str, code: PromoCode, gate: Gate | None) -> str:
    """Say in staff's words why the code is refused now."""
    batch_state = gate.closed_batches.get(code.batch, "") if gate else ""
    starts = gate.starts_at if gate else None
    ended = _end(code, gate)
    sentences = {
        "": _("Good: whoever enters it now is let in."),
        "unknown": _("Its campaign was never put in force, so nobody can use it yet."),
        "revoked": _("Its batch was withdrawn.") if batch_state else _("Its campaign is archived."),
        "paused": _("Its batch is paused.") if batch_state else _("Its campaign is paused."),
        "not_started": _("Its campaign starts on %(day)s.") % {"day": _day(starts)},
        "expired": _("It expired on %(day)s.") % {"day": _day(ended)},
        "held": _("All its uses are taken, some only until an address is confirmed."),
        "used_up": _("It has been used as often as it allows."),
    }
    return sentences.get(reason, reason)


def _end(code: PromoCode, gate: Gate | None) -> datetime | None:
    """The end of its batch or of its campaign, whichever comes first."""
    return eligibility.code_end(code, gate) if gate else code.expires_at


def _day(moment: datetime | None) -> str:
    return date_format(localtime(moment), "Y-m-d H:i e") if moment else ""
