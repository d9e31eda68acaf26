"""The recovery rehearsal: Cognito and API Gateway are empty, DynamoDB comes back from its export,
one command reconciles everybody, and every customer works again. `make rehearse-recovery` runs it.
"""

from datetime import timedelta
from typing import Any

import pytest
import requests
from django.conf import settings
from django.core.management import call_command
from django.test import Client

from adapters import table_exports, user_pool
from backoffice.audit import SYSTEM
from tenants import accounts, grants, keys, logins, reconcile, welcome
from tenants.models import WORKING, ApiKey, Member, Message, Tenant
from tests import people, recovery
from tests.people import PASSWORD

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

NEW = "After-the-flood-7"
QUESTION = {"qubo": [[-1, 2], [0, -1]], "seed": 1}


def rotate(tenant: Tenant) -> None:
    keys.rotate_key(tenant, SYSTEM, overlap=timedelta(days=7))


# One customer in each state, and what brought them there.
STATES: dict[str, Any] = {
    "open": lambda tenant: people.add_member(tenant, "developer", "colleague@example.com"),
    "pro": lambda tenant: accounts.change_tier(tenant, "pro", SYSTEM),
    "newcomer": lambda tenant: None,
    "suspended": lambda tenant: accounts.suspend(tenant, SYSTEM),
    "lapsed": lambda tenant: grants.end_grant(tenant.grants.get(), SYSTEM),
    "closed": lambda tenant: accounts.close(tenant, SYSTEM),
    "rotating": rotate,
    "disabled": lambda tenant: logins.disable(tenant.members.get(), SYSTEM),
}
# Whoever had not come yet uses the link of before.
WORKING_AGAIN = ("open", "pro", "rotating", "newcomer")


class Customer:
    """A person with a browser and a terminal."""

    def __init__(self, name: str, cloud: Any) -> None:
        self.email, self.cloud, self.browser = f"{name}@example.com", cloud, Client()
        self.tenant = Member.objects.get(email=self.email).tenant

    def come_in(self, password: str) -> None:
        """Open the link in the newest mail, choose a password, have the key shown."""
        link = self.cloud.mails(self.email)[0]["text"].partition("/welcome/")[2].split("/")[0]
        self.browser.get(f"/welcome/{link}/")
        form = {"password": password, "repeated": password}
        answer = self.browser.post("/welcome/", form)
        assert answer.status_code == 302, answer.content.decode()
        self.password, self.key = password, welcome.reveal_key(self.tenant.members.first())

    def call(self) -> int:
        auth = {"USERNAME": self.email, "PASSWORD": self.password}
        client_id = settings.USER_POOL_CLIENT_ID
        answer = requests.post(
            settings.IDENTITY_URL,
            json={"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": client_id, "AuthParameters": auth},
            headers={
                "X-Amz-Target": "AWSCognitoIdentityProviderService.InitiateAuth",
                "Content-Type": "application/x-amz-json-1.1",
            },
            timeout=10,
        )
        token = answer.json()["AuthenticationResult"]["IdToken"]
        headers = {"Authorization": token, "x-api-key": self.key}
        url = f"{settings.API_URL}/v1/solve"
        return requests.post(url, headers=headers, json=QUESTION, timeout=30).status_code


@pytest.fixture(autouse=True)
def unpaced(settings: Any) -> None:
    settings.GATEWAY_CALLS_PER_SECOND = 1000


@pytest.fixture
def customers(make_tenant, run_tasks, cloud) -> dict[str, Customer]:
    made = {}
    for name, enter in STATES.items():
        tenant = make_tenant(f"{name}@example.com", company=name)
        made[name] = Customer(name, cloud)
        if name != "newcomer":
            made[name].come_in(PASSWORD)
            assert made[name].call() == 200
        enter(tenant)
        run_tasks()
    return made


@pytest.fixture
def recovered(customers, run_tasks, tmp_path) -> dict[str, Any]:
    """The whole disaster and the way back; return what was there before."""
    before = {"rows": recovery.rows(), "items": recovery.items()}
    call_command("export_tables", output=tmp_path, verbosity=0)
    recovery.lose_everything()
    assert recovery.all_users() == recovery.all_keys() == []
    assert not any(recovery.items().values())

    call_command("restore_tables", tmp_path, verbosity=0)
    call_command("reconcile", verbosity=0)
    run_tasks()
    return before


def test_everybody_works_again_and_nothing_else_has_changed(
    customers, recovered, run_tasks, record_property
):
    tenants = list(Tenant.objects.all())
    assert [tenant for tenant in tenants if tenant.stuck or not tenant.is_reconciled] == []
    assert [reconcile.plan_for(tenant) for tenant in tenants] == [[]] * len(tenants)
    assert recovery.rows() == recovered["rows"]
    assert recovery.items() == recovered["items"]
    assert rows_of_nobody() == set()
    assert told_of_a_new_password() == {"open", "pro", "lapsed", "rotating"}
    assert user_pool.find_user(settings.USER_POOL_ID, "closed@example.com") is None
    for name in WORKING_AGAIN:
        customers[name].come_in(NEW)
        assert customers[name].call() == 200, name
    record_property(
        "figures",
        f"recovery: {len(tenants)} customers in {len(STATES)} states, {len(recovery.all_users())} "
        f"logins and {len(recovery.all_keys())} keys made anew, "
        f"{sum(map(len, recovered['items'].values()))} items restored, 0 differences",
    )


def test_holds_hold_still_and_can_be_lifted(customers, recovered, run_tasks):
    lifted = {
        "suspended": lambda tenant: accounts.reinstate(tenant, SYSTEM),
        "disabled": lambda tenant: logins.enable(tenant.members.get(), SYSTEM),
        "lapsed": lambda tenant: accounts.change_tier(tenant, "starter", SYSTEM),
    }
    # A disabled person's colleagues go on, and so does the account's key.
    held = {"suspended": (False, "closed"), "disabled": (False, "open"), "lapsed": (True, "closed")}
    assert {name: hold_on(name) for name in lifted} == held

    for name, lift in lifted.items():
        lift(Tenant.objects.get(company=name))
    run_tasks()

    for name in lifted:
        customers[name].come_in(NEW)
        assert customers[name].call() == 200, name
        assert Message.objects.filter(kind="reset", member__tenant__company=name).count() == 1


def told_of_a_new_password() -> set[str]:
    sent = Message.objects.filter(kind="reset", state=Message.State.SENT)
    return {message.member.tenant.company for message in sent}


def hold_on(name: str) -> tuple[bool, str]:
    """Whether the login is on, and what the API reads of the key."""
    user = user_pool.find_user(settings.USER_POOL_ID, f"{name}@example.com")
    tenant = Tenant.objects.get(company=name)
    [item] = [item for item in access_items() if item["tenant_id"]["S"] == tenant.pk]
    return bool(user and user.enabled), item["state"]["S"]


def access_items() -> list[Any]:
    return list(table_exports.read_items("access"))


def rows_of_nobody() -> set[str]:
    """Rights in DynamoDB that belong to no login and no key that is there."""
    known = set(Member.objects.filter(left_at=None).values_list("user_id", flat=True))
    known |= set(ApiKey.objects.filter(state__in=WORKING).values_list("key_id", flat=True))
    people_there = [item["user_id"]["S"] for item in table_exports.read_items("permissions")]
    return {*people_there, *(item["api_key_id"]["S"] for item in access_items())} - known
