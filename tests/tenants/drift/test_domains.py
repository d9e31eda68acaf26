"""E-mail domains: what the table in DynamoDB has otherwise than the rows, and how it is mended."""

import pytest
from django.utils import timezone

from adapters import domains, inventories
from adapters.aws import client as aws
from adapters.definitions import name_of
from adapters.domains import DomainItem
from backoffice.audit import SYSTEM
from tenants.domains import holding
from tenants.drift import findings, repairing
from tenants.models import Difference, Domain
from tests.tenants.drift.strays import DOMAIN

pytestmark = pytest.mark.django_db(transaction=True)

Kind = Difference.Kind
NAME = "ames.example"


@pytest.fixture
def tenant(make_tenant):
    return make_tenant("alice@example.com")


@pytest.fixture
def held(tenant, run_tasks):
    row = holding.hold(tenant, SYSTEM, name=NAME, rule=Domain.Rule.DEVELOPER)
    run_tasks()
    return row


@pytest.fixture
def stray():
    domains.write_domain(DomainItem(DOMAIN, "gone-long-ago", "developer"))


def test_whoever_holds_a_domain_agrees(held, look):
    assert look() == {}


def test_a_domain_that_was_released_agrees(held, look, run_tasks):
    holding.release(held, SYSTEM)
    run_tasks()

    assert look() == {}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda held: domains.delete_domain(NAME, tenant_id=held.tenant_id), "nobody joins by it"),
        (
            lambda held: domains.write_domain(DomainItem(NAME, "another", "developer")),
            "gives it to another customer, another: newcomers join them",
        ),
        (
            lambda held: domains.write_domain(DomainItem(NAME, held.tenant_id, "owner")),
            "lets newcomers join as “owner”",
        ),
    ],
    ids=["missing", "another customer's", "another rule"],
)
def test_a_domain_that_is_otherwise_is_its_holders_difference(
    tenant, held, look, run_tasks, change, says
):
    change(held)

    row = look()[Kind.CUSTOMER]

    assert row.tenant == tenant
    assert row.what == f"write domain {NAME}: {row.what.partition(': ')[2]}"
    assert says in row.what

    repairing.repair(row, SYSTEM)
    run_tasks()

    assert domains.read_domain(NAME) == DomainItem(NAME, tenant.pk, "developer")
    assert look() == {}


def test_an_item_that_somebody_cut_short_by_hand_is_mended(tenant, held, look, run_tasks):
    aws("dynamodb").put_item(TableName=name_of("domains"), Item={"domain": {"S": NAME}})

    row = look()[Kind.CUSTOMER]
    repairing.repair(row, SYSTEM)
    run_tasks()

    assert domains.read_domain(NAME) == DomainItem(NAME, tenant.pk, "developer")


def test_an_item_of_nobody_names_the_customer_whom_it_leads_to(tenant, look):
    domains.write_domain(DomainItem(DOMAIN, tenant.pk, "developer"))

    row = look()[Kind.DOMAIN]

    assert (row.thing, row.tenant) == (DOMAIN, tenant)
    assert row.what == f"names the customer {tenant.company}"


def test_a_long_domain_is_named_in_full(look):
    name = f"{'a.' * 120}example"
    domains.write_domain(DomainItem(name, "gone-long-ago", ""))

    assert look()[Kind.DOMAIN].thing == name


def test_a_domain_written_in_capitals_or_without_a_customer_is_nobodys(look, run_tasks):
    item = {"domain": {"S": "Nobodys.example"}, "joins_as": {"S": "owner"}}
    aws("dynamodb").put_item(TableName=name_of("domains"), Item=item)

    row = look()[Kind.DOMAIN]
    repairing.repair(row, SYSTEM)
    run_tasks()

    assert row.what == "names no customer"
    assert inventories.domains().things == []


def test_one_that_is_being_released_is_none_of_nobody(held, look):
    Domain.objects.update(released_at=timezone.now())

    assert Kind.DOMAIN not in look()


def test_a_domain_that_became_somebodys_meanwhile_stays(tenant, stray, look, run_tasks):
    row = look()[Kind.DOMAIN]
    repairing.repair(row, SYSTEM)
    holding.hold(tenant, SYSTEM, name=DOMAIN, rule=Domain.Rule.ASK)

    run_tasks()

    assert domains.read_domain(DOMAIN) == DomainItem(DOMAIN, tenant.pk, "")
    assert not findings.open_differences().exists()


def test_one_that_became_somebodys_while_it_was_deleted_comes_back(
    tenant, stray, look, run_tasks, monkeypatch
):
    row = look()[Kind.DOMAIN]
    repairing.repair(row, SYSTEM)
    row.refresh_from_db()

    def delete(name):
        holding.hold(tenant, SYSTEM, name=name, rule=Domain.Rule.DEVELOPER)
        run_tasks()
        domains.delete_domain(name, tenant_id=tenant.pk)

    monkeypatch.setitem(repairing._MENDERS, Kind.DOMAIN, delete)
    repairing.remove(row)
    run_tasks()

    assert domains.read_domain(DOMAIN) == DomainItem(DOMAIN, tenant.pk, "developer")


def test_all_pages_are_read(look, monkeypatch):
    monkeypatch.setattr(inventories, "RIGHTS", 2)
    for n in range(5):
        domains.write_domain(DomainItem(f"nobodys-{n}.example", "gone-long-ago", ""))

    look()

    assert Difference.objects.filter(kind=Kind.DOMAIN).count() == 5
