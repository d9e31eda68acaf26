"""What happened to a customer: one list, a page at a time, and how far each system of AWS is."""

from datetime import timedelta

import pytest
from django.utils import timezone

from backoffice import audit
from tenants.models import DomainClaim, Message, SyncStep, Tenant
from tests.backoffice import rows
from tests.backoffice.doors import page_url

pytestmark = pytest.mark.django_db(transaction=True)


def step(tenant: Tenant, what: str, *, system: str = "Cognito", error: str = "", ago: int = 0):
    row = SyncStep.objects.create(
        tenant=tenant, generation=1, system=system, what=what, error=error
    )
    at = timezone.now() - timedelta(minutes=ago)
    SyncStep.objects.filter(pk=row.pk).update(at=at)


def test_older_pages_follow_without_a_gap_and_without_a_repeat(staff):
    tenant, client = rows.a_customer(), staff("support")
    for number in range(120, 0, -1):
        step(tenant, f"step {number}", ago=number)
    rows.a_mail(member=tenant.members.get(), state=Message.State.SENT, sent_at=timezone.now())
    seen, address = [], page_url(tenant)

    for _page in range(3):
        page = client.get(address)
        seen += [entry.what for entry in page.context["timeline"].entries]
        older = page.context["timeline"].older
        address = f"{page_url(tenant)}?{'before=' + older.replace('+', '%2B')}"

    assert seen[1:] == [f"step {number}" for number in range(1, 121)]
    assert "Welcome to alice@example.com: Sent" in seen[0]
    assert older == ""
    assert "Newest" in page.content.decode()


@pytest.mark.parametrize("before", ["yesterday", "2026-02-30T00:00:00Z", "2026-01-01", "' OR 1"])
def test_what_is_no_moment_shows_the_newest(staff, before):
    tenant = rows.a_customer()
    step(tenant, "a step")

    page = staff("support").get(page_url(tenant), {"before": before})

    assert [entry.what for entry in page.context["timeline"].entries] == ["a step"]


def test_another_customer_s_acts_are_not_told(staff):
    ames, burr = rows.a_customer(), rows.a_customer("Burr Tools", "bob@example.com")
    audit.record(audit.SYSTEM, "suspend", burr)
    step(burr, "create user bob@example.com")
    rows.a_mail(member=burr.members.get())

    page = staff("support").get(page_url(ames))

    assert page.context["timeline"].entries == []
    assert "Nothing yet." in page.content.decode()


def a_proof_mail(tenant: Tenant, name: str):
    claim = DomainClaim.objects.create(
        tenant=tenant,
        name=name,
        asked_by=tenant.members.get(),
        expires_at=timezone.now() + timedelta(days=1),
    )
    rows.a_mail(
        kind=Message.Kind.DOMAIN_LINK,
        to=f"postmaster@{name}",
        domain_claim=claim,
        state=Message.State.SENT,
        sent_at=timezone.now(),
    )


def test_the_mail_that_proves_a_domain_is_told_though_it_is_to_none_of_them(staff):
    ames, burr = rows.a_customer(), rows.a_customer("Burr Tools", "bob@example.com")
    a_proof_mail(ames, "ames.example")
    a_proof_mail(burr, "burr.example")

    page = staff("support").get(page_url(ames))

    [entry] = page.context["timeline"].entries
    assert entry.what == "Confirm a domain to postmaster@ames.example: Sent"
    assert entry.source == "Mail"


def words(page) -> dict[str, str]:
    return {system.name: system.word for system in page.context["systems"]}


def test_systems_that_agree_say_so_with_what_was_done_last(staff):
    tenant = rows.a_customer()
    step(tenant, "create user alice@example.com")

    page = staff("support").get(page_url(tenant))

    assert set(words(page).values()) == {"Agrees"}
    assert "create user alice@example.com" in page.content.decode()


@pytest.mark.parametrize(
    ("stuck", "word"), [(True, "Failed, and waits for staff"), (False, "Failed, is tried again")]
)
def test_the_system_that_fails_is_named(staff, stuck, word):
    tenant = rows.a_customer(generation=2, stuck=stuck, trouble="apigateway: LimitExceeded")
    step(tenant, "create user alice@example.com")
    step(tenant, "issue key", system="API Gateway", error="apigateway: LimitExceeded")

    page = staff("support").get(page_url(tenant))

    assert words(page) == {
        "Cognito": "A change may be on its way",
        "API Gateway": word,
        "DynamoDB": "A change may be on its way",
    }


def test_the_next_action_stands_beside_the_word(staff):
    tenant = rows.a_customer(stuck=True, generation=2, trouble="apigateway: LimitExceeded")

    page = staff("support").get(page_url(tenant)).content.decode()

    beside = page.partition('class="gh-next"')[2].partition("</div>")[0]
    assert "/do/reconcile/" in beside
    assert page.count("/do/reconcile/") == 2  # here, and as "Look again" beside what AWS has


def test_a_customer_whose_grants_are_over_does_not_wait_for_aws(staff):
    tenant = rows.a_customer()
    tenant.grants.update(ended_at=timezone.now())

    page = staff("support").get(page_url(tenant)).content.decode()

    assert "Change the tier to let them in again." in page


def test_what_is_dangerous_comes_last(staff):
    page = staff("admin").get(page_url(rows.a_customer())).content.decode()

    assert page.index("Where they came from") < page.index("Danger zone") < page.index("/do/close/")
    assert page.count("/do/close/") == 1


def test_who_may_do_nothing_dangerous_sees_no_danger_zone(staff):
    page = staff("auditor").get(page_url(rows.a_customer())).content.decode()

    assert "Danger zone" not in page
