"""What an owner types and chooses about the domains of the account."""

from django import forms
from django.utils.translation import gettext_lazy as _

from tenants.domains.claiming import MAILBOXES
from tenants.models import Domain, DomainClaim


class DomainForm(forms.Form):
    name = forms.CharField(
        label=_("Domain"),
        max_length=253,
        help_text=_("What follows the @ of your addresses: example.com. A subdomain is another."),
        error_messages={
            "required": _("Write the domain."),
            "max_length": _("No domain is this long."),
        },
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )


class MailboxForm(forms.Form):
    mailbox = forms.ChoiceField(
        label=_("Mail to"),
        error_messages={
            "required": _("Choose one of the addresses."),
            "invalid_choice": _("Choose one of the addresses of the list."),
        },
    )

    def __init__(self, claim: DomainClaim, data: object = None) -> None:
        super().__init__(data, initial={"mailbox": claim.mailbox or MAILBOXES[0]})  # type: ignore[arg-type]
        choices = [(each, f"{each}@{claim.name}") for each in MAILBOXES]
        self.fields["mailbox"].choices = choices  # type: ignore[attr-defined]


class JoinRuleForm(forms.Form):
    rule = forms.ChoiceField(
        label=_("Somebody who opens an account with such an address"), choices=Domain.Rule.choices
    )
