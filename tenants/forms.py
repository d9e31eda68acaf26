"""The shape and wording of what customers type."""

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.links import UTM, Origin, cleaned
from tenants.newsletters import wordings
from tenants.signups import Wish


class OriginField(forms.CharField):
    """One part of where the visitor came from. Nobody typed it, so nobody is told of errors."""

    def to_python(self, value: Any) -> str:
        return cleaned(str(value or ""))


class AccountForm(forms.Form):
    """What everybody is asked who gets an account, whatever brings them."""

    # 7 to 150 characters: what the user pool accepts (infra/identity.yaml).
    email = forms.EmailField(
        label=_("Work e-mail"),
        min_length=7,
        max_length=150,
        error_messages={
            "required": _("Write your e-mail address."),
            "invalid": _("Write a whole e-mail address, such as you@example.com."),
            "min_length": _("Write a whole e-mail address, such as you@example.com."),
            "max_length": _("Use an address of at most 150 characters."),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    full_name = forms.CharField(
        label=_("Your name"),
        max_length=150,
        error_messages={"required": _("Write your name.")},
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    company = forms.CharField(
        label=_("Company"),
        max_length=200,
        error_messages={"required": _("Write the name of your company, or your own.")},
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    marketing_opt_in = forms.BooleanField(label=wordings.WORDINGS[wordings.SIGN_UP], required=False)
    accept_terms = forms.BooleanField(
        label=_("I accept the terms of use."),
        error_messages={"required": _("Accept the terms of use to go on.")},
    )
    # One form is one sign-up, however often it is sent.
    form_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"form_key": uuid.uuid4(), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).strip().casefold()

    def wish(self) -> Wish:
        given = self.cleaned_data
        return Wish(
            email=given["email"],
            full_name=given["full_name"],
            company=given["company"],
            code=given.get("code", ""),
            marketing_opt_in=given["marketing_opt_in"],
            origin=Origin(**{name: given[name] for name in UTM if name in given}),
        )


class SignUpForm(AccountForm):
    code = forms.CharField(
        label=_("Promo code"),
        max_length=60,
        help_text=_("Capitals, hyphens and spaces do not matter."),
        error_messages={
            "required": _("Write the code that you were given."),
            "max_length": _("Check the spelling: no code is this long."),
        },
    )
    field_order = ("email", "full_name", "company", "code", "marketing_opt_in", "accept_terms")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in UTM:
            self.fields[name] = OriginField(required=False, widget=forms.HiddenInput)


class PasswordForm(forms.Form):
    password = forms.CharField(
        label=_("New password"),
        min_length=12,
        max_length=256,
        strip=False,
        help_text=_("At least 12 characters, with a capital, a small letter and a digit."),
        error_messages={
            "required": _("Choose a password."),
            "min_length": _("Use at least 12 characters."),
            "max_length": _("Use at most 256 characters."),
        },
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    repeated = forms.CharField(
        label=_("The same again"),
        max_length=256,
        error_messages={"required": _("Write the password once more.")},
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("password") and given.get("password") != given.get("repeated"):
            self.add_error("repeated", _("The two passwords differ."))
        return given
