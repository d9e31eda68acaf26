"""What staff do with API keys: the customer's verb, the keys' own page, and what they never see."""

from datetime import timedelta

import pytest
from django.utils import timezone

from adapters import rights, usage_plans
from backoffice.models import AuditEvent
from tenants.models import ApiKey
from tenants.usage.rows import UsageDay
from tests.backoffice import rows
from tests.backoffice.doors import choose, do, do_to_many, list_url, page_url, verb_url

pytestmark = pytest.mark.django_db(transaction=True)

State = ApiKey.State


def states(tenant):
    return [key.state for key in tenant.keys.order_by("id")]


def test_support_rotates_a_customers_key(staff, make_tenant, run_tasks):
    tenant = make_tenant()

    page = do(staff("support"), "rotate-key", tenant, reason="Ticket 7", overlap="1h")
    run_tasks()

    old = tenant.keys.get(state=State.RETIRING)
    assert "1 account gets a new key." in page
    assert states(tenant) == ["retiring", "live"]
    assert old.retires_at - timezone.now() < timedelta(hours=1, seconds=1)
    event = AuditEvent.objects.get(action="rotate key")
    assert (event.actor_name, event.reason) == ("staff", "Ticket 7")


def test_the_confirmation_says_exactly_what_will_happen(staff, make_tenant):
    page = staff("support").get(verb_url(make_tenant(), "rotate-key")).content.decode()

    assert "The old key goes on working for the time you choose" in page
    assert "each of the two has its own counters of rate and quota" in page
    assert 'value="24h" selected' in page


def test_several_accounts_get_new_keys_from_the_list(staff):
    ames, burr = rows.a_customer(), rows.a_customer("Burr Tools", "bob@example.com")

    page = do_to_many(staff("support"), "rotate-key", ames, burr, overlap="none")

    assert "2 accounts get a new key." in page


def test_an_account_with_two_keys_is_refused_unless_the_box_is_ticked(
    staff, make_tenant, run_tasks
):
    tenant, client = make_tenant(), staff("support")
    do(client, "rotate-key", tenant, overlap="7d")
    run_tasks()

    page = do(client, "rotate-key", tenant, overlap="7d")
    assert "still works beside the current one" in page
    do(client, "rotate-key", tenant, overlap="7d", end_older="on")
    run_tasks()

    assert states(tenant) == ["gone", "retiring", "live"]


def test_a_key_is_revoked_from_its_page(staff, make_tenant, run_tasks):
    tenant = make_tenant()
    key = tenant.keys.get()

    page = do(staff("support"), "revoke", key)
    run_tasks()

    assert "1 key is revoked." in page
    assert states(tenant) == ["gone"]
    assert rights.read_access(key.key_id) is None
    assert AuditEvent.objects.filter(action="revoke key").exists()


def test_a_published_key_is_replaced_and_the_owner_told(staff, make_tenant, run_tasks, cloud):
    tenant = make_tenant()

    page = do(staff("operations"), "published", tenant.keys.get(), reason="Found on a web site")
    run_tasks()

    assert "1 published key is revoked." in page
    assert states(tenant) == ["gone", "live"]
    assert "was published" in cloud.mails("alice@example.com")[0]["subject"]


def test_published_keys_are_revoked_in_bulk(staff):
    ames = rows.a_key()
    burr = rows.a_customer("Burr Tools", "bob@example.com").keys.get()

    page = do_to_many(staff("support"), "published", ames, burr)

    assert "2 published keys are revoked." in page


def test_a_key_that_is_gone_is_refused_with_the_reason(staff):
    key = rows.a_key(state=State.GONE)

    page = do(staff("support"), "revoke", key)

    assert "This key does not work any more." in page


def test_a_key_is_given_an_end_and_no_day_that_is_over(staff, make_tenant, run_tasks):
    tenant, client = make_tenant(), staff("support")
    key = tenant.keys.get()
    today = timezone.localdate()

    client.post(
        verb_url(key, "set-end"),
        {"confirmed": "yes", "reason": "Trial", "ends_on": today - timedelta(days=1)},
    )
    assert tenant.keys.get().expires_at is None
    do(client, "set-end", key, ends_on=today + timedelta(days=3))
    run_tasks()

    assert tenant.keys.get().expires_at.date() == today + timedelta(days=3)
    assert rights.read_access(key.key_id).ends_at == tenant.keys.get().expires_at


@pytest.mark.parametrize("term", ["yz89", "ab12…yz89", "aws-key-id"])
def test_a_key_is_found_by_what_recognises_it(staff, term):
    rows.a_key(key_id="aws-key-id")
    rows.a_customer("Burr Tools", "bob@example.com").keys.update(last4="0000")

    page = staff("support").get(list_url(ApiKey()), {"q": term})

    assert [key.last4 for key in page.context["cl"].result_list] == ["yz89"]


def test_no_staff_page_has_the_key_itself(staff, make_tenant):
    tenant, client = make_tenant(), staff("admin")
    key = tenant.keys.get()
    value = usage_plans.key_value(key.key_id)

    pages = [client.get(url).content.decode() for url in (page_url(key), page_url(tenant))]

    assert all(f"{key.first4}…{key.last4}" in page for page in pages)
    assert not any(value in page for page in pages)


def test_the_customers_page_says_when_each_key_was_used_and_ends(staff, make_tenant, run_tasks):
    tenant, client = make_tenant(), staff("support")
    do(client, "rotate-key", tenant, overlap="24h")
    run_tasks()
    old = tenant.keys.get(state=State.RETIRING)
    UsageDay.objects.create(tenant=tenant, api_key_id=old.key_id, day="2026-11-20", calls=3)

    page = client.get(page_url(tenant)).content.decode()

    assert "Being retired" in page
    assert "2026-11-20" in page
    assert f"{old.retires_at:%Y-%m-%d %H:%M:%S} UTC" in page


def test_choosing_keys_in_the_list_changes_nothing_before_it_is_confirmed(staff):
    key = rows.a_key()

    choose(staff("support"), "revoke", key)

    assert ApiKey.objects.get(pk=key.pk).state == State.LIVE
