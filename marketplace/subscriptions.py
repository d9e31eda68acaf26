"""What a customer reads of their agreements: state in words, dates, and what happens next."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from marketplace import buyer_pages
from marketplace.buyer_pages import Bought
from marketplace.folding import GOES_ON
from marketplace.models import Agreement, Entitlement
from tenants.models import Tenant


@dataclass(frozen=True)
class Subscription:
    """`colour` is a class of the style sheet; `state` says the same in a word."""

    agreement: Agreement
    bought: Bought
    state: str
    colour: str
    next_step: str
    entitlements: list[Entitlement]

    @property
    def ends_at(self) -> datetime | None:
        return self.agreement.ended_at or self.agreement.ends_at


def of_tenant(tenant: Tenant) -> list[Subscription]:
    """The ones that count come first, then those that ended."""
    rows = Agreement.objects.filter(tenant=tenant).prefetch_related("entitlements")
    return sorted(map(_subscription, rows), key=lambda each: each.agreement.state == "ended")


def _subscription(agreement: Agreement) -> Subscription:
    state, colour = _state(agreement)
    return Subscription(
        agreement=agreement,
        bought=buyer_pages.bought_of(agreement),
        state=state,
        colour=colour,
        next_step=_next_step(agreement),
        entitlements=list(agreement.entitlements.all()),
    )


def _state(agreement: Agreement) -> tuple[str, str]:
    if agreement.state == Agreement.State.PENDING:
        return _("Waiting for AWS"), ""
    if agreement.state == Agreement.State.ACTIVE:
        return _("Active"), "ready"
    word = _("Continued by another one") if agreement.ended_as in GOES_ON else _("Ended")
    return word, "soon" if agreement.ended_as in GOES_ON else "failed"


def _next_step(agreement: Agreement) -> str:
    if agreement.state == Agreement.State.PENDING:
        return _(
            "AWS confirms your subscription, usually within minutes. The API opens by itself then."
        )
    if agreement.state == Agreement.State.ENDED:
        return _next_step_after_end(agreement)
    if agreement.ends_at is None:
        return _("It goes on until you cancel it at AWS.")
    if agreement.auto_renews:
        return _("It renews by itself at its end, unless you turn that off at AWS before.")
    if agreement.auto_renews is None:
        return _("Whether it renews at its end is shown at AWS.")
    return _("It ends then. To go on, renew it at AWS before.")


def _next_step_after_end(agreement: Agreement) -> str:
    if agreement.ended_as in GOES_ON:
        return _("What follows it is listed here as soon as AWS tells us. Calls go on meanwhile.")
    return _("Subscribe again at AWS to go on; then press Set up your account there.")
