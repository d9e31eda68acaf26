"""The shape and wording of what people type in the account."""

from django import forms
from django.utils.translation import gettext_lazy as _


class SignInForm(forms.Form):
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
    password = forms.CharField(
        label=_("Password"),
        max_length=256,
        strip=False,
        error_messages={
            "required": _("Write your password."),
            "max_length": _("Use at most 256 characters."),
        },
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).strip().casefold()


class ForgottenForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=150,
        help_text=_("The address that you sign in with."),
        error_messages={
            "required": _("Write your e-mail address."),
            "invalid": _("Write a whole e-mail address, such as you@example.com."),
            "max_length": _("Use an address of at most 150 characters."),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).strip().casefold()


class CodeForm(forms.Form):
    """Six digits of an authenticator app, however they are grouped."""

    code = forms.CharField(
        label=_("Code from your authenticator app"),
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

    def clean_code(self) -> str:
        code = "".join(str(self.cleaned_data["code"]).split())
        if len(code) != 6 or not code.isascii() or not code.isdigit():
            raise forms.ValidationError(_("The code has six digits."))
        return code


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
