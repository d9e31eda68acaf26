"""What support does with a customer, through the list and the customer's page."""

import pytest
from django.conf import settings

from adapters import rights, user_pool
from adapters.rights import AccessItem
from backoffice import audit
from backoffice.audit import Act
from backoffice.models import AuditEvent
from tenants import welcome
from tenants.models import ApiKey, Grant, Member, Message, Tenant
from tests.backoffice import rows
from tests.backoffice.doors import do, do_to_many, list_url, page_url

pytestmark = pytest.mark.django_db(transaction=True)


def key_of(tenant: Tenant) -> ApiKey:
    return tenant.keys.get(state__in=("wanted", "live"))


def access_of(tenant: Tenant) -> AccessItem | None:
    return rights.read_access(key_of(tenant).key_id)


def test_support_resets_an_account_and_its_key(staff, make_tenant, run_tasks, cloud):
    tenant = make_tenant()
    old = key_of(tenant)

    page = do(staff("support"), "reset", tenant, reason="Laptop stolen", new_key="on")
    run_tasks()

    assert "1 account will be reset." in page
    assert key_of(tenant).key_id not in ("", old.key_id)
    assert ApiKey.objects.get(pk=old.pk).state == ApiKey.State.GONE
    assert len(cloud.mails("alice@example.com")) == 2
    event = AuditEvent.objects.get(action="reset account")
    assert (event.actor_name, event.reason, event.after) == (
        "staff",
        "Laptop stolen",
        {"new_key": True},
    )


def test_the_key_stays_when_the_box_is_not_ticked(staff, make_tenant, run_tasks):
    tenant = make_tenant()
    old = key_of(tenant)

    do(staff("support"), "reset", tenant)
    run_tasks()

    assert key_of(tenant).key_id == old.key_id


def test_the_box_is_ticked_to_begin_with(staff, make_tenant):
    from tests.backoffice.doors import verb_url

    page = staff("support").get(verb_url(make_tenant(), "reset"))

    assert page.context["form"]["new_key"].value() is True


def test_several_accounts_are_reset_from_the_list(staff, run_tasks):
    ames, burr = rows.a_customer(), rows.a_customer("Burr Tools", "bob@example.com")

    page = do_to_many(staff("support"), "reset", ames, burr)

    assert "2 accounts will be reset." in page
    assert Message.objects.filter(kind=Message.Kind.RESET).count() == 2


def test_resending_mails_a_new_link_to_who_has_no_password(staff, make_tenant, run_tasks, cloud):
    tenant = make_tenant()

    page = do(staff("support"), "resend", tenant)
    run_tasks()

    assert "1 account gets its welcome mail again." in page
    assert len(cloud.mails("alice@example.com")) == 2


def test_resending_to_people_who_have_passwords_is_refused_with_what_to_do(staff):
    tenant = rows.a_customer()
    tenant.members.update(password_set_at=tenant.created_at)

    page = do(staff("support"), "resend", tenant)

    assert "Ames Optics: Everybody here has chosen a password." in page
    assert not Message.objects.exists()


def test_suspending_closes_access_and_reinstating_opens_it(staff, make_tenant, run_tasks):
    tenant, client = make_tenant(), staff("support")

    do(client, "suspend", tenant, reason="Invoice unpaid")
    run_tasks()
    closed = access_of(tenant)
    do(client, "reinstate", tenant)
    run_tasks()
    opened = access_of(tenant)

    assert closed
    assert opened
    assert (closed.state, opened.state) == ("closed", "open")


def test_operations_change_the_tier(staff, make_tenant, run_tasks):
    tenant = make_tenant()

    page = do(staff("operations"), "change-tier", tenant, tier="pro")
    run_tasks()

    access = access_of(tenant)
    assert access
    assert "1 account changes its tier." in page
    assert access.tier == "pro"
    assert tenant.grants.get(source="staff").why == "asked"


def test_a_tier_that_does_not_exist_is_refused(staff):
    tenant = rows.a_customer()

    do(staff("operations"), "change-tier", tenant, tier="platinum")

    assert not Grant.objects.filter(source=Grant.Source.STAFF).exists()


def test_reconciling_repairs_what_somebody_deleted(staff, make_tenant, run_tasks):
    tenant = make_tenant()
    rights.delete_access(key_of(tenant).key_id)

    page = do(staff("operations"), "reconcile", tenant)
    run_tasks()

    assert "1 account is being reconciled." in page
    assert access_of(tenant)


def test_closing_deletes_login_and_key(staff, make_tenant, run_tasks):
    tenant = make_tenant()

    page = do(staff("admin"), "close", tenant, reason="Asked to leave")
    run_tasks()

    assert "1 account is being closed." in page
    assert user_pool.find_user(settings.USER_POOL_ID, "alice@example.com") is None
    assert not tenant.keys.exclude(state=ApiKey.State.GONE).exists()


def test_a_closed_account_is_refused_by_every_verb_with_the_same_words(staff):
    tenant = rows.a_customer(state=Tenant.State.CLOSED)
    client = staff("admin")

    pages = [do(client, verb, tenant) for verb in ("resend", "reset", "suspend", "close")]

    assert all("Ames Optics: This account is closed." in page for page in pages)


def test_the_page_says_everything_at_a_glance(staff, make_tenant):
    tenant = make_tenant()

    page = staff("support").get(page_url(tenant)).content.decode()

    key = key_of(tenant)
    for fact in (
        "Open",
        "alice@example.com",
        "Owner",
        "Link sent",
        "Starter",
        "Autumn launch",
        f"{key.first4}…{key.last4}",
        "not yet",
        "create user alice@example.com",
        "Welcome to alice@example.com: Sent",
        "alice@example.com signed up",
        tenant.pk,
    ):
        assert fact in page


def test_the_timeline_has_every_source_newest_first(staff, make_tenant, run_tasks):
    tenant, client = make_tenant(), staff("support")
    do(client, "suspend", tenant, reason="Invoice unpaid")
    run_tasks()

    entries = client.get(page_url(tenant)).context["timeline"].entries

    times = [entry.at for entry in entries]
    assert times == sorted(times, reverse=True)
    sources = {entry.source for entry in entries}
    assert sources == {"Cognito", "API Gateway", "DynamoDB", "Staff", "Mail", "Sign-up", "Code"}
    assert any(entry.detail == "Invoice unpaid" for entry in entries)


def test_the_timeline_tells_staff_the_customer_and_the_system_apart(staff):
    tenant, client = rows.a_customer(), staff("support")
    for act in (Act(client.user), Act(None, name="alice@example.com"), audit.SYSTEM):
        audit.record(act, "look around", tenant)

    entries = client.get(page_url(tenant)).context["timeline"].entries

    assert sorted(entry.source for entry in entries) == ["Customer", "Staff", "System"]


def test_the_timeline_says_which_person_an_act_was_about(staff, make_tenant):
    tenant, client = make_tenant(), staff("support")
    welcome.reveal_key(tenant.members.get())
    do(client, "disable", tenant.members.get())

    told = [entry.what for entry in client.get(page_url(tenant)).context["timeline"].entries]

    assert "staff: disable sign-in, alice@example.com" in told
    assert "alice@example.com: show key" in told


def test_the_trail_has_the_state_before_and_after_a_suspension(staff, make_tenant):
    tenant, client = make_tenant(), staff("support")
    do(client, "suspend", tenant)
    do(client, "reinstate", tenant)

    suspended, reinstated = AuditEvent.objects.filter(action__in=("suspend", "reinstate")).order_by(
        "id"
    )

    assert suspended.before == reinstated.after == {"suspended_at": None}
    assert suspended.after == reinstated.before
    assert suspended.after["suspended_at"]


def test_the_page_shows_no_code_no_key_and_no_link(staff, make_code, run_tasks, cloud):
    from campaigns import rules
    from tests.customers import sign_up

    code = make_code()
    row = sign_up(code=code)
    run_tasks()

    page = staff("support").get(page_url(row.tenant)).content.decode()

    assert rules.normalise(code) not in page.upper()
    assert code not in page
    assert "/welcome/" not in page


def test_a_stuck_customer_says_why_and_what_to_do(staff):
    tenant = rows.a_customer(stuck=True, trouble="apigateway: LimitExceeded", generation=2)

    page = staff("support").get(page_url(tenant)).content.decode()

    assert "Stuck" in page
    assert "apigateway: LimitExceeded" in page
    assert "Remove the cause below, then reconcile." in page


STATES = {
    "open": {},
    "setting_up": {"reconciled_generation": 0, "reconciled_at": None},
    "suspended": {"suspended_at": "2026-01-01T00:00:00Z"},
    "stuck": {"stuck": True, "generation": 2},
    "closed": {"state": "closed"},
}


@pytest.mark.parametrize("state", STATES)
def test_a_filter_finds_exactly_the_rows_with_its_word(staff, state):
    for number, fields in enumerate(STATES.values()):
        rows.a_customer(f"Company {number}", f"p{number}@example.com", **fields)

    page = staff("support").get(list_url(Tenant()) + f"?status={state}")

    [found] = page.context["cl"].result_list
    assert found.company == f"Company {list(STATES).index(state)}"
    words = {"open": "Open", "setting_up": "Being set up"}
    assert f"{words.get(state, state.capitalize())}\n</span>" in page.content.decode()


def test_a_customer_with_several_people_is_listed_once(staff):
    ames = rows.a_customer()
    Member.objects.create(tenant=ames, email="alice2@example.com", full_name="Al")

    page = staff("support").get(list_url(ames), {"q": "alice", "status": "open"})

    assert list(page.context["cl"].result_list) == [ames]


def test_the_palette_finds_customers_and_never_a_code(staff, make_code):
    rows.a_customer()
    code = make_code()
    client = staff("support")

    found = client.get("/admin/search/", {"s": "ames", "extended": "1"}).content.decode()
    nothing = client.get("/admin/search/", {"s": code, "extended": "1"}).content.decode()

    assert "Ames Optics" in found
    assert "/admin/campaigns/redemption/" not in nothing


def test_the_palette_shows_marketing_no_customer(staff):
    rows.a_customer()

    page = staff("marketing").get("/admin/search/", {"s": "ames", "extended": "1"})

    assert "Ames Optics" not in page.content.decode()
