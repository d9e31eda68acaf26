"""How many queries a page may cost, however many rows there are. Each budget counts four for
the session, the person, what they may do, and the numbers of what waits, beside the sidebar."""

import pytest
from django.urls import reverse
from django.utils import timezone

from backoffice import audit
from backoffice.models import AuditEvent, Job
from campaigns.models import Batch, Campaign, CodeImport, Redemption
from marketplace.models import Agreement, Notice, Registration
from tenants.models import (
    ApiKey,
    Message,
    NewsletterConnection,
    NewsletterSubscription,
    QuotaAlert,
    SignUp,
    SuppressedAddress,
    SyncStep,
    Tenant,
    UsageDay,
)
from tenants.newsletters import consents
from tests.backoffice import rows
from tests.backoffice.doors import list_url, page_url
from tests.customers import wish

pytestmark = pytest.mark.django_db(transaction=True)

MANY = 12
LISTS = (
    Campaign, Batch, CodeImport, Redemption, Job, AuditEvent, Tenant, ApiKey, SignUp, Message,
    UsageDay, QuotaAlert, NewsletterConnection, NewsletterSubscription, Agreement, Notice,
    Registration, SuppressedAddress,
)  # fmt: skip


@pytest.fixture
def many_rows(db):
    for number in range(MANY):
        batch = rows.a_batch(rows.a_campaign(slug=f"campaign-{number}"), job=rows.a_job())
        rows.a_redemption(batch, number)
        rows.an_import(batch.campaign)
        tenant = rows.a_customer(f"Company {number}", f"person{number}@example.com")
        values = wish(email=f"person{number}@example.com", code="AUTUMN-1").columns()
        SignUp.objects.create(**values, tenant=tenant, form_key=f"{number:032x}")
        rows.a_mail(member=tenant.members.get())
        rows.a_subscription(tenant.members.get())
        rows.a_day_of_usage(tenant)
        rows.a_quota_alert(tenant)
        rows.an_address_held_back()
        agreement = rows.an_agreement(tenant=tenant)
        rows.a_notice(agreement=agreement)
        Registration.objects.create(agreement=agreement)
        audit.record(audit.SYSTEM, "suspend", tenant)


@pytest.mark.parametrize("model", LISTS)
def test_a_list_costs_eight_queries_at_most(staff, many_rows, model, django_assert_max_num_queries):
    client = staff("admin")

    with django_assert_max_num_queries(8):
        page = client.get(list_url(model()))

    assert len(page.context["cl"].result_list) >= MANY


def test_the_dashboard_costs_twenty_two(staff, many_rows, django_assert_max_num_queries):
    client = staff("admin")

    with django_assert_max_num_queries(22):
        client.get(reverse("admin:index"))


def test_a_customer_s_page_costs_twelve_of_its_own(staff, many_rows, django_assert_max_num_queries):
    client = staff("admin")
    tenant = Tenant.objects.first()
    member = tenant.members.get()
    consents.give(member, source=consents.Source.SIGN_UP)
    Registration.objects.update(attached_by=member, finished_at=timezone.now())
    rows.a_request(member)
    for number in range(60):
        SyncStep.objects.create(tenant=tenant, generation=1, system="Cognito", what=f"{number}")

    client.get(page_url(tenant))  # what a process asks once, it has asked

    with django_assert_max_num_queries(16):
        page = client.get(page_url(tenant))

    assert len(page.context["timeline"].entries) == 50
