"""How somebody who is erased leaves their customer, and what becomes of the account."""

from collections.abc import Iterator

from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice import audit
from backoffice.audit import Act
from tenants import closing, elsewhere, people
from tenants.errors import NotPossible
from tenants.models import Member, SignUp, Tenant
from tenants.privacy.persons import Person

_UNFINISHED = (SignUp.State.RECEIVED, SignUp.State.CONFIRMING)


def leave(person: Person, act: Act) -> None:
    """End what the person has, within a transaction: logins and keys follow by the reconciler.

    Whoever is alone in an account takes it with them. Raises NotPossible for the last owner of an
    account in which others are.
    """
    for member in _present(person):
        tenant = Tenant.objects.select_for_update().get(pk=member.tenant_id)
        if is_alone(member):
            audit.record(act, "close account", tenant, before={"state": tenant.state})
            closing.close_tenant(tenant)
            continue
        if people.is_last_owner(member):
            raise NotPossible(_refusal(tenant))
        people.let_go(member)
    unfinished = SignUp.objects.filter(pk__in=person.sign_ups, state__in=_UNFINISHED)
    unfinished.update(state=SignUp.State.CLOSED, updated_at=timezone.now())


def consequences(person: Person) -> Iterator[str]:
    """Say what becomes of each account that the person is in."""
    for member in _present(person):
        tenant = member.tenant
        if is_alone(member):
            yield _(
                "They are alone in %(customer)s: the account is closed, and its API keys are"
                " deleted for good."
            ) % {"customer": tenant}
            yield from map(str, elsewhere.warnings_of([tenant]))
        elif people.is_last_owner(member):
            yield _refusal(tenant)
        else:
            yield _("They leave %(customer)s; the others and the API keys stay.") % {
                "customer": tenant
            }


def is_alone(member: Member) -> bool:
    others = member.tenant.members.filter(left_at=None).exclude(pk=member.pk)
    return not others.exists()


def keeps_company(tenant: Tenant, person: Person) -> bool:
    """Whether the company's name is that of others, too, or of whoever bought something."""
    others = tenant.members.exclude(pk__in=person.members)
    is_open = tenant.state == Tenant.State.ACTIVE
    bought = tenant.grants.exclude(agreement="")
    return is_open or others.exists() or bought.exists()


def _present(person: Person) -> list[Member]:
    rows = Member.objects.filter(pk__in=person.members, left_at=None)
    return list(rows.filter(tenant__state=Tenant.State.ACTIVE).select_related("tenant"))


def _refusal(tenant: Tenant) -> str:
    return _(
        "They are the last owner of %(customer)s, and others are in it. Have somebody else made"
        " an owner first, or close the account."
    ) % {"customer": tenant}
