"""Grants by staff: a tier from one day to another, beside what the customer has, and its end."""

from datetime import timedelta

import pytest
from django.utils import timezone

from adapters import rights
from backoffice.models import AuditEvent
from tenants.models import Grant, Tenant
from tests.backoffice import rows
from tests.backoffice.doors import do, do_to_many, list_url, page_url

pytestmark = pytest.mark.django_db(transaction=True)


def today(days: int = 0) -> str:
    return (timezone.localdate() + timedelta(days=days)).isoformat()


def tier_of(tenant: Tenant) -> str:
    access = rights.read_access(tenant.keys.get().key_id)
    return f"{access.tier}, {access.state}"


def test_a_grant_from_today_counts_with_the_next_call(staff, make_tenant, run_tasks):
    tenant = make_tenant()

    page = do(
        staff("support"),
        "add-grant",
        tenant,
        reason="Pilot",
        tier="pro",
        first_day=today(),
        last_day=today(30),
    )
    run_tasks()

    assert "1 account has a further grant." in page
    assert tier_of(tenant) == "pro, open"
    grant = tenant.grants.get(source="staff")
    assert (grant.why, timezone.localdate(grant.ends_at).isoformat()) == ("Pilot", today(30))
    assert tenant.grants.filter(ended_at=None).count() == 2


def test_it_counts_from_its_first_day_to_its_last(staff, make_tenant, run_tasks, time_machine):
    tenant, start = make_tenant(), timezone.now()
    form = {"tier": "pro", "first_day": today(3), "last_day": today(5)}
    do(staff("support"), "add-grant", tenant, **form)
    seen = []

    for days in (0, 3, 5, 6):
        time_machine.move_to(start + timedelta(days=days), tick=False)
        from tenants import sweep

        sweep.run_due()
        run_tasks()
        seen.append(tier_of(tenant))

    assert seen == ["starter, open", "pro, open", "pro, open", "starter, open"]


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [(-1, 5, "Choose today or a later day."), (5, 4, "Choose the first day or a later one.")],
)
def test_days_that_make_no_sense_are_refused_beside_their_field(staff, first, last, words):
    tenant = rows.a_customer()
    form = {"tier": "pro", "first_day": today(first), "last_day": today(last)}

    page = do(staff("support"), "add-grant", tenant, **form)

    assert words in page
    assert tenant.grants.count() == 1


def test_ending_a_grant_closes_access_that_nothing_else_gives(staff, make_tenant, run_tasks):
    tenant = make_tenant()
    grant = tenant.grants.get()

    page = do(staff("operations"), "end", grant, reason="Agreed with them")
    run_tasks()

    assert "1 grant has ended." in page
    assert tier_of(tenant) == "free, closed"
    event = AuditEvent.objects.get(action="end grant")
    assert (event.target_id, event.before["grant"]) == (tenant.pk, str(grant.pk))


def test_a_grant_ends_once(staff, db):
    grant, client = rows.a_grant(), staff("support")
    do(client, "end", grant)

    assert "This grant is over already." in do(client, "end", grant)


def test_a_subscription_s_grant_is_detached_and_not_ended(staff, db):
    grant = rows.a_grant()
    Grant.objects.filter(pk=grant.pk).update(source="marketplace", agreement="agmt-1")

    page = do(staff("support"), "end", grant)

    assert "Detach the agreement from the customer." in page
    grant.refresh_from_db()
    assert grant.ended_at is None


def test_several_grants_end_from_the_list_and_a_refused_one_is_named(staff, db):
    one, other = rows.a_grant(), rows.a_customer("Burr", "b@example.com").grants.get()
    Grant.objects.filter(pk=other.pk).update(ended_at=timezone.now())

    page = do_to_many(staff("support"), "end", one, other)

    assert "1 grant has ended." in page
    assert "This grant is over already." in page


def test_a_closed_account_is_given_nothing(staff, db):
    tenant = rows.a_customer(state="closed")

    page = do(staff("support"), "add-grant", tenant, tier="pro", first_day=today())

    assert "This account is closed." in page
    assert tenant.grants.count() == 1


def test_the_list_names_customer_state_and_days(staff, db):
    grant = rows.a_grant()

    page = staff("auditor").get(list_url(grant), {"q": grant.tenant_id}).content.decode()

    assert "Ames Optics" in page
    assert "Counts" in page
    assert page_url(grant) in page
