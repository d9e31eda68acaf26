"""What staff do with people's sign-ins."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from backoffice.roles import RESET_MEMBER, SWITCH_MEMBER
from backoffice.verbs import TROUBLES, Verb
from tenants import logins
from tenants.errors import NotPossible
from tenants.models import Member, Tenant

_TROUBLES: dict[type[Exception], Any] = {NotPossible: "", **TROUBLES}
_TOKENS = _("An ID token that exists works at the API for up to 60 minutes more.")


def is_here(member: Member) -> bool:
    return member.left_at is None and member.tenant.state == Tenant.State.ACTIVE


def _may_sign_in(member: Member) -> bool:
    return is_here(member) and member.disabled_at is None


def _last_owners(members: Sequence[Member]) -> Iterator[str]:
    """Nobody else of the account can change its people, or close it."""
    chosen = [member.pk for member in members]
    came_in = Q(password_set_at__isnull=False) | Q(sign_out_wanted_at__isnull=False)
    owners = Member.objects.filter(
        came_in, left_at=None, disabled_at=None, role=Member.Role.OWNER
    ).exclude(pk__in=chosen)
    left = set(
        owners.filter(tenant__in=[member.tenant_id for member in members]).values_list(
            "tenant", flat=True
        )
    )
    for member in members:
        if member.role == Member.Role.OWNER and member.tenant_id not in left:
            words = _now("%(person)s is the last owner of %(customer)s who can sign in.")
            yield words % {"person": member, "customer": member.tenant}


def _declare(**declared: Any) -> Verb:
    return Verb(**{"fits": _may_sign_in, "troubles": _TROUBLES, **declared})


RESET = _declare(
    name="reset",
    label=_("Reset sign-in"),
    permission=RESET_MEMBER,
    run=logins.reset,
    effects=[
        _("The person is signed out everywhere, and their password stops working."),
        _("They get a mail with a one-time link to choose a new password."),
        _("Colleagues and API keys are left alone. An authenticator app goes on being asked for."),
    ],
    done=ngettext_lazy("%d sign-in will be reset.", "%d sign-ins will be reset."),
    icon="restart_alt",
    is_bulk=True,
)
SIGN_OUT = _declare(
    name="sign-out",
    label=_("Sign out everywhere"),
    permission=SWITCH_MEMBER,
    run=logins.end_sessions,
    effects=[
        _("Every session of the person ends. Password and authenticator app stay."),
        _TOKENS,
    ],
    done=ngettext_lazy("%d person is signed out.", "%d people are signed out."),
    icon="logout",
    is_bulk=True,
)
REMOVE_APP = _declare(
    name="remove-app",
    label=_("Remove authenticator"),
    permission=RESET_MEMBER,
    run=logins.remove_app,
    effects=[
        _("For an app that was lost: the sign-in asks for the password alone from now on."),
        _("The person is signed out everywhere, and can set up an app again in their account."),
        _("Make sure that you talk to the person: whoever has the password can come in after it."),
    ],
    done=ngettext_lazy(
        "%d person is asked for no codes any more.", "%d people are asked for no codes any more."
    ),
    icon="phonelink_erase",
    is_bulk=True,
)
ENABLE = _declare(
    name="enable",
    label=_("Enable sign-in"),
    permission=SWITCH_MEMBER,
    run=logins.enable,
    effects=[
        _("The person can sign in again, with the password that they had."),
        _("Who has none gets a mail with a new one-time link."),
    ],
    done=ngettext_lazy("%d sign-in is enabled.", "%d sign-ins are enabled."),
    icon="check_circle",
    is_bulk=True,
    fits=lambda member: is_here(member) and member.disabled_at is not None,
)
DISABLE = _declare(
    name="disable",
    label=_("Disable sign-in"),
    permission=SWITCH_MEMBER,
    run=logins.disable,
    effects=[
        _("This person cannot sign in; whoever else is in the account can."),
        _("One-time links in mails to the person are void."),
        _TOKENS,
        _("API keys go on working: they are the account's, not the person's."),
    ],
    done=ngettext_lazy("%d sign-in is disabled.", "%d sign-ins are disabled."),
    icon="person_off",
    is_bulk=True,
    is_danger=True,
    warnings=_last_owners,
)
LOGIN_VERBS = (RESET, SIGN_OUT, REMOVE_APP, ENABLE, DISABLE)
