"""Nobody of one customer reaches anything of another, whatever their role and what they type."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import serializers
from django.urls import reverse
from django.utils import timezone

from marketplace import registration_links
from marketplace.models import Agreement, Registration
from tenants.models import (
    ApiKey,
    Domain,
    DomainClaim,
    Grant,
    Invitation,
    JoinRequest,
    Member,
    SignUp,
    Tenant,
    UsageDay,
)
from tests.account_addresses import addresses
from tests.backoffice import rows

pytestmark = pytest.mark.django_db(transaction=True)

KINDS = (
    Member, Invitation, ApiKey, Grant, Agreement, UsageDay, Domain, DomainClaim, JoinRequest,
)  # fmt: skip
ROLES = Member.Role.values
# What a page says that shows something of the other customer.
WORDS = ("Burr", "burr.example", "qx7w", "zk3v")
# Whoever looks at these is signed out, or at the sign-in, afterwards.
LEAVES = {"account_logout", "account_login"}


@pytest.fixture
def other(make_tenant: Any) -> Tenant:
    """Another customer, who has something of everything, beside one who signed up."""
    make_tenant()
    tenant = rows.a_customer("Burr Tools", "bob@burr.example")
    tenant.keys.update(first4="qx7w", last4="zk3v")
    Member.objects.create(tenant=tenant, email="dora@burr.example", role="developer")
    rows.a_day_of_usage(tenant)
    rows.an_agreement(tenant=tenant)
    Invitation.objects.create(
        tenant=tenant, email="carl@burr.example", full_name="Carl", role="billing"
    )
    add_domains(tenant)
    return tenant


def add_domains(tenant: Tenant) -> None:
    """A domain that they hold, one that they are proving, and somebody who asks to join."""
    later = timezone.now() + timedelta(days=7)
    domain = Domain.objects.create(
        tenant=tenant, name="burr.example", rule=Domain.Rule.ASK, proof="postmaster answered"
    )
    claim = {"token": "0" * 32, "expires_at": later, "asked_by": tenant.members.first()}
    DomainClaim.objects.create(tenant=tenant, name="tools.burr.example", **claim)
    asker = {"email": "eve@burr.example", "full_name": "Eve"}
    sign_up = SignUp.objects.create(form_key="1" * 32, company="Burr", state="asking", **asker)
    JoinRequest.objects.create(
        tenant=tenant, domain=domain, sign_up=sign_up, expires_at=later, **asker
    )


def keys_of(tenant: Tenant) -> dict[str, list[dict[str, Any]]]:
    """Return what the other customer's own pages would be asked with."""
    people = [{"key": f"m{member.pk}"} for member in tenant.members.all()]
    people.append({"key": f"i{Invitation.objects.get(tenant=tenant).pk}"})
    registration = Registration.objects.create(agreement=Agreement.objects.get(tenant=tenant))
    signed = registration_links.sign(registration, registration_links.BY_MAIL)
    domains = [{"domain_id": row.pk} for row in tenant.domains.all()]
    claims = [{"claim_id": row.pk} for row in tenant.claims.all()]
    return {
        "account_person": people,
        "account_resend": people,
        "account_remove": people,
        "account_give": people,
        "account_domain": domains,
        "account_domain_release": domains,
        "account_claim": claims,
        "account_claim_look": claims,
        "account_claim_mail": claims,
        "account_claim_withdraw": claims,
        "account_join_request": [{"request_id": row.pk} for row in tenant.join_requests.all()],
        "account_key_revoke": [{"key_id": key.pk} for key in tenant.keys.all()],
        "open_attach": [{"signed": signed}],
    }


def everything_of(tenant: Tenant) -> str:
    rows_of: list[Any] = [Tenant.objects.get(pk=tenant.pk)]
    for model in KINDS:
        rows_of += model.objects.filter(tenant=tenant).order_by("pk")
    return serializers.serialize("json", rows_of)


@pytest.mark.parametrize("role", ROLES)
def test_no_address_of_the_account_shows_or_changes_anything_of_another(as_member, other, role):
    own = Tenant.objects.exclude(pk=other.pk).get()
    client = as_member(role, tenant=own)
    keys, before = keys_of(other), everything_of(other)
    form = {"role": "read-only", "is_published": "on", "confirmed": "yes", "password": "x"}

    seen = []
    for name, takes in addresses().items():
        for arguments in keys[name] if takes else [{}]:
            url = reverse(name, kwargs=arguments)
            seen.append((url, client.get(url)))
            if takes:
                seen.append((url, client.post(url, form)))
        if name in LEAVES:
            client = as_member(role, tenant=own)

    told = [(url, word) for url, page in seen for word in WORDS if word in _text(page)]
    opened = [url for url, page in seen if _is_of_other(url, keys) and page.status_code == 200]
    assert (told, opened) == ([], [])
    assert everything_of(other) == before


def test_every_address_that_takes_something_is_tried(other):
    assert set(keys_of(other)) == {name for name, takes in addresses().items() if takes}


@pytest.mark.parametrize("role", ROLES)
def test_one_s_own_are_there(as_member, role):
    """The walls are no walls if the same keys open nothing for those whose they are."""
    client = as_member(role)
    tenant = client.member.tenant
    key = {"key_id": tenant.keys.get().pk}
    person = {"key": f"m{tenant.members.get(role='owner').pk}"}

    seen = {
        "key": client.get(reverse("account_key_revoke", kwargs=key)).status_code,
        "person": client.get(reverse("account_person", kwargs=person)).status_code,
    }

    expected = {
        "owner": {"key": 200, "person": 200},
        "developer": {"key": 200, "person": 403},
    }
    assert seen == expected.get(role, {"key": 403, "person": 403})


def _text(page: Any) -> str:
    body = b"".join(page.streaming_content) if page.streaming else page.content
    return str(body.decode())


def _is_of_other(url: str, keys: dict[str, list[dict[str, Any]]]) -> bool:
    return url in {reverse(name, kwargs=each) for name, some in keys.items() for each in some}
