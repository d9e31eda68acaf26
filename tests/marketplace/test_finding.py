"""How staff find agreements and the customers who have them: in the lists, and with Ctrl+K."""

import pytest

from tenants.models import Tenant
from tests.backoffice.doors import list_url, page_url
from tests.backoffice.rows import a_customer, a_notice, an_agreement

pytestmark = pytest.mark.django_db(transaction=True)

ARN = "arn:aws:license-manager::845735284135:license:l-77"
NAMES = ("agmt-000000", "l-77", ARN, "111122223333", "ifAPi5AcF3", " agmt-000000 ")


@pytest.fixture
def bought():
    """One agreement with all names that there are, of a customer, and another of nobody."""
    tenant = a_customer()
    row = an_agreement(tenant=tenant, license_id="l-77", customer_identifier="ifAPi5AcF3")
    an_agreement(account_id="999988887777")
    return row


def listed(client, row, term):
    return list(client.get(list_url(row), {"q": term}).context["cl"].result_list)


def led_to(client, term):
    """Where the search of the customers' list leads to if one customer is meant."""
    answer = client.get(list_url(Tenant()), {"q": term})
    return answer["Location"].partition("?")[0]


def palette(client, term):
    return client.get("/admin/search/", {"s": term, "extended": "1"}).content.decode()


@pytest.mark.parametrize("name", NAMES)
def test_an_agreement_is_found_by_each_of_its_names(staff, bought, name):
    assert listed(staff("support"), bought, name) == [bought]


@pytest.mark.parametrize("name", NAMES)
def test_a_customer_is_found_by_what_they_bought(staff, bought, name):
    a_customer("Burr Bearings", "bob@example.com")

    assert led_to(staff("support"), name) == page_url(bought.tenant)


def test_an_agreement_of_nobody_finds_no_customer(staff, bought):
    assert listed(staff("support"), bought.tenant, "999988887777") == []


def test_whoever_may_not_see_agreements_finds_no_customer_by_them(staff, bought):
    client = staff("view_tenant")

    assert listed(client, bought.tenant, "111122223333") == []
    assert led_to(client, "ames") == page_url(bought.tenant)


@pytest.mark.parametrize("name", NAMES)
def test_the_palette_finds_both_and_tells_them_apart(staff, bought, name):
    found = palette(staff("support"), name)

    assert page_url(bought) in found
    assert "Agreement: Gatehouse solver, pay as you go, Active" in found
    assert page_url(bought.tenant) in found
    assert "Customer: alice@example.com, Open" in found


def test_the_palette_shows_no_agreement_to_whoever_may_not_see_it(staff, bought):
    found = palette(staff("view_tenant"), "111122223333")

    assert page_url(bought) not in found
    assert page_url(bought.tenant) not in found


def test_the_palette_finds_no_notice(staff, bought):
    notice = a_notice(agreement=bought)

    for term in (notice.message_id, bought.agreement_id, "Something New"):
        assert page_url(notice) not in palette(staff("support", username=term[:9]), term)
