"""What staff do with agreements and with notices."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from backoffice.roles import (
    ATTACH_AGREEMENT,
    DECIDE_AGREEMENT,
    DISMISS_NOTICE,
    LOOK_AT_AGREEMENT,
    RETRY_NOTICE,
)
from backoffice.verbs import Verb, VerbForm
from marketplace import attaching, deciding, waiting
from marketplace.metering.month_verbs import COMPARE, EXPORT, REREAD
from marketplace.models import Notice
from tenants.errors import NotPossible
from tenants.staff_verbs import CUSTOMER_TROUBLES


class CustomerForm(VerbForm):
    customer = forms.CharField(
        label=_("Customer"),
        max_length=254,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Its id, or the whole e-mail address of one of its people."),
    )

    def clean_customer(self) -> str:
        try:
            return attaching.find_customer(self.cleaned_data["customer"]).pk
        except NotPossible as error:
            raise ValidationError(str(error)) from error


class DecisionForm(VerbForm):
    decision = forms.ChoiceField(
        label=_("Decision"),
        choices=[
            (deciding.KEEP, _("Keep: access goes on")),
            (deciding.SUSPEND, _("Suspend the customer")),
        ],
        widget=UnfoldAdminSelectWidget,
    )


def _verb(**declared: Any) -> Verb:
    return Verb(**{"troubles": CUSTOMER_TROUBLES, **declared})


LOOK = _verb(
    name="look",
    label=_("Ask AWS"),
    permission=LOOK_AT_AGREEMENT,
    run=deciding.request_look,
    effects=[
        _("The worker asks AWS how the agreement stands, with its next look."),
        _("The answer is kept like a notice; access follows it if it differs from what we have."),
    ],
    done=ngettext_lazy("AWS is asked about %d agreement.", "AWS is asked about %d agreements."),
    icon="sync",
)
ATTACH = _verb(
    name="attach",
    label=_("Attach to a customer"),
    permission=ATTACH_AGREEMENT,
    run=attaching.attach_agreement,
    form=CustomerForm,
    effects=[
        _("The customer has what was bought as soon as AWS calls the agreement active."),
        _("From then on their use is paid for by this agreement, if its tier is the highest."),
        _("The buyer may not register for it any more; they are led to the customer's sign-in."),
    ],
    done=ngettext_lazy("%d agreement is attached.", "%d agreements are attached."),
    icon="link",
    fits=lambda agreement: agreement.tenant_id is None,
)
DETACH = _verb(
    name="detach",
    label=_("Detach"),
    permission=ATTACH_AGREEMENT,
    run=attaching.detach_agreement,
    effects=[
        _("The grant of this agreement ends now. Without another grant, calls are refused."),
        _("AWS goes on billing the buyer: nothing is cancelled there."),
        _("The agreement waits in the inbox until somebody registers for it or it is attached."),
    ],
    done=ngettext_lazy("%d agreement is detached.", "%d agreements are detached."),
    icon="link_off",
    is_danger=True,
    fits=lambda agreement: agreement.tenant_id is not None,
)
DECIDE = _verb(
    name="decide",
    label=_("Decide on the advisory"),
    permission=DECIDE_AGREEMENT,
    run=deciding.decide_on_advisory,
    form=DecisionForm,
    effects=[
        _("The advisory leaves the inbox. One that AWS issues later comes back."),
        _("If you suspend, every call of the customer is refused at once, whatever grants it has."),
        _("If you keep, nothing changes for the customer."),
    ],
    done=ngettext_lazy("%d advisory is decided.", "%d advisories are decided."),
    icon="gavel",
    fits=waiting.is_advisory_open,
)
SEEN = _verb(
    name="seen",
    label=_("Mark as seen"),
    permission=DECIDE_AGREEMENT,
    run=deciding.mark_seen,
    effects=[
        _("What waits in the inbox because of it now leaves the inbox. What begins later comes."),
        _("An advisory stays until it is decided, and a trouble until it is mended."),
        _("Nothing changes for the customer."),
    ],
    done=ngettext_lazy("%d agreement is marked.", "%d agreements are marked."),
    icon="visibility",
)
AGREEMENT_VERBS = (LOOK, ATTACH, DECIDE, SEEN, COMPARE, EXPORT, REREAD, DETACH)

APPLY_AGAIN = _verb(
    name="apply-again",
    label=_("Apply again"),
    permission=RETRY_NOTICE,
    run=deciding.apply_again,
    effects=[
        _("The worker reads the notice anew. Applying one twice changes nothing."),
        _("One that still fails comes back to the inbox with its trouble."),
    ],
    done=ngettext_lazy("%d notice is applied again.", "%d notices are applied again."),
    icon="refresh",
)
DISMISS = _verb(
    name="dismiss",
    label=_("Mark as seen"),
    permission=DISMISS_NOTICE,
    run=deciding.dismiss,
    effects=[
        _("It leaves the inbox and is kept. Nothing is done because of it."),
        _("It can still be applied again, as when a later version knows its kind."),
    ],
    done=ngettext_lazy("%d notice is marked as seen.", "%d notices are marked as seen."),
    icon="visibility",
    fits=lambda notice: notice.state in (Notice.State.UNKNOWN, Notice.State.UNREADABLE),
)
NOTICE_VERBS = (APPLY_AGAIN, DISMISS)

SEARCH = _verb(
    name="search",
    label=_("Search now"),
    permission=LOOK_AT_AGREEMENT,
    run=deciding.request_search,
    effects=[
        _("The worker lists all agreements of this product at AWS, with its next sweep."),
        _("What nobody told us of is begun here; after an hour it waits in the inbox."),
    ],
    done=ngettext_lazy("%d product is searched.", "%d products are searched."),
    icon="search",
)
SEARCH_VERBS = (SEARCH, COMPARE, EXPORT)
