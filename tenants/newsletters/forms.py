"""The form in which marketing sets up a connection to a newsletter platform."""

import re
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminURLInputWidget,
)

from tenants.newsletters.kinds import TERMS
from tenants.newsletters.rows import NewsletterConnection

_VARIABLE = re.compile(r"NEWSLETTER_KEY_[A-Z0-9_]{1,100}")


class ConnectionForm(forms.ModelForm):  # type: ignore[type-arg]
    """Where a key is kept is asked for, never the key."""

    per_minute = forms.IntegerField(
        label=gettext_lazy("Requests a minute"),
        required=False,
        min_value=1,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=gettext_lazy("Empty: what the platform allows, less a margin for others."),
    )
    form_url = forms.URLField(
        label=gettext_lazy("Sign-up page of the platform"),
        required=False,
        max_length=200,
        assume_scheme="https",
        widget=UnfoldAdminURLInputWidget,
        help_text=gettext_lazy(
            "Shown to people who opted out there: only they can subscribe again."
        ),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text=gettext_lazy("Kept in the audit trail, for whoever asks later."),
    )

    class Meta:
        model = NewsletterConnection
        fields = (
            "name",
            "kind",
            "key_name",
            "audience",
            "tag",
            "confirms",
            "per_minute",
            "is_enabled",
            "campaigns",
            "without_campaign",
            "form_url",
        )
        help_texts: ClassVar = {
            "key_name": gettext_lazy(
                "Never the key itself: the name of an environment variable that begins with "
                "NEWSLETTER_KEY_, or of a SecureString parameter, such as "
                "/gatehouse/production/newsletters/kit."
            ),
            "audience": gettext_lazy(
                "Mailchimp: id of the list. HubSpot: number of the subscription type. beehiiv: id "
                "of the publication. Kit: empty."
            ),
            "tag": gettext_lazy(
                "Mailchimp, beehiiv: a text. HubSpot: property=value. Kit: number of the tag."
            ),
            "confirms": gettext_lazy(
                "The platform asks each person by mail before it sends news. Mailchimp and "
                "beehiiv only."
            ),
            "is_enabled": gettext_lazy("Switched off it subscribes nobody and still unsubscribes."),
            "campaigns": gettext_lazy(
                "Customers of these who said yes to product news are subscribed, those who said "
                "so earlier, too."
            ),
            "without_campaign": gettext_lazy("From AWS Marketplace, or by open registration."),
        }

    def clean_key_name(self) -> str:
        name = str(self.cleaned_data["key_name"]).strip()
        parameter = rf"/gatehouse/{re.escape(settings.STAGE)}/newsletters/[A-Za-z0-9_.-]+"
        if not (_VARIABLE.fullmatch(name) or re.fullmatch(parameter, name)):
            raise forms.ValidationError(
                _("Write NEWSLETTER_KEY_… or /gatehouse/%(stage)s/newsletters/… – never the key.")
                % {"stage": settings.STAGE}
            )
        return name

    def clean(self) -> dict[str, Any] | None:
        super().clean()
        given = self.cleaned_data
        if given.get("kind") not in TERMS:
            return given
        terms = TERMS[given["kind"]]
        if not re.fullmatch(terms.audience, given.get("audience", "")):
            self.add_error("audience", terms.audience_words)
        if given.get("tag") and not re.fullmatch(terms.tag, given["tag"]):
            self.add_error("tag", terms.tag_words)
        if given.get("confirms") and not terms.confirms:
            self.add_error("confirms", _("This platform cannot be asked to do that."))
        self._read_pace(terms.per_minute, terms.most)
        return given

    def _read_pace(self, usual: int, most: int) -> None:
        if not self.cleaned_data.get("per_minute"):
            self.cleaned_data["per_minute"] = usual
        elif self.cleaned_data["per_minute"] > most:
            words = _("This platform allows %(most)d requests a minute.") % {"most": most}
            self.add_error("per_minute", words)
