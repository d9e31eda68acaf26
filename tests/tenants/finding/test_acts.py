"""The request id of an error page of the portal leads to whoever's account was acted on in it."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from backoffice import audit
from backoffice.audit import Thing
from backoffice.audit_erasure import pseudonymise
from backoffice.models import AuditEvent
from backoffice.request_ids import current_request_id
from marketplace.models import Registration
from tenants.models import Difference, Domain, DomainClaim, Invitation, SignUp
from tests.backoffice import rows
from tests.backoffice.doors import list_url, page_url
from tests.customers import wish

pytestmark = pytest.mark.django_db(transaction=True)

FIND = reverse("admin:tenants_find")
REQUEST = "0f5c9d3e-74a6-4f0b-9a66-5d1c0c7a3b21"


@pytest.fixture
def ames():
    rows.a_customer("Burr Tools", "bob@burr.example")
    return rows.a_customer()


@pytest.fixture
def in_the_request():
    token = current_request_id.set(REQUEST)
    yield
    current_request_id.reset(token)


def a_sign_up(tenant):
    values = wish(email="alice@example.com", code="AUTUMN-1").columns()
    return SignUp.objects.create(**values, tenant=tenant, form_key=uuid.uuid4())


def a_claim(tenant):
    return DomainClaim.objects.create(
        tenant=tenant,
        name="prisms.example",
        asked_by=tenant.members.get(),
        expires_at=timezone.now() + timedelta(days=1),
    )


def an_invitation(tenant):
    return Invitation.objects.create(
        tenant=tenant, email="carl@else.example", full_name="Carl", role="owner"
    )


def a_difference(tenant):
    return Difference.objects.create(
        kind="customer", thing=tenant.pk, tenant=tenant, seen_at=timezone.now()
    )


TARGETS = {
    "the customer": lambda tenant: tenant,
    "a person": lambda tenant: tenant.members.get(),
    "a key": lambda tenant: tenant.keys.get(),
    "a grant": lambda tenant: tenant.grants.get(),
    "a domain": lambda tenant: Domain.objects.create(tenant=tenant, name="ames.example"),
    "a domain being proved": a_claim,
    "a sign-up": a_sign_up,
    "an invitation": an_invitation,
    "a support request": lambda tenant: rows.a_request(tenant.members.get()),
    "a mail to a person": lambda tenant: rows.a_mail(member=tenant.members.get()),
    "a mail to a domain": lambda tenant: rows.a_mail(domain_claim=a_claim(tenant)),
    "a mail to who is invited": lambda tenant: rows.a_mail(invitation=an_invitation(tenant)),
    "an agreement": lambda tenant: rows.an_agreement(tenant=tenant),
    "a registration": lambda tenant: Registration.objects.create(
        agreement=rows.an_agreement(tenant=tenant)
    ),
    "a notice": lambda tenant: rows.a_notice(agreement=rows.an_agreement(tenant=tenant)),
    "drift": a_difference,
}


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_an_act_on_anything_of_a_customer_leads_to_them(staff, ames, in_the_request, target):
    audit.record(audit.SYSTEM, "some act", target(ames))
    client = staff("support")

    found = client.post(FIND, {"quoted": f" {REQUEST.upper()} "}, follow=True)
    listed = client.get(list_url(ames), {"q": REQUEST}, follow=True)

    for answer in (found, listed):
        assert answer.redirect_chain[-1][0] == page_url(ames)
        assert "Found by Request id: some act" in answer.content.decode()


def test_of_acts_on_two_customers_both_are_listed(staff, ames, in_the_request):
    audit.record(audit.SYSTEM, "suspend", ames)
    audit.record(audit.SYSTEM, "show key", rows.a_customer("Third", "t@example.com").keys.get())

    page = staff("support").post(FIND, {"quoted": REQUEST})

    assert {line["name"] for line in page.context["lines"]} == {"Ames Optics", "Third"}


def test_a_line_of_nobody_s_account_beside_one_of_a_customer_is_left_out(
    staff, ames, in_the_request
):
    audit.record(audit.SYSTEM, "start export-person", rows.a_job())
    audit.record(audit.SYSTEM, "export customer", ames)

    assert staff("admin").post(FIND, {"quoted": REQUEST}).url == page_url(ames)


def test_what_was_done_to_nobody_s_account_is_in_the_audit_trail(staff, ames, in_the_request):
    for action in ("pause campaign", "rename campaign"):
        audit.record(audit.SYSTEM, action, rows.a_campaign(slug=action.replace(" ", "-")))
    client = staff("operations")

    found = client.post(FIND, {"quoted": REQUEST})

    trail = client.get(found.url)
    assert found.url == f"{list_url(AuditEvent())}?q={REQUEST}"
    assert len(trail.context["cl"].result_list) == 2


def test_whoever_may_not_read_the_trail_is_not_led_there(staff, ames, in_the_request):
    audit.record(audit.SYSTEM, "pause campaign", rows.a_campaign())

    assert "Nothing matches" in staff("support").post(FIND, {"quoted": REQUEST}).content.decode()


@pytest.mark.parametrize("key", ["", "no-number", "9" * 40, "{pk}-erased", "{pk} "])
def test_a_key_that_is_none_any_more_is_nobody_s(staff, ames, in_the_request, key):
    key = key.format(pk=ames.members.get().pk)
    for kind in ("tenants.Member", "tenants.SignUp", "tenants.Tenant"):
        audit.record_outside(audit.SYSTEM, "some act", Thing(kind, key, "somebody"))

    found = staff("admin").post(FIND, {"quoted": REQUEST})

    assert found.url.startswith(list_url(AuditEvent()))


def test_the_act_of_a_person_who_was_erased_leads_to_their_customer(staff, ames, in_the_request):
    audit.record(audit.SYSTEM, "choose password", ames.members.get())
    pseudonymise(["alice@example.com"], subject="alice@example.com")

    assert staff("support").post(FIND, {"quoted": REQUEST}).url == page_url(ames)


def test_acts_are_asked_by_the_index_of_request_ids(staff, ames, in_the_request):
    audit.record(audit.SYSTEM, "choose password", ames.members.get())
    client = staff("support")

    with CaptureQueriesContext(connection) as queries:
        client.post(FIND, {"quoted": REQUEST})

    [search] = [each["sql"] for each in queries if '"backoffice_auditevent"' in each["sql"]]
    steps = _plan_of(search)
    assert [step for step in steps if "backoffice_auditevent_request_id" in step]
    assert [step for step in steps if step.startswith("SCAN U") or "AUTOMATIC" in step] == []


def _plan_of(sql: str) -> list[str]:
    """PostgreSQL reads the whole of so small a table, unless it is made to look for another way."""
    is_sqlite = connection.vendor == "sqlite"
    with transaction.atomic(), connection.cursor() as cursor:
        if not is_sqlite:
            cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {'QUERY PLAN ' if is_sqlite else ''}{sql}")
        return [str(row[-1]) for row in cursor.fetchall()]
