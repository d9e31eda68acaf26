"""The buyers of AWS Marketplace whom a newcomer finds after `make run`."""

import pytest
import requests
from django.urls import reverse
from django.utils import timezone

from adapters.marketplace_simulator import Simulator
from marketplace import waiting
from marketplace.models import Agreement, Registration
from portal import demo_buyers
from tenants.access import access_of
from tests.backoffice.doors import page_url
from tests.buyers import CONTRACT, SUBSCRIPTION

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def simulator(cloud):
    return Simulator(cloud.addresses.marketplace)


@pytest.fixture
def wait(run_tasks):
    def until(question, what):
        assert any(question() for _ in range(10)), what
        run_tasks()

    return until


def test_one_has_an_account_that_is_paid_for_by_a_contract(simulator, wait, staff, cloud):
    tenant = demo_buyers.subscribe(simulator, CONTRACT, wait)

    access = access_of(tenant, tenant.grants.all(), timezone.now())
    row = tenant.agreements.get()
    assert (access.allowed, access.tier) == (True, "pro")
    assert access.billing_source == f"agreement:{row.agreement_id}"
    assert Registration.objects.get().state == Registration.State.FINISHED
    assert "welcome" in cloud.mails("mara@marlow.example")[0]["text"]
    page = staff("support").get(page_url(tenant)).content.decode()
    assert "Gatehouse solver, by contract" in page
    assert "counted on this agreement" in page


def test_the_simulator_s_page_of_it_works(simulator, wait, cloud):
    row = demo_buyers.subscribe(simulator, CONTRACT, wait).agreements.get()
    page = requests.get(f"{cloud.addresses.marketplace}/agreements/{row.agreement_id}", timeout=5)

    assert page.status_code == 200
    assert "Set up your account" in page.text


def test_one_bought_and_waits_in_the_inbox(simulator, wait, staff):
    row = demo_buyers.buy_and_leave(simulator, SUBSCRIPTION, wait)

    (found,) = waiting.what_waits(timezone.now())
    assert found.kind.name == "unregistered"
    assert (
        row.agreement_id
        in staff("support").get(reverse("admin:marketplace_inbox")).content.decode()
    )


def test_both_come_to_the_laptop_s_listings(simulator, wait):
    tenants = demo_buyers.come_and_leave(simulator, wait)

    assert [tenant.company for tenant in tenants] == ["Marlow Machines"]
    assert Agreement.objects.filter(state="active").count() == 2


def test_nobody_comes_to_a_stage_with_other_listings(simulator, wait, settings):
    settings.MARKETPLACE_PRODUCTS = {}

    assert demo_buyers.come_and_leave(simulator, wait) == []
