"""The shape and wording of what people type in the account."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tenants.forms import PasswordForm, SignUpForm
from tenants.models import Member


def present_password(**options: Any) -> forms.CharField:
    return forms.CharField(
        **{"label": _("Your present password"), **options},
        max_length=256,
        strip=False,
        error_messages={
            "required": _("Write your password."),
            "max_length": _("Use at most 256 characters."),
        },
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class AddressForm(forms.Form):
    """The address that somebody signs in with, casefolded."""

    email = forms.EmailField(
        label=_("E-mail"),
        max_length=150,
        error_messages={
            "required": _("Write your e-mail address."),
            "invalid": _("Write a whole e-mail address, such as you@example.com."),
            "max_length": _("Use an address of at most 150 characters."),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).strip().casefold()


class SignInForm(AddressForm):
    password = present_password(label=_("Password"))


class CodeField(forms.CharField):
    """Six digits of an authenticator app, however they are grouped."""

    def __init__(self, *, required: bool = True) -> None:
        super().__init__(
            label=_("Code from your authenticator app"),
            required=required,
            max_length=12,
            help_text=_("Six digits, new every 30 seconds."),
            error_messages={
                "required": _("Write the six digits that the app shows."),
                "max_length": _("The code has six digits."),
            },
            widget=forms.TextInput(
                attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "code"}
            ),
        )

    def clean(self, value: str) -> str:
        code = "".join(str(super().clean(value)).split())
        if code and not (len(code) == 6 and code.isascii() and code.isdigit()):
            raise forms.ValidationError(_("The code has six digits."))
        return code


class CodeForm(forms.Form):
    code = CodeField()


class ProofForm(forms.Form):
    present = present_password()


class AuthenticatorForm(ProofForm):
    code = CodeField()


class ChangePasswordForm(PasswordForm):
    present = present_password()
    code = CodeField(required=False)
    field_order = ("present", "code", "password", "repeated")


class PersonForm(ProofForm):
    """Who it is, with a code only where there is an app."""

    code = CodeField(required=False)


class CloseForm(PersonForm):
    company = forms.CharField(
        label=_("The name of your company, as it stands above"),
        max_length=200,
        error_messages={"required": _("Write the name to confirm.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    field_order = ("company", "present", "code")


class RedeemForm(forms.Form):
    code = forms.CharField(
        label=_("Promo code"),
        max_length=60,
        help_text=_("Capitals, hyphens and spaces do not matter."),
        error_messages={
            "required": _("Write the code that you were given."),
            "max_length": _("Check the spelling: no code is this long."),
        },
    )


class RoleForm(forms.Form):
    role = forms.ChoiceField(
        label=_("Role"), choices=Member.Role.choices, initial=Member.Role.DEVELOPER
    )


class GiveForm(PersonForm):
    """Who gives the account, and what they are afterwards."""

    keep = forms.ChoiceField(
        label=_("You are afterwards"),
        choices=[each for each in Member.Role.choices if each[0] != Member.Role.OWNER],
        initial=Member.Role.DEVELOPER,
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"), _("Choose what you are afterwards.")
        ),
    )
    field_order = ("keep", "present", "code")


class InviteForm(RoleForm):
    full_name = forms.CharField(
        label=_("Name"),
        max_length=150,
        error_messages={"required": _("Write their name.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    email = forms.EmailField(
        label=_("E-mail"),
        min_length=7,
        max_length=150,
        error_messages=SignUpForm.base_fields["email"].error_messages,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    field_order = ("full_name", "email", "role")

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).strip().casefold()
