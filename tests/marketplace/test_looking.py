"""Our own look at AWS: what was bought, and what nobody told us."""

import pytest

from marketplace.models import Agreement
from tenants import sweep
from tests import buyers

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_contract_has_the_tier_that_was_bought(arrive, buy, cloud):
    browser = arrive(buy(buyers.CONTRACT, dimensions={"pro": 1}))
    buyers.fill_in(browser)
    sweep.run_due()

    row = Agreement.objects.get()
    assert (row.state, row.tier) == ("active", "pro")
    assert row.tenant.grants.get().tier == "pro"


def test_an_end_that_nobody_told_is_seen(arrive, buy, cloud):
    browser = arrive(buy())
    buyers.fill_in(browser)
    sweep.run_due()
    with cloud.marketplace.notices.held():
        cloud.marketplace.cancel(browser.bought.id)
    Agreement.objects.update(look_due_at="2020-01-01T00:00:00Z")
    sweep.run_due()

    assert Agreement.objects.get().ended_as == "CANCELLED"
    assert Agreement.objects.get().tenant.grants.get().ended_at
