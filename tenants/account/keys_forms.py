"""What a customer chooses when they replace or end a key."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tenants import keys
from tenants.key_facts import Keys


class RotateForm(forms.Form):
    overlap = forms.ChoiceField(
        label=_("How long shall the old key go on working?"),
        choices=[(name, words) for name, (_span, words) in keys.OVERLAPS.items()],
        initial=keys.USUAL_OVERLAP,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose how long the old key shall go on working."),
            "invalid_choice": _("Choose one of the times."),
        },
    )
    end_older = forms.BooleanField(
        label=_("End the older key now. Programs that still use it are refused at once."),
        required=False,
    )

    def __init__(self, data: Any = None, *, now: Keys) -> None:
        super().__init__(data)
        if now.live is None:
            del self.fields["overlap"]
        if now.retiring is None:
            del self.fields["end_older"]

    def span(self) -> timedelta:
        return keys.OVERLAPS[self.cleaned_data.get("overlap", "none")][0]


class RevokeForm(forms.Form):
    is_published = forms.BooleanField(
        label=_("Strangers can read this key: it was published or stolen."),
        required=False,
        help_text=_("Owners get a mail, and a new key is made if it is the current one."),
    )
