"""What steps and reasons are called on staff pages."""

from django.utils.translation import gettext_lazy as _

STEPS = {
    "check": _("Check"),
    "hold": _("Hold"),
    "redeem": _("Redemption"),
    "release": _("Giving back"),
}

REASONS = {
    "unknown": _("Unknown code"),
    "misspelled": _("Misspelled"),
    "not_started": _("Not started"),
    "expired": _("Expired"),
    "used_up": _("Used up"),
    "paused": _("Paused"),
    "revoked": _("Withdrawn"),
    "held": _("Held by somebody else"),
    "wrong_domain": _("Wrong e-mail domain"),
    "new_customers_only": _("Not a new customer"),
    "once_per_customer": _("Second one of a customer"),
    "campaign_full": _("Campaign is full"),
    "good": _("Good"),
    "repeated": _("Repeated"),
    "nothing_held": _("Nothing to give back"),
    "hold_expired": _("Hold expired"),
}
