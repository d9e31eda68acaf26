"""A customer's domain: given by staff, followed by DynamoDB and tokens, and what it does."""

import pytest

from adapters import domains, rights
from adapters.domains import DomainItem
from adapters.registrations import Registration
from backoffice.audit import SYSTEM, Act
from backoffice.models import AuditEvent
from tenants import accounts, reconcile
from tenants.domains import holding
from tenants.errors import NotPossible
from tenants.models import Domain, Member, Tenant
from tenants.registering import settling
from tests.backoffice.doors import do

pytestmark = pytest.mark.django_db(transaction=True)

NAME = "ames.example"
Rule = Domain.Rule


@pytest.fixture
def hold(make_tenant, run_tasks):
    def run(tenant=None, name=NAME, rule=Rule.DEVELOPER):
        row = holding.hold(tenant or make_tenant(), Act(None, "seen"), name=name, rule=rule)
        run_tasks()
        return row

    return run


def test_dynamodb_and_the_tokens_follow(hold):
    row = hold()

    assert domains.read_domain(NAME) == DomainItem(NAME, row.tenant_id, "developer")
    member = row.tenant.members.get()
    assert rights.read_permission(member.user_id).domains == (NAME,)
    assert reconcile.plan_for(Tenant.objects.get()) == []


def test_a_colleague_joins_by_the_rule(hold):
    row = hold()

    settling.settle(Registration("00000000-0000-0000-0000-000000000007", f"bob@{NAME}"))

    bob = Member.objects.get(email=f"bob@{NAME}")
    assert (bob.tenant_id, bob.role) == (row.tenant_id, "developer")


def test_where_nobody_joins_a_colleague_founds_an_account(hold):
    row = hold(rule=Rule.NEVER)

    settling.settle(Registration("00000000-0000-0000-0000-000000000007", f"bob@{NAME}"))

    bob = Member.objects.get(email=f"bob@{NAME}")
    assert (bob.tenant_id != row.tenant_id, bob.role) == (True, "owner")


def test_another_rule_holds_from_then_on(hold, run_tasks):
    row = hold()

    holding.change_rule(row, SYSTEM, rule=Rule.NEVER)
    run_tasks()

    assert domains.read_domain(NAME).joins_as == ""


def test_a_released_domain_is_gone_and_may_be_anothers(hold, make_tenant, run_tasks):
    row = hold()
    holding.release(row, SYSTEM)
    run_tasks()
    assert domains.read_domain(NAME) is None
    assert rights.read_permission(row.tenant.members.get().user_id).domains == ()

    other = hold(make_tenant("bob@example.com"))

    assert domains.read_domain(NAME).tenant_id == other.tenant_id


def test_what_passed_to_another_is_not_deleted_by_a_late_worker(hold, make_tenant):
    row = hold()
    holding.release(row, SYSTEM)  # and no worker yet
    other = hold(make_tenant("bob@example.com"))

    reconcile.reconcile(Tenant.objects.get(pk=row.tenant_id))

    assert domains.read_domain(NAME).tenant_id == other.tenant_id
    row.refresh_from_db()
    assert row.gone_at


def test_closing_an_account_releases_its_domains(hold, run_tasks):
    row = hold()

    accounts.close(row.tenant, SYSTEM)
    run_tasks()

    assert domains.read_domain(NAME) is None
    row.refresh_from_db()
    assert row.released_at
    assert row.gone_at


@pytest.mark.parametrize(
    "name", ["gmail.com", " GMail.com ", "nodomain", "a b.example", "@x.example"]
)
def test_what_is_nobodys_domain_is_refused(make_tenant, name):
    with pytest.raises(NotPossible):
        holding.hold(make_tenant(), SYSTEM, name=name, rule=Rule.DEVELOPER)

    assert not Domain.objects.exists()


def test_a_domain_has_one_holder(hold, make_tenant):
    hold()

    with pytest.raises(NotPossible, match="already"):
        holding.hold(make_tenant("bob@example.com"), SYSTEM, name="Ames.Example", rule=Rule.NEVER)


def test_an_eleventh_domain_is_refused(make_tenant):
    tenant = make_tenant()
    for number in range(holding.MOST_DOMAINS):
        holding.hold(tenant, SYSTEM, name=f"d{number}.example", rule=Rule.NEVER)

    with pytest.raises(NotPossible, match="10 domains"):
        holding.hold(tenant, SYSTEM, name="d11.example", rule=Rule.NEVER)


def test_support_adds_one_with_the_proof_and_the_owner_sees_it(staff, as_member, run_tasks):
    owner = as_member("owner")
    tenant = owner.member.tenant

    page = do(
        staff("support"), "hold-domain", tenant, reason="TXT seen", name=NAME, rule="developer"
    )
    seen = owner.get("/account/domains/").content.decode()

    assert "1 customer has the domain." in page
    assert Domain.objects.get().proof == "TXT seen"
    assert AuditEvent.objects.get(action="hold domain").after["domain"] == NAME
    assert NAME in seen
    assert "joins as a developer" in seen


def test_support_changes_the_rule_and_releases(staff, hold):
    row, client = hold(), staff("support")

    first = do(client, "change-rule", row, rule="read-only")
    second = do(client, "release", row)

    row.refresh_from_db()
    assert "1 domain has the rule." in first
    assert "1 domain is released." in second
    assert (row.rule, bool(row.released_at)) == ("read-only", True)
