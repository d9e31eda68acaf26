"""What staff may do with rows of the ledger."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from backoffice.roles import RESEND_USAGE
from backoffice.verbs import Verb
from marketplace.metering import repairing
from marketplace.metering.rows import MeteredHour
from tenants.staff_verbs import CUSTOMER_TROUBLES


def _is_lost(row: Any) -> bool:
    return row.seen_at is None and (row.state in MeteredHour.LOST or row.uncollected > 0)


SEND_AGAIN = Verb(
    name="send-again",
    label=_("Send again"),
    permission=RESEND_USAGE,
    troubles=CUSTOMER_TROUBLES,
    run=repairing.send_again,
    effects=[
        _("The worker sends the hour to AWS with its next call, until its deadline."),
        _("Its record is made anew, unless AWS may have it: then it goes word for word as it was."),
        _("AWS bills an hour once: if it has it already, nothing changes."),
    ],
    done=ngettext_lazy("%d hour is sent again.", "%d hours are sent again."),
    icon="send",
    fits=repairing.can_be_sent_again,
)
SEEN = Verb(
    name="seen",
    label=_("Mark as seen"),
    permission=RESEND_USAGE,
    troubles=CUSTOMER_TROUBLES,
    run=repairing.mark_seen,
    effects=[
        _("It leaves the inbox, and stays in the ledger as it is."),
        _("Nothing is billed because of it."),
    ],
    done=ngettext_lazy("%d hour is marked.", "%d hours are marked."),
    icon="visibility",
    fits=_is_lost,
)
LEDGER_VERBS = (SEND_AGAIN, SEEN)
