"""SES's words for why a mail came back, as sentences for staff.

https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html#bounce-types
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from adapters.mail_events import Kind

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise
else:
    StrOrPromise = str | Promise

_BOUNCES: Mapping[str, StrOrPromise] = {
    "General": gettext_lazy("The other mail server refused it."),
    "NoEmail": gettext_lazy("There is no such address."),
    "Suppressed": gettext_lazy("SES knows that mail to this address has come back lately."),
    "OnAccountSuppressionList": gettext_lazy(
        "The address is on our account's list at SES, because a mail bounced before."
    ),
}
_SOFT: Mapping[str, StrOrPromise] = {
    "General": gettext_lazy("The other mail server would not have it this time."),
    "MailboxFull": gettext_lazy("The mailbox is full."),
    "MessageTooLarge": gettext_lazy("The mail is too large for the other server."),
    "ContentRejected": gettext_lazy("The other server does not like what the mail says."),
    "AttachmentRejected": gettext_lazy("The other server does not like what is attached."),
    "CustomTimeoutExceeded": gettext_lazy("It could not be delivered in time."),
    "Undetermined": gettext_lazy("The other server did not say why."),
}
_DELAYS: Mapping[str, StrOrPromise] = {
    "MailboxFull": gettext_lazy("The mailbox is full."),
    "SpamDetected": gettext_lazy("The other server takes our mails for unwanted ones."),
    "RecipientServerError": gettext_lazy("The other mail server has a fault."),
    "IPFailure": gettext_lazy("The other server blocks the address that SES sends from."),
    "TransientCommunicationFailure": gettext_lazy("The other mail server cannot be reached."),
    "InternalFailure": gettext_lazy("SES itself has a fault."),
    "SendingDeferral": gettext_lazy("SES itself waits before it sends."),
}
_COMPLAINTS: Mapping[str, StrOrPromise] = {
    "abuse": gettext_lazy("The reader marked it as unwanted."),
    "fraud": gettext_lazy("The reader takes it for fraud."),
    "virus": gettext_lazy("The reader's provider found a virus in it."),
    "auth-failure": gettext_lazy("The other server could not verify that it is from us."),
    "OnAccountSuppressionList": gettext_lazy(
        "The address is on our account's list at SES, because its reader complained before."
    ),
}
_BY_KIND: Mapping[str, tuple[Mapping[str, StrOrPromise], StrOrPromise]] = {
    Kind.BOUNCED: (_BOUNCES, gettext_lazy("It cannot be delivered.")),
    Kind.SOFT_BOUNCED: (_SOFT, gettext_lazy("It could not be delivered this time.")),
    Kind.DELAYED: (_DELAYS, gettext_lazy("It could not be delivered yet.")),
    Kind.COMPLAINED: (_COMPLAINTS, gettext_lazy("The reader complained about it.")),
    Kind.REJECTED: ({}, gettext_lazy("SES found something bad in it and did not send it.")),
}


def why(kind: str, reason: str, said: str = "") -> str:
    """Return the sentence, with the other server's own words after it. Empty for good news."""
    if kind not in _BY_KIND:
        return ""
    sentences, otherwise = _BY_KIND[kind]
    sentence = str(sentences.get(reason, otherwise))
    if not said:
        return sentence
    return _("%(sentence)s The server said: %(said)s") % {"sentence": sentence, "said": said}
