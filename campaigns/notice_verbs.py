"""How staff say who is told of a campaign's sign-ups."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from backoffice.verbs import Verb, VerbForm
from campaigns.models import Campaign
from campaigns.notices import set_notices

MOST_ADDRESSES = 20
# What a mail's row holds (tenants.Message.to).
LONGEST_ADDRESS = 150


class NotifyForm(VerbForm):
    notify = forms.ChoiceField(
        label=_("Mail a notice"), choices=Campaign.Notify.choices, widget=UnfoldAdminSelectWidget
    )
    addresses = forms.CharField(
        label=_("To these addresses"),
        max_length=MOST_ADDRESSES * (LONGEST_ADDRESS + 2),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4, "spellcheck": "false"}),
        help_text=_("One in each line, colleagues only: a notice names the customer."),
    )

    def __init__(self, data: Any = None, *, rows: Any = ()) -> None:
        super().__init__(data, rows=rows)
        if rows:
            self.fields["notify"].initial = rows[0].notify
            self.fields["addresses"].initial = rows[0].notify_addresses

    def clean_addresses(self) -> list[str]:
        lines = (line.strip().casefold() for line in self.cleaned_data["addresses"].splitlines())
        addresses = list(dict.fromkeys(filter(None, lines)))
        if len(addresses) > MOST_ADDRESSES:
            raise ValidationError(_("Name %(most)d addresses at most.") % {"most": MOST_ADDRESSES})
        for address in addresses:
            _require_address(address)
        return addresses

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("notify") != Campaign.Notify.NONE and given.get("addresses") == []:
            self.add_error("addresses", _("Name at least one address."))
        return given


def _require_address(text: str) -> None:
    try:
        validate_email(text)
    except ValidationError as error:
        words = _("“%(text)s” is not an e-mail address.") % {"text": text[:LONGEST_ADDRESS]}
        raise ValidationError(words) from error
    if len(text) > LONGEST_ADDRESS:
        words = _("Use addresses of at most %(most)d characters.") % {"most": LONGEST_ADDRESS}
        raise ValidationError(words)


NOTIFY = Verb(
    name="notify",
    label=_("Set sign-up notices"),
    permission="campaigns.change_campaign",
    run=set_notices,
    form=NotifyForm,
    effects=[
        _("A notice names company, person, address and where the sign-up came from; never a code."),
        _("One for each sign-up is mailed at once."),
        _("One a day is mailed after 7 in the morning, with the sign-ups of the day before."),
        _("A day without sign-ups brings no mail."),
        _("An alarm, because many codes are refused, is mailed to the same addresses at once."),
    ],
    done=ngettext_lazy(
        "The notices of %d campaign are set.", "The notices of %d campaigns are set."
    ),
    icon="notifications",
    fits=lambda campaign: campaign.state != Campaign.State.ARCHIVED,
)
