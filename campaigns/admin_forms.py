"""What staff type into the pages of campaigns."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextInputWidget,
)

from backoffice.fields import MomentField
from backoffice.verbs import VerbForm


class ExpiryForm(VerbForm):
    expires_at = MomentField(
        label=_("Codes work until"),
        required=False,
        help_text=_("Empty: as long as the campaign."),
    )

    def __init__(self, data: Any = None, *, rows: Any = ()) -> None:
        super().__init__(data, rows=rows)
        self.fields["expires_at"].initial = rows[0].expires_at if len(rows) == 1 else None


class RenameForm(VerbForm):
    label = forms.CharField(
        label=_("Label"),
        max_length=100,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("For you, to tell batches apart: trade fair Berlin."),
    )

    def __init__(self, data: Any = None, *, rows: Any = ()) -> None:
        super().__init__(data, rows=rows)
        self.fields["label"].initial = rows[0].label if len(rows) == 1 else ""


class ExtendForm(VerbForm):
    ends_at = MomentField(label=_("New end"), help_text=_("Later than the present one."))


class CapForm(VerbForm):
    cap = forms.IntegerField(
        label=_("Redemptions at most"),
        required=False,
        min_value=1,
        max_value=1_000_000_000,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("All codes of the campaign together. Empty: no limit but the codes'."),
    )


class CodeSearchForm(forms.Form):
    code = forms.CharField(
        label=_("Promo code"),
        max_length=100,
        widget=UnfoldAdminTextInputWidget(
            attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}
        ),
        help_text=_("In any spelling: small letters, spaces, O for 0. It is not kept in any log."),
    )
