"""`manage.py reconcile --plan` says what it would do, and that it looked."""

from io import StringIO

import pytest
from django.core.management import call_command

from adapters import user_pool
from tenants.models import Tenant

pytestmark = pytest.mark.django_db(transaction=True)


def planned(*tenants: Tenant) -> list[str]:
    said = StringIO()
    call_command("reconcile", "--plan", *(tenant.pk for tenant in tenants), stdout=said)
    return said.getvalue().splitlines()


def test_where_nothing_differs_the_plan_says_that_it_looked(make_tenant):
    make_tenant("alice@example.com")
    make_tenant("bob@example.org")

    assert planned() == ["actions: 0, customers looked at: 2"]


def test_what_differs_is_a_line_for_each_action_and_nothing_is_done(make_tenant, settings):
    tenant = make_tenant("alice@example.com")
    user_pool.delete_user(settings.USER_POOL_ID, "alice@example.com")

    first, *others = planned(tenant)

    assert "create user alice@example.com" in first
    assert others[-1] == f"actions: {len(others)}, customers looked at: 1"
    assert user_pool.find_user(settings.USER_POOL_ID, "alice@example.com") is None
