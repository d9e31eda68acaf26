"""What staff do with the domains of a customer."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from backoffice.roles import HOLD_DOMAIN as MAY_HOLD
from backoffice.verbs import TROUBLES, Verb, VerbForm
from tenants.domains import holding
from tenants.errors import NotPossible
from tenants.models import Domain, Tenant

_TROUBLES: dict[type[Exception], Any] = {NotPossible: "", **TROUBLES}


class RuleForm(VerbForm):
    rule = forms.ChoiceField(
        label=_("Who opens an account with such an address"),
        choices=Domain.Rule.choices,
        widget=UnfoldAdminSelectWidget,
    )


class HoldForm(RuleForm):
    name = forms.CharField(
        label=_("Domain"),
        max_length=253,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("What follows the @: example.com. Its subdomains are others."),
    )
    field_order = ("name", "rule", "reason")


def _is_held(row: Domain) -> bool:
    return row.released_at is None


HOLD_DOMAIN = Verb(
    name="hold-domain",
    label=_("Add a domain"),
    permission=MAY_HOLD,
    run=holding.hold,
    form=HoldForm,
    effects=[
        _("The domain is the customer's alone, and stands in their people's next tokens."),
        _("By the rule, whoever proves an address of it joins them without asking."),
        _("Let them prove it first, by mail to its postmaster or in DNS: the reason is kept."),
    ],
    done=ngettext_lazy("%d customer has the domain.", "%d customers have the domain."),
    icon="domain_add",
    fits=lambda tenant: tenant.state == Tenant.State.ACTIVE,
    troubles=_TROUBLES,
)
CHANGE_RULE = Verb(
    name="change-rule",
    label=_("Change the rule"),
    permission=MAY_HOLD,
    run=holding.change_rule,
    form=RuleForm,
    effects=[_("It holds for who comes from now on. Whoever joined before stays as they are.")],
    done=ngettext_lazy("%d domain has the rule.", "%d domains have the rule."),
    icon="rule",
    fits=_is_held,
    troubles=_TROUBLES,
)
RELEASE = Verb(
    name="release",
    label=_("Release"),
    permission=MAY_HOLD,
    run=holding.release,
    effects=[
        _("Nobody joins by it any more, and it leaves the tokens. Whoever joined stays."),
        _("Another customer may have it then."),
    ],
    done=ngettext_lazy("%d domain is released.", "%d domains are released."),
    icon="domain_disabled",
    is_danger=True,
    fits=_is_held,
    troubles=_TROUBLES,
)
DOMAIN_VERBS = (CHANGE_RULE, RELEASE)
