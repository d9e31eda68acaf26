"""A month of usage: comparing it, exporting its hours, and having counters read again."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

from backoffice.job_pages import page_of
from backoffice.roles import EXPORT_USAGE, RESEND_USAGE
from backoffice.verbs import Verb, VerbForm
from marketplace.metering import comparing, exporting
from marketplace.metering.months import begin_of
from tenants.errors import NotPossible
from tenants.staff_verbs import CUSTOMER_TROUBLES

KEPT = _("Staff who may export usage can download the file for 7 days; then it is deleted.")


def _this_month() -> str:
    return f"{timezone.now():%Y-%m}"


class MonthForm(VerbForm):
    month = forms.CharField(
        label=_("Month (UTC)"),
        max_length=7,
        initial=_this_month,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "placeholder": "2026-11"}),
        help_text=_("As year and month, like 2026-11."),
    )

    def clean_month(self) -> str:
        month = str(self.cleaned_data["month"]).strip()
        try:
            begin_of(month)
        except NotPossible as error:
            raise ValidationError(str(error)) from error
        return month


COMPARE = Verb(
    name="compare",
    label=_("Compare usage"),
    permission=EXPORT_USAGE,
    troubles=CUSTOMER_TROUBLES,
    run=comparing.COMPARISON.start,
    form=MonthForm,
    effects=[
        _("A job asks the API's counters, and writes a file of what differs from them."),
        _("Each line says what a difference means. Nothing is changed or sent."),
        KEPT,
    ],
    done=ngettext_lazy("%d comparison is being made.", "%d comparisons are being made."),
    icon="balance",
    leads_to=page_of,
)
EXPORT = Verb(
    name="export",
    label=_("Export hours"),
    permission=EXPORT_USAGE,
    troubles=CUSTOMER_TROUBLES,
    run=exporting.HOURS.start,
    form=MonthForm,
    effects=[
        _("A job writes a file of every hour in the ledger: what was used, what is billed."),
        _("Each line has AWS's own record and whatever went wrong. Nothing is changed or sent."),
        KEPT,
    ],
    done=ngettext_lazy("%d file is being made.", "%d files are being made."),
    icon="download",
    leads_to=page_of,
)
REREAD = Verb(
    name="reread",
    label=_("Read counters again"),
    permission=RESEND_USAGE,
    troubles=CUSTOMER_TROUBLES,
    run=comparing.reread,
    form=MonthForm,
    effects=[
        _("The worker reads the API's counters from the beginning of this month."),
        _("What they have more than the ledger goes into the next hour, and is billed with it."),
        _("No hour that was sent is changed or sent again. Compare first to see how much it is."),
    ],
    done=ngettext_lazy("%d agreement is read again.", "%d agreements are read again."),
    icon="history",
)
