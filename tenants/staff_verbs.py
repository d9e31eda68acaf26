"""What staff do with customers and with mails."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from backoffice.audit import Act
from backoffice.roles import CLOSE_ACCOUNT, RETRY_MAIL
from backoffice.verbs import TROUBLES, Verb, VerbForm
from campaigns import wording
from campaigns.errors import CodeRefused
from campaigns.models import tier_choices
from tenants import accounts, elsewhere, mail, promotions
from tenants.errors import NotPossible
from tenants.grant_verbs import ADD_GRANT
from tenants.key_verbs import ROTATE as ROTATE_KEY
from tenants.models import Member, Message, Tenant

CUSTOMER_TROUBLES: dict[type[Exception], Any] = {NotPossible: "", **TROUBLES}


class ResetForm(VerbForm):
    new_key = forms.BooleanField(
        label=_("Also replace the API key"),
        required=False,
        initial=True,
        widget=UnfoldBooleanWidget,
        help_text=_("The present key stops working within seconds; the new one is shown once."),
    )


class TierForm(VerbForm):
    tier = forms.ChoiceField(
        label=_("Tier"),
        choices=tier_choices,
        widget=UnfoldAdminSelectWidget,
        help_text=_("It holds in place of promotions until staff change it again."),
    )


class CodeForm(VerbForm):
    code = forms.CharField(
        label=_("Promo code"),
        max_length=60,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("In any spelling. The audit trail keeps only as much as recognises it."),
    )


def _is_active(tenant: Tenant) -> bool:
    return tenant.state == Tenant.State.ACTIVE


def _is_waited_for(tenant: Tenant) -> bool:
    people = [
        member
        for member in tenant.members.all()
        if member.left_at is None and member.disabled_at is None
    ]
    return _is_active(tenant) and any(member.password_set_at is None for member in people)


def _change_tier(tenant: Tenant, act: Act, *, tier: str) -> None:
    accounts.change_tier(tenant, tier, act)


def _redeem_code(tenant: Tenant, act: Act, *, code: str) -> None:
    """Staff may learn the true reason of a refusal."""
    people = tenant.members.filter(left_at=None)
    owner = people.filter(role=Member.Role.OWNER).first() or people.first()
    if owner is None:
        raise NotPossible(_("Nobody is left in this account."))
    try:
        promotions.redeem_for(owner, code, act)
    except CodeRefused as error:
        raise NotPossible(wording.sentence(error.code)) from error


def _customer_verb(**declared: Any) -> Verb:
    return Verb(**{"fits": _is_active, "troubles": CUSTOMER_TROUBLES, **declared})


RESEND = _customer_verb(
    name="resend",
    label=_("Resend welcome"),
    permission="tenants.reset_tenant",
    run=accounts.resend_welcome,
    effects=[
        _("Everybody who has not chosen a password gets a mail with a new one-time link."),
        _("Earlier links go on working until one of them is used."),
    ],
    done=ngettext_lazy(
        "%d account gets its welcome mail again.", "%d accounts get their welcome mail again."
    ),
    icon="forward_to_inbox",
    is_bulk=True,
    fits=_is_waited_for,
)
RESET = _customer_verb(
    name="reset",
    label=_("Reset account"),
    permission="tenants.reset_tenant",
    run=accounts.request_reset,
    form=ResetForm,
    effects=[
        _("Everybody in the account is signed out, and their passwords stop working."),
        _("Each person gets a mail with a one-time link to choose a new password."),
        _("If you tick it, the API key is replaced: their programs fail until they use it."),
    ],
    done=ngettext_lazy("%d account will be reset.", "%d accounts will be reset."),
    icon="restart_alt",
    is_bulk=True,
)
CHANGE_TIER = _customer_verb(
    name="change-tier",
    label=_("Change tier"),
    permission="tenants.change_tier",
    run=_change_tier,
    form=TierForm,
    effects=[
        _("The API follows with the next call. The API key then moves to the new tier's plan."),
        _("While it moves, a fraction of a second as a rule, the gateway answers 403."),
        _("A token that exists keeps the old tier's permissions for up to 60 minutes."),
    ],
    done=ngettext_lazy("%d account changes its tier.", "%d accounts change their tier."),
    icon="swap_vert",
    is_bulk=True,
)
REDEEM = _customer_verb(
    name="redeem",
    label=_("Redeem a code"),
    permission="tenants.redeem_for_tenant",
    run=_redeem_code,
    form=CodeForm,
    effects=[
        _("A higher tier begins at once; the same or a lower one when what is as good ends."),
        _("A code that gives nothing more than the account has is refused and stays unspent."),
    ],
    done=ngettext_lazy("The code was redeemed for %d account.", "It was redeemed for %d accounts."),
    icon="redeem",
)
RECONCILE = _customer_verb(
    name="reconcile",
    label=_("Reconcile now"),
    permission="tenants.reconcile_tenant",
    run=accounts.reconcile_now,
    effects=[_("Cognito, API Gateway and DynamoDB are looked at anew; what differs is repaired.")],
    done=ngettext_lazy("%d account is being reconciled.", "%d accounts are being reconciled."),
    icon="sync",
    is_bulk=True,
    fits=lambda tenant: True,
)
REINSTATE = _customer_verb(
    name="reinstate",
    label=_("Reinstate"),
    permission="tenants.suspend_tenant",
    run=accounts.reinstate,
    effects=[_("The suspension ends. Logins and API key work again if a grant covers today.")],
    done=ngettext_lazy("%d account is reinstated.", "%d accounts are reinstated."),
    icon="check_circle",
    is_bulk=True,
    fits=lambda tenant: _is_active(tenant) and tenant.is_suspended,
)
SUSPEND = _customer_verb(
    name="suspend",
    label=_("Suspend"),
    permission="tenants.suspend_tenant",
    run=accounts.suspend,
    effects=[
        _("The next API call is refused already, and nobody of the account can sign in."),
        _("Nothing is deleted. Reinstating gives everything back."),
    ],
    done=ngettext_lazy("%d account is suspended.", "%d accounts are suspended."),
    icon="pause_circle",
    is_bulk=True,
    is_danger=True,
    fits=lambda tenant: _is_active(tenant) and not tenant.is_suspended,
    warnings=elsewhere.warnings_of,
)
CLOSE = _customer_verb(
    name="close",
    label=_("Close account"),
    permission=CLOSE_ACCOUNT,
    run=accounts.close,
    effects=[
        _("Logins and API keys are deleted for good. This cannot be undone."),
        _("The address is free: the person may sign up again."),
        _("A promo code goes back if nobody of the account ever chose a password."),
    ],
    done=ngettext_lazy("%d account is being closed.", "%d accounts are being closed."),
    icon="delete_forever",
    is_bulk=True,
    is_danger=True,
    warnings=elsewhere.warnings_of,
)
CUSTOMER_VERBS = (
    RESEND,
    RESET,
    CHANGE_TIER,
    ADD_GRANT,
    ROTATE_KEY,
    REDEEM,
    RECONCILE,
    REINSTATE,
    SUSPEND,
    CLOSE,
)

TRY_AGAIN = Verb(
    name="try-again",
    label=_("Try again"),
    permission=RETRY_MAIL,
    run=mail.try_again,
    effects=[_("The mail goes back in line. One with a link gets a new link.")],
    done=ngettext_lazy("%d mail is tried again.", "%d mails are tried again."),
    icon="refresh",
    is_bulk=True,
    fits=lambda message: message.state == Message.State.STUCK,
    troubles=CUSTOMER_TROUBLES,
)
