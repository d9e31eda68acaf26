"""People of a customer for tests, who have chosen their password through the real service."""

from typing import Any

from django.utils import timezone

from tenants import links, reconcile, welcome
from tenants.models import Member, Tenant

PASSWORD = "Correct-horse-7-battery"


def add_member(tenant: Tenant, role: str, email: str) -> Member:
    """Write a colleague down; they are in Cognito once the tasks have run."""
    member = Member.objects.create(
        tenant=tenant, role=role, email=email, full_name=email.partition("@")[0].title()
    )
    reconcile.request_reconcile(tenant)
    return member


def choose_password(member: Member, password: str = PASSWORD) -> None:
    member.refresh_from_db()
    welcome.choose_password(links.find_link(links.mint_link(member, timezone.now())), password)


def sign_in(client: Any, email: str, password: str = PASSWORD, **form: Any) -> Any:
    """Post the form; return the answer, which is a redirect if all is well."""
    return client.post("/account/login/", {"email": email, "password": password, **form})
