"""Codes that staff choose: WELCOME2026. Each is a batch of one, written at once."""

import hashlib
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from adapters import gates, promo_codes
from adapters.promo_codes import PromoCode
from backoffice import audit
from backoffice.audit import Act
from backoffice.verbs import VerbRefused
from campaigns import gatekeeping, rules
from campaigns.errors import CodeMisspelled
from campaigns.models import Batch, Campaign


def accepted(typed: str) -> str:
    """Return a code of staff's choice as it is stored. Raises VerbRefused if it cannot be one."""
    try:
        code = rules.normalise(typed)
    except CodeMisspelled as error:
        words = _("A code has 4 to 40 letters and digits; hyphens and spaces do not count.")
        raise VerbRefused(words) from error
    if rules.looks_generated(code, _prefixes()):
        raise VerbRefused(
            _("It has the shape of a generated code: make it shorter, longer or begin otherwise.")
        )
    return code


def check_free(typed: str) -> None:
    """Raise VerbRefused if this code, in any spelling, cannot be added."""
    found = promo_codes.read_code(accepted(typed), consistent=True)
    if found and not _is_unfinished(found):
        raise VerbRefused(_taken())


def add_code(
    campaign: Campaign,
    act: Act,
    *,
    code: str,
    max_uses: int,
    label: str = "",
    expires_at: datetime | None = None,
) -> Batch:
    """Add a code of staff's choice to the campaign; customers can use it when this returns.

    Safe to repeat: what a call that died left behind is finished with the terms of that call.
    Raises VerbRefused if the code exists, in any spelling, or cannot be one.
    """
    stored = accepted(code)
    gatekeeping.refuse_archived(campaign)
    batch, _is_new = Batch.objects.get_or_create(
        public_id=_batch_id(campaign, stored),
        defaults={
            "campaign": campaign,
            "label": label or _as_chosen(code),
            "origin": Batch.Origin.VANITY,
            "count": 1,
            "max_uses": max_uses,
            "expires_at": expires_at,
            "written_expires_at": expires_at,
        },
    )
    if batch.state != Batch.State.PREPARING:
        raise VerbRefused(_taken())
    if promo_codes.insert_codes([_new_code(batch, stored)]) and not _is_of(batch, stored):
        Batch.objects.filter(pk=batch.pk, state=Batch.State.PREPARING).delete()
        raise VerbRefused(_taken())
    _finish(batch, stored, act)
    return batch


def is_easily_guessed(code: str, *, max_uses: int) -> bool:
    """Whether somebody who tries codes at random would soon take uses of this one."""
    return rules.odds_of_guessing(code, max_uses=max_uses) > rules.SAFE_ODDS


def _prefixes() -> frozenset[str]:
    """Prefixes of generated codes, and those under which some may be generated one day."""
    rows = Campaign.objects.exclude(prefix="").values_list("prefix", flat=True).distinct()
    return gates.read_prefixes() | {rules.normalise_prefix(prefix) for prefix in rows}


def _batch_id(campaign: Campaign, code: str) -> str:
    """Always the same for a code of a campaign, so that a repeated call meets its own row."""
    return hashlib.sha256(f"{campaign.public_id}/{code}".encode()).hexdigest()[:12]


def _new_code(batch: Batch, code: str) -> PromoCode:
    return PromoCode(
        code=code,
        campaign=batch.campaign.public_id,
        batch=batch.public_id,
        max_uses=batch.max_uses,
        created_at=timezone.now(),
        expires_at=batch.written_expires_at,
    )


def _is_of(batch: Batch, code: str) -> bool:
    found = promo_codes.read_code(code, consistent=True)
    return found is not None and found.batch == batch.public_id


def _is_unfinished(found: PromoCode) -> bool:
    rows = Batch.objects.filter(public_id=found.batch, origin=Batch.Origin.VANITY)
    return rows.filter(state=Batch.State.PREPARING).exists()


@transaction.atomic
def _finish(batch: Batch, code: str, act: Act) -> None:
    """Call it ready, once: of two who add the same code at once, one is told that it exists."""
    rows = Batch.objects.filter(pk=batch.pk, state=Batch.State.PREPARING)
    if not rows.update(state=Batch.State.READY):
        raise VerbRefused(_taken())
    batch.refresh_from_db()
    ends = batch.expires_at.isoformat() if batch.expires_at else None
    facts = {"code": rules.masked(code), "max_uses": batch.max_uses, "expires_at": ends}
    audit.record(act, "add code", batch, after=facts)


def _as_chosen(typed: str) -> str:
    """Half hidden, and as staff wrote it: WELC…026 is known again, WE1C…026 is not."""
    return rules.masked("".join(letter for letter in typed.upper() if letter.isalnum()))


def _taken() -> str:
    return _("This code exists already. Look it up under Code search, or choose another.")
