"""What staff type to make a link."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from campaigns.links import LONGEST, UTM, Origin, cleaned


class UtmField(forms.CharField):
    def __init__(self, label: Any, help_text: Any = "") -> None:
        super().__init__(
            label=label,
            help_text=help_text,
            max_length=LONGEST,
            required=False,
            widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        )

    def to_python(self, value: Any) -> str:
        # Too much is an error here, where somebody can mend it.
        return cleaned(value) if value and len(value) <= LONGEST else str(value or "")


class LinkForm(forms.Form):
    """Everything may stay empty: then the link leads to the sign-up page and says nothing."""

    utm_source = UtmField(
        _("Source (utm_source)"),
        _(
            "Where the link stands: newsletter, linkedin, fair-berlin. Keep to small letters: "
            "reports count Newsletter and newsletter apart."
        ),
    )
    utm_medium = UtmField(
        _("Medium (utm_medium)"), _("What kind of place that is: mail, social, print.")
    )
    utm_campaign = UtmField(_("Campaign (utm_campaign)"))
    utm_term = UtmField(_("Term (utm_term)"), _("The words that were searched for or paid for."))
    utm_content = UtmField(
        _("Content (utm_content)"), _("Tells two links of one place apart: header, footer.")
    )
    code = forms.CharField(
        label=_("Promo code"),
        max_length=60,
        required=False,
        widget=UnfoldAdminTextInputWidget(
            attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}
        ),
        help_text=_(
            "The sign-up form is then filled in with it. It stands behind a #, which browsers "
            "send to no server. Empty: the visitor types a code."
        ),
    )

    def clean_code(self) -> str:
        return "".join(self.cleaned_data["code"].split())

    def origin(self) -> Origin:
        return Origin(**{name: self.cleaned_data[name] for name in UTM})
