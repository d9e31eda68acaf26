"""What staff do with grants: add one to a customer, end one."""

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminSingleDateWidget

from backoffice.audit import Act
from backoffice.roles import GIVE_GRANT
from backoffice.verbs import TROUBLES, Verb, VerbForm
from campaigns.models import tier_choices
from tenants import grants
from tenants.errors import NotPossible
from tenants.models import Grant, Tenant

_TROUBLES: dict[type[Exception], Any] = {NotPossible: "", **TROUBLES}


class GrantForm(VerbForm):
    tier = forms.ChoiceField(label=_("Tier"), choices=tier_choices, widget=UnfoldAdminSelectWidget)
    first_day = forms.DateField(
        label=_("First day"),
        initial=timezone.localdate,
        widget=UnfoldAdminSingleDateWidget,
        help_text=_("Today: at once. A later one: from its midnight, in this site's time zone."),
    )
    last_day = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=UnfoldAdminSingleDateWidget,
        help_text=_("It counts to the end of that day. Leave it empty for no end."),
    )

    def clean_first_day(self) -> date:
        return _from_today(self.cleaned_data["first_day"])

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        first, last = values.get("first_day"), values.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", _("Choose the first day or a later one."))
        return values


def _from_today(day: date) -> date:
    if day < timezone.localdate():
        raise forms.ValidationError(_("Choose today or a later day."))
    return day


def _add(tenant: Tenant, act: Act, *, tier: str, first_day: date, last_day: date | None) -> None:
    now = timezone.now()
    starts_at = now if first_day <= timezone.localdate() else _moment(first_day, time.min)
    ends_at = _moment(last_day, time(23, 59, 59)) if last_day else None
    grants.add_grant(tenant, act, tier=tier, starts_at=starts_at, ends_at=ends_at)


def _moment(day: date, at: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, at))


def is_over(grant: Grant) -> bool:
    return grant.ended_at is not None or (
        grant.ends_at is not None and grant.ends_at <= timezone.now()
    )


ADD_GRANT = Verb(
    name="add-grant",
    label=_("Add a grant"),
    permission=GIVE_GRANT,
    run=_add,
    form=GrantForm,
    effects=[
        _("The account has this tier from the first day to the last."),
        _("In that time it holds in place of promotions, even of a higher tier."),
        _("A subscription goes on paying for the calls; no other grant is ended."),
    ],
    done=ngettext_lazy("%d account has a further grant.", "%d accounts have a further grant."),
    icon="add_card",
    is_bulk=True,
    fits=lambda tenant: tenant.state == Tenant.State.ACTIVE,
    troubles=_TROUBLES,
)
END_GRANT = Verb(
    name="end",
    label=_("End grant"),
    permission=GIVE_GRANT,
    run=grants.end_grant,
    effects=[
        _("It ends now, and does not come back. A promo code that gave it stays spent."),
        _("If no other grant covers today, the API refuses the account's next call."),
    ],
    done=ngettext_lazy("%d grant has ended.", "%d grants have ended."),
    icon="event_busy",
    is_bulk=True,
    is_danger=True,
    fits=lambda grant: not (grant.agreement or is_over(grant)),
    troubles=_TROUBLES,
)
