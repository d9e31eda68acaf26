"""What is wrong with an hour of usage, in plain words, and whether sending it again can help."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from marketplace.metering.deadlines import final_call
from marketplace.metering.identities import TWICE
from marketplace.metering.rows import MeteredHour

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise
else:
    StrOrPromise = str | Promise

State = MeteredHour.State


@dataclass(frozen=True)
class Diagnosis:
    """`can_help`: whether sending the same usage again can change anything."""

    what: StrOrPromise
    to_do: StrOrPromise
    can_help: bool = False


_NOTHING_TO_DO = _("Nothing.")
_BY_ITSELF = _("Nothing: it is sent again by itself until its deadline.")
_MEND_THEN_SEND = _("Mend that, then send it again before its deadline.")

_BY_STATE = {
    State.READY: Diagnosis(_("It waits to be sent."), _BY_ITSELF),
    State.SENDING: Diagnosis(
        _("It was sent, and no answer is kept: AWS may have it. It is sent again word for word."),
        _BY_ITSELF,
    ),
    State.ACCEPTED: Diagnosis(_("AWS bills it."), _NOTHING_TO_DO),
    State.FREE: Diagnosis(
        _("There is nothing to bill: the contract includes it, or a later hour has it."),
        _NOTHING_TO_DO,
    ),
    State.DUPLICATE: Diagnosis(
        _("AWS has another quantity for this hour, and bills that one."),
        _("Find out who else sends usage of this listing. A difference is settled with the buyer."),
    ),
    State.REJECTED: Diagnosis(
        _("AWS said a word that we do not know."),
        _("Read AWS's answer below, then decide whether to send it again."),
        can_help=True,
    ),
    State.EXPIRED: Diagnosis(
        _("It did not reach AWS in time."),
        _("It cannot be billed by use any more. Find out why it was late; settle it by hand."),
    ),
}

# Words in AWS's answers, or ours, that say more than the state. The first that fits counts.
BY_WORD: dict[str, Diagnosis] = {
    TWICE: Diagnosis(
        _("This hour was sent under the customer's other name, and would be billed twice."),
        _("Nothing, if the other row was accepted. Else send that one."),
    ),
    "CustomerNotSubscribed": Diagnosis(
        _("For AWS the customer has no subscription, or their AWS account is suspended."),
        _("Ask AWS about the agreement. If it is active there, send it again."),
        can_help=True,
    ),
    "InvalidLicenseException": Diagnosis(
        _("AWS does not know this license, or the hour lies outside its time."),
        _("Ask AWS about the agreement, so that its license is read anew, then send it again."),
        can_help=True,
    ),
    "InvalidCustomerIdentifierException": Diagnosis(
        _("AWS does not know the customer identifier for this listing."),
        _("Look whether the listing was moved to licenses: then set its model, and send again."),
        can_help=True,
    ),
    "InvalidProductCodeException": Diagnosis(
        _("The product code is not one of this seller's, or goes with no license."),
        _("Look at MARKETPLACE_PRODUCTS and at the seller's role. It is tried again by itself."),
        can_help=True,
    ),
    "InvalidUsageDimensionException": Diagnosis(
        _("The listing has no such dimension; AWS tells capitals from small letters."),
        _("Compare MARKETPLACE_PRODUCTS with the listing. A dimension cannot be renamed there."),
        can_help=True,
    ),
    "InvalidUsageAllocationsException": Diagnosis(
        _("The parts by API key do not add up to the quantity for AWS."),
        _MEND_THEN_SEND,
        can_help=True,
    ),
    "InvalidTagException": Diagnosis(
        _("AWS does not take the tags of the parts by API key."), _MEND_THEN_SEND, can_help=True
    ),
    "TimestampOutOfBoundsException": Diagnosis(
        _("It is too late for AWS, or the hour lies outside the agreement."),
        _("It cannot be billed by use any more. Find out why it was late; settle it by hand."),
    ),
    "ValidationException": Diagnosis(
        _("AWS cannot read the record."),
        _("It is a mistake of ours: show the record below to an engineer."),
        can_help=True,
    ),
    "DisabledApiException": Diagnosis(
        _("Metering is switched off in this Region."),
        _("Look at AWS_REGION. It is tried again by itself."),
        can_help=True,
    ),
    "AccessDenied": Diagnosis(
        _("The portal's role may not send usage."),
        _("Look at the role, or at MARKETPLACE_ROLE_ARN. It is tried again by itself."),
        can_help=True,
    ),
    "ThrottlingException": Diagnosis(_("AWS was too busy."), _BY_ITSELF, can_help=True),
    "InternalServiceErrorException": Diagnosis(
        _("Something broke at AWS."), _BY_ITSELF, can_help=True
    ),
    "did not answer": Diagnosis(
        _("AWS did not answer. It may have the record; it gets it again word for word."),
        _BY_ITSELF,
        can_help=True,
    ),
    "did not get to it": Diagnosis(
        _("AWS took the call and did not get to this record."), _BY_ITSELF, can_help=True
    ),
    "nothing tells yet": Diagnosis(
        _("Nobody has told us yet by which license AWS bills this agreement."),
        _("Ask AWS about the agreement. It is tried again by itself."),
        can_help=True,
    ),
}
_UNCOLLECTED = Diagnosis(
    _("Something was counted after the last hour of the agreement had been sent."),
    _("It cannot be billed by use any more. Settle it by hand, or leave it."),
)


def diagnosis_of(row: MeteredHour, now: datetime) -> Diagnosis:
    """Return the most telling one; `can_help` also looks at the clock."""
    found = _found(row)
    if found.can_help and now >= final_call(row.hour):
        return Diagnosis(found.what, _("It is too late for AWS: settle it by hand."))
    return found


def _found(row: MeteredHour) -> Diagnosis:
    if row.uncollected and row.state not in MeteredHour.LOST:
        return _UNCOLLECTED
    if row.state not in (State.ACCEPTED, State.FREE, State.DUPLICATE):
        for word, diagnosis in BY_WORD.items():
            if word in row.trouble:
                return diagnosis
    return _BY_STATE[State(row.state)]
