"""A worker dies with -9 in the middle of a provisioning: the sweep ends it, and ends it once."""

import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from adapters import rights, usage_plans
from adapters.aws import client
from tenants import reconcile, sweep
from tenants.models import Tenant
from tests.customers import sign_up
from tests.databases import database_url
from tests.worker import waiting_tasks

pytestmark = pytest.mark.django_db(transaction=True)

PLACES = [
    ("cognito-idp", "AdminCreateUser", "before"),
    ("cognito-idp", "AdminCreateUser", "after"),
    ("apigateway", "CreateApiKey", "after"),
    ("apigateway", "CreateUsagePlanKey", "after"),
    ("dynamodb", "TransactWriteItems", "before"),
    ("dynamodb", "TransactWriteItems", "after"),
]


@pytest.mark.parametrize("place", PLACES, ids=" ".join)
def test_a_killed_worker_leaves_one_of_everything_after_the_sweep(make_code, run_tasks, place):
    row = sign_up(code=make_code(), email="alice@example.com")
    assert waiting_tasks()  # the message goes with the worker
    assert kill_worker_at(row.tenant, *place) == -signal.SIGKILL
    Tenant.objects.update(leased_until=timezone.now() - timedelta(seconds=1))

    sweep.run_due()
    run_tasks()

    tenant = Tenant.objects.get(pk=row.tenant.pk)
    assert tenant.is_reconciled, tenant.trouble
    assert what_exists() == {"users": 1, "keys": 1, "memberships": 1, "permissions": 1, "access": 1}
    assert reconcile.plan_for(tenant) == []


def test_while_the_lease_of_the_dead_worker_runs_nobody_takes_over(make_code, run_tasks):
    row = sign_up(code=make_code())
    waiting_tasks()
    kill_worker_at(row.tenant, "apigateway", "CreateApiKey", "after")

    sweep.run_due()
    run_tasks()

    assert not Tenant.objects.get(pk=row.tenant.pk).is_reconciled


def kill_worker_at(tenant: Tenant, service: str, operation: str, when: str) -> int:
    command = [sys.executable, "-m", "tests.killed_worker", tenant.pk]
    command += ["--service", service, "--operation", operation, "--when", when]
    environment = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "portal.settings",
    }
    return subprocess.run(command, env=environment, timeout=60, check=False).returncode


def what_exists() -> dict[str, int]:
    users = client("cognito-idp").list_users(UserPoolId=settings.USER_POOL_ID)["Users"]
    keys = client("apigateway").get_api_keys(limit=500)["items"]
    plan = usage_plans.plan_of("starter")
    members = client("apigateway").get_usage_plan_keys(usagePlanId=plan, limit=500)["items"]
    tables = {
        thing: client("dynamodb").scan(TableName=rights.name_of(thing))["Count"]
        for thing in ("permissions", "access")
    }
    return {"users": len(users), "keys": len(keys), "memberships": len(members), **tables}
