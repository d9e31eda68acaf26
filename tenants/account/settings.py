"""What a person decides for themselves, and the end of the account."""

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice import audit
from backoffice.audit import Act
from tenants import accounts
from tenants.errors import NotPossible
from tenants.models import Member, NewsletterSubscription, Tenant
from tenants.newsletters import consents


@transaction.atomic
def choose_newsletter(member: Member, act: Act, *, wanted: bool) -> None:
    """Remember since when the person wants product news, or that they want none. Safe to repeat:
    the first date stays."""
    before = member.marketing_opt_in_at
    if wanted == bool(before):
        return
    if wanted:
        consents.give(member, source=consents.Source.ACCOUNT)
    else:
        consents.withdraw(member, by=consents.End.ACCOUNT)
    action = "subscribe to news" if wanted else "unsubscribe from news"
    audit.record(act, action, member.tenant, before={"since": str(before or "")})


def opted_out(member: Member) -> list[NewsletterSubscription]:
    """Where the person is unsubscribed, and only they can subscribe again."""
    out = member.subscriptions.filter(there=NewsletterSubscription.There.UNSUBSCRIBED)
    return list(out.select_related("connection"))


def close_account(member: Member, act: Act, *, typed: str) -> None:
    """Delete everybody's logins and the keys for good. Raises NotPossible unless the name of the
    company was typed as it stands."""
    if typed.strip() != member.tenant.company.strip():
        raise NotPossible(_("This is not the name. Nothing was closed."))
    accounts.close(member.tenant, act)


def pays_at_aws(tenant: Tenant) -> bool:
    """Whether a subscription pays for the account, which closing the account does not cancel."""
    return tenant.grants.filter(ended_at=None).exclude(agreement="").exists()
