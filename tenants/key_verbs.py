"""What staff do with API keys: rotate a customer's, revoke one, let one end."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldBooleanWidget,
)

from backoffice.audit import Act
from backoffice.roles import REVOKE_KEY, ROTATE_KEY
from backoffice.verbs import TROUBLES, Verb, VerbForm
from tenants import keys
from tenants.errors import NotPossible
from tenants.models import ApiKey, Tenant

_TROUBLES: dict[type[Exception], Any] = {NotPossible: "", **TROUBLES}


class RotateForm(VerbForm):
    overlap = forms.ChoiceField(
        label=_("The old key, once the new one is ready"),
        choices=[(name, words) for name, (_span, words) in keys.OVERLAPS.items()],
        initial=keys.USUAL_OVERLAP,
        widget=UnfoldAdminSelectWidget,
    )
    end_older = forms.BooleanField(
        label=_("End a key that is still being retired"),
        required=False,
        widget=UnfoldBooleanWidget,
        help_text=_("An account has two keys at most. Otherwise such an account is refused."),
    )


class EndForm(VerbForm):
    ends_on = forms.DateField(
        label=_("Last day"),
        widget=UnfoldAdminSingleDateWidget,
        help_text=_("The key ends with this day, and so does whatever replaces it."),
    )

    def clean_ends_on(self) -> Any:
        day = self.cleaned_data["ends_on"]
        if day < timezone.localdate():
            raise forms.ValidationError(_("Choose today or a later day."))
        return day


def _rotate(tenant: Tenant, act: Act, *, overlap: str, end_older: bool) -> None:
    keys.rotate_key(tenant, act, overlap=keys.OVERLAPS[overlap][0], end_older=end_older)


def _set_end(key: ApiKey, act: Act, *, ends_on: Any) -> None:
    midnight = timezone.localtime().replace(
        year=ends_on.year, month=ends_on.month, day=ends_on.day, hour=23, minute=59, second=59
    )
    keys.set_expiry(key, act, expires_at=midnight)


ROTATE = Verb(
    name="rotate-key",
    label=_("Rotate API key"),
    permission=ROTATE_KEY,
    run=_rotate,
    form=RotateForm,
    effects=[
        _("A new key is made. Owners or developers have it shown once, in their account."),
        _("The old key goes on working for the time you choose, then it is refused and deleted."),
        _("In that time each of the two has its own counters of rate and quota at the gateway."),
    ],
    done=ngettext_lazy("%d account gets a new key.", "%d accounts get a new key."),
    icon="key",
    is_bulk=True,
    fits=lambda tenant: tenant.state == Tenant.State.ACTIVE,
    troubles=_TROUBLES,
)
REVOKE = Verb(
    name="revoke",
    label=_("Revoke"),
    permission=REVOKE_KEY,
    run=keys.revoke_key,
    effects=[
        _("The key is refused from the next call on, and deleted. This cannot be undone."),
        _("No new key is made: rotate for a change without an outage."),
    ],
    done=ngettext_lazy("%d key is revoked.", "%d keys are revoked."),
    icon="key_off",
    is_bulk=True,
    is_danger=True,
    fits=lambda key: key.works,
    troubles=_TROUBLES,
)
PUBLISHED = Verb(
    name="published",
    label=_("This key was published"),
    permission=REVOKE_KEY,
    run=keys.revoke_published_key,
    effects=[
        _("The key is refused from the next call on, and deleted. This cannot be undone."),
        _("If it is the current key, a new one is made, to be shown once in the account."),
        _("Every owner of the account gets a mail that says so, with the way to the new key."),
    ],
    done=ngettext_lazy("%d published key is revoked.", "%d published keys are revoked."),
    icon="campaign",
    is_bulk=True,
    is_danger=True,
    fits=lambda key: key.works,
    troubles=_TROUBLES,
)
SET_END = Verb(
    name="set-end",
    label=_("Let it end"),
    permission=REVOKE_KEY,
    run=_set_end,
    form=EndForm,
    effects=[
        _("The key works until the end of the day you choose, in the time zone of this site."),
        _("No rotation extends it. After it only staff can make another key."),
    ],
    done=ngettext_lazy("%d key has an end now.", "%d keys have an end now."),
    icon="event_busy",
    is_bulk=True,
    fits=lambda key: key.works,
    troubles=_TROUBLES,
)
KEY_VERBS = (SET_END, PUBLISHED, REVOKE)
