"""What support sees of a customer's domains, and auditors, and marketing does not."""

import pytest
from django.urls import reverse
from django.utils import timezone

from tenants.models import Domain

pytestmark = pytest.mark.django_db(transaction=True)


def page(client, tenant):
    url = reverse("admin:tenants_tenant_change", args=(tenant.pk,))
    return " ".join(client.get(url).content.decode().split())


def test_support_sees_what_is_held_and_what_the_last_look_found(staff, claim, look):
    row = look(claim())
    Domain.objects.create(tenant=row.tenant, name="lost.example", missing_since=timezone.now())

    seen = page(staff("support"), row.tenant)

    assert "Record is gone" in seen
    assert "lost.example" in seen
    assert "Not proved yet" in seen
    assert "no record of ours" in seen
    assert row.token not in seen


def test_a_customer_who_never_named_one_has_no_such_block(staff, owner):
    assert "E-mail domains</h2>" not in page(staff("support"), owner.member.tenant)


def test_without_the_permission_there_is_none(staff, claim):
    seen = page(staff("view_tenant"), claim().tenant)

    assert "E-mail domains</h2>" not in seen
