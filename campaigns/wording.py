"""The sentences for what became of a code, each with its next step."""

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from adapters.definitions import definition
from campaigns.errors import CodeRefused
from campaigns.redemptions import Answer


def reason(refusal: CodeRefused | None) -> str | None:
    """Return the public reason of a refusal, or None for a good code."""
    return refusal.public_reason if refusal else None


def sentence(reason: str) -> str:
    sentences = {
        "misspelled": _("Check the spelling: no code looks like this."),
        "not_started": _("This code is not valid yet. Try again when the campaign has started."),
        "expired": _("This code has expired. Ask whoever gave it to you for a new one."),
        "used_up": _("This code has been used. Ask whoever gave it to you for a new one."),
        "held": _("Somebody is signing up with this code just now. Try again in a while."),
        "wrong_domain": _("This code is not for your e-mail domain. Use your work address."),
        "new_customers_only": _("This code is for new customers only."),
        "once_per_customer": _("You have redeemed a code of this campaign. One is the limit."),
        "campaign_full": _("All places of this campaign are taken. Ask for another code."),
        "paused": _("This code is paused at the moment. Try again later."),
        "rate_limited": _("Too many tries from here. Wait a few minutes, then try again."),
        "revoked": _("This code has been withdrawn. Ask whoever gave it to you for a new one."),
    }
    return sentences.get(reason, _("This code cannot be used. Check it, or ask for another one."))


def good(answer: Answer) -> str:
    """Say what a good code gives, for how long, and until when it can be used."""
    gate = answer.gate
    if gate is None:
        return ""
    words = {"tier": definition("tiers")[gate.tier]["label"], "campaign": gate.name}
    if gate.access_days is None:
        gives = _("Good: it gives you the %(tier)s tier (%(campaign)s).") % words
    else:
        gives = ngettext(
            "Good: it gives you the %(tier)s tier for %(days)d day (%(campaign)s).",
            "Good: it gives you the %(tier)s tier for %(days)d days (%(campaign)s).",
            gate.access_days,
        ) % {**words, "days": gate.access_days}
    if answer.until is None:
        return gives
    end = timezone.localtime(answer.until).strftime("%Y-%m-%d %H:%M %Z")
    return f"{gives} {_('Use it until %(end)s.') % {'end': end}}"
