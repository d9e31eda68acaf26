"""What somebody without a code is asked: who they are, then the code from the mail."""

from django import forms
from django.utils.translation import gettext_lazy as _

from tenants.forms import AccountForm


class RegisterForm(AccountForm):
    field_order = ("email", "full_name", "company", "marketing_opt_in", "accept_terms")


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("Code from the mail"),
        max_length=20,
        help_text=_("Six digits. Spaces do not matter."),
        error_messages={
            "required": _("Type the code that we mailed to you."),
            "max_length": _("The code has six digits."),
        },
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )

    def clean_code(self) -> str:
        """Return the digits alone: a pasted code brings spaces, and hyphens now and then."""
        digits = "".join(symbol for symbol in self.cleaned_data["code"] if symbol.isdecimal())
        if len(digits) != 6 or not digits.isascii():
            raise forms.ValidationError(_("The code has six digits."))
        return digits

    def refuse(self) -> None:
        """One sentence for all: which it is would tell who has an account."""
        self.add_error("code", _("That is not the code, or it is too old. Ask for another one."))
