"""How a customer stands, in one word and the next step: what lists and the customer's page say."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants.access import Access
from tenants.models import Grant, Member, Message, OneTimeLink, SignUp, Tenant

WORDS = {
    "open": gettext_lazy("Open"),
    "setting_up": gettext_lazy("Being set up"),
    "suspended": gettext_lazy("Suspended"),
    "stuck": gettext_lazy("Stuck"),
    "no_grant": gettext_lazy("No current grant"),
    "closed": gettext_lazy("Closed"),
}
COLOURS = {
    "open": "success",
    "setting_up": "info",
    "suspended": "warning",
    "stuck": "danger",
    "no_grant": "warning",
    "closed": "default",
}

# The staff verb that leads on.
VERBS = {"stuck": "reconcile", "suspended": "reinstate", "no_grant": "change-tier"}

SIGN_UP_COLOURS = {
    SignUp.State.RECEIVED: "info",
    SignUp.State.REFUSED: "danger",
    SignUp.State.CONFIRMING: "info",
    SignUp.State.KNOWN: "warning",
    SignUp.State.PROVISIONING: "info",
    SignUp.State.CLOSED: "default",
    "ready": "success",
}


@dataclass(frozen=True)
class Standing:
    """`state` is a key of WORDS; `next_step` is empty when nothing is to be done, and `verb` names
    the one that does it."""

    state: str
    next_step: str = ""
    verb: str = ""

    @property
    def word(self) -> str:
        return str(WORDS[self.state])

    @property
    def colour(self) -> str:
        return COLOURS[self.state]


def state_of(tenant: Tenant, access: Access) -> str:
    if tenant.stuck:
        return "stuck"
    if tenant.state == Tenant.State.CLOSED:
        return "closed"
    if tenant.is_suspended:
        return "suspended"
    if tenant.reconciled_at is None:
        return "setting_up"
    return "open" if access.allowed else "no_grant"


def is_awaited(tenant: Tenant) -> bool:
    """Whether the plan is still to come: who was never given anything came by a subscription that
    AWS has not confirmed yet."""
    return not Grant.objects.filter(tenant=tenant).exists()


def standing_of(tenant: Tenant, access: Access) -> Standing:
    """Say what staff do next, if anything."""
    state = state_of(tenant, access)
    steps = {
        "stuck": _("Trying again will not help by itself. Remove the cause below, then reconcile."),
        "suspended": _("Every call is refused. Reinstate when the reason is settled."),
        "no_grant": _("No promotion or tier covers today. Change the tier to let them in again."),
        "closed": _("Logins and keys are deleted. The person may sign up again."),
        "setting_up": _("This takes seconds. If it lasts, the trouble below says why."),
    }
    step, verb = steps.get(state, ""), VERBS.get(state, "")
    if state == "no_grant" and is_awaited(tenant):
        step = _("AWS has not confirmed the subscription yet. When it does, it opens by itself.")
        verb = ""
    if state == "open" and not tenant.is_reconciled:
        step = _("A change is on its way to AWS; it is tried again until it is there.")
    return Standing(state, step, verb)


def sign_up_state(row: SignUp) -> tuple[str, str]:
    """Return colour key and words. The row itself does not say that its customer is ready."""
    if row.state == SignUp.State.PROVISIONING and row.tenant and row.tenant.reconciled_at:
        return "ready", _("Set up")
    return row.state, str(row.get_state_display())


def login_of(
    member: Member, links: list[OneTimeLink], mails: list[Message], now: datetime
) -> tuple[str, str]:
    """Return colour and words for how far this person has come."""
    if member.left_at:
        return "default", _("Left")
    if member.disabled_at:
        return "danger", _("Disabled by our support")
    if member.password_set_at:
        return "success", _("Password chosen")
    if any(mail.state == Message.State.HELD for mail in mails):
        return "danger", _("Mail comes back")
    if any(mail.state == Message.State.STUCK for mail in mails):
        return "danger", _("Mail is stuck")
    good = [link for link in links if not link.used_at and link.expires_at > now]
    if good:
        return "info", _("Link sent")
    if any(mail.state == Message.State.WAITING for mail in mails):
        return "info", _("Link is on its way")
    return "warning", _("Link expired") if links else _("Never signed in")
