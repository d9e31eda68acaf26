"""How staff read what AWS says of an agreement: in plain words, with AWS's own word beside them."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace import folding
from marketplace.models import Agreement
from marketplace.products import Product, ProductUnknown, product_of

# https://docs.aws.amazon.com/marketplace/latest/APIReference/API_marketplace-agreements_DescribeAgreement.html
_ENDS = {
    "CANCELLED": gettext_lazy("the buyer ended it before its date"),
    "EXPIRED": gettext_lazy("it ended on its date"),
    "TERMINATED": gettext_lazy("AWS ended it, for instance because a payment failed"),
    "ARCHIVED": gettext_lazy("AWS gives no reason"),
    "ROLLED_BACK": gettext_lazy("AWS took it back because of an error"),
    "RENEWED": gettext_lazy("it was renewed, and another one follows"),
    "REPLACED": gettext_lazy("an offer replaced it, and another one follows"),
    "SUPERSEDED": gettext_lazy("another one took its place"),
}
# Of these AWS gives no status: the word beside is the notice's.
_OUR_ENDS = {
    folding.DEPROVISIONED: (gettext_lazy("its licence was withdrawn"), "License Deprovisioned"),
    folding.UNSUBSCRIBED: (gettext_lazy("the buyer unsubscribed"), "unsubscribe-pending"),
    folding.FAILED: (gettext_lazy("the subscription failed"), "subscribe-fail"),
    folding.EMPTY: (gettext_lazy("nothing is entitled to any more"), "GetEntitlements"),
}
_INTENTS = {
    "NEW": gettext_lazy("a new purchase"),
    "RENEW": gettext_lazy("the renewal of another agreement"),
    "REPLACE": gettext_lazy("the replacement of another agreement"),
}


def end_in_words(word: str) -> str:
    """Return how an agreement ended; a word that is new to us is repeated as it is."""
    known = _OUR_ENDS.get(word) or (_ENDS.get(word) or _("for a reason that is new to us"), word)
    return _("%(words)s (%(word)s)") % {"words": known[0], "word": known[1]}


def state_in_words(agreement: Agreement) -> str:
    if agreement.state == Agreement.State.PENDING:
        return _("Waiting: AWS has not confirmed it yet")
    return str(agreement.get_state_display())


def intent_in_words(intent: str) -> str:
    words = _INTENTS.get(intent)
    return _("%(words)s (%(word)s)") % {"words": words, "word": intent} if words else intent


def renewal_in_words(auto_renews: bool | None) -> str:
    if auto_renews is None:
        return _("AWS has not said")
    return _("yes") if auto_renews else _("no")


def billed_in_words(agreement: Agreement) -> str:
    """Return what AWS bills the buyer for; empty where no listing of ours says it."""
    try:
        product = product_of(agreement.product_code)
    except ProductUnknown:
        return ""
    return _billing_of(product) % {"metered": ", ".join(product.metered.values())}


def _billing_of(product: Product) -> str:
    if product.pricing == "contract":
        return _("the price of the contract")
    if product.pricing == "subscription":
        return _("what is used: %(metered)s")
    return _("the price of the contract, and what is used beyond it: %(metered)s")
