"""A customer redeems a code in the account: it upgrades, extends, or is refused unspent."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from adapters import promo_codes
from backoffice.models import AuditEvent
from campaigns import rules
from tenants.models import Grant, Tenant
from tests.outages import failing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def offer(make_campaign, make_code):
    """Return a code of a new campaign that grants this tier."""

    def make(tier, **fields):
        slug = f"offer-{tier}-{len(fields)}"
        return make_code(make_campaign(name=f"Offer {tier}", slug=slug, tier=tier, **fields))

    return make


def redeem(client, code):
    return client.post("/account/redeem/", {"code": code}, follow=True).content.decode()


def uses(code):
    return promo_codes.read_code(rules.normalise(code), consistent=True).uses


def test_a_code_for_a_higher_plan_upgrades_at_once(as_member, offer, run_tasks):
    client, code = as_member(), offer("pro", access_days=30)

    page = redeem(client, code)
    run_tasks()

    ends = timezone.now() + timedelta(days=30)
    assert f"you have Pro now, until {ends:%Y-%m-%d}" in page
    assert "Your plan: Pro" in client.get("/account/").content.decode()
    assert uses(code) == 1


def test_the_trail_names_the_person_and_not_the_code(as_member, offer, staff):
    client, code = as_member(), offer("pro")

    redeem(client, code)

    event = AuditEvent.objects.get(action="redeem code")
    assert (event.actor, event.actor_name) == (None, "alice@example.com")
    assert code not in str(event.after)
    tenant = Tenant.objects.get()
    page = staff("support").get(f"/admin/tenants/tenant/{tenant.pk}/change/").content.decode()
    assert "alice@example.com: redeem code" in page
    assert ">Customer</span>" in page


def test_a_code_for_the_same_plan_extends_it(as_member, offer):
    client = as_member()
    ends = timezone.now() + timedelta(days=10)
    Grant.objects.update(ends_at=ends)

    page = redeem(client, offer("starter", access_days=30))

    assert f"Starter from {ends:%Y-%m-%d %H:%M} UTC until" in page


def test_a_code_that_gives_nothing_more_is_refused_unspent(as_member, offer):
    client, code = as_member(), offer("free")

    page = redeem(client, code)

    assert "gives nothing that the account does not have" in page
    assert uses(code) == 0


def test_a_refused_code_is_named_with_its_reason(as_member, make_campaign, make_code):
    campaign = make_campaign(slug="over", ends_at=timezone.now() - timedelta(days=1))

    assert "has expired" in redeem(as_member(), make_code(campaign))
    assert Grant.objects.count() == 1


def test_a_misspelled_code_is_said_to_be_so(as_member):
    assert "Check the spelling" in redeem(as_member(), "AUTUMN-OOPS!")


def test_an_empty_form_says_what_is_missing(as_member):
    assert "Write the code" in redeem(as_member(), "")


def test_sending_the_form_twice_redeems_once(as_member, offer):
    client, code = as_member(), offer("pro")
    redeem(client, code)

    page = redeem(client, code)

    assert "has redeemed that code before" in page
    assert uses(code) == 1
    assert Grant.objects.count() == 2


@pytest.mark.parametrize("role", ["developer", "read-only"])
def test_who_may_not_redeem_is_refused(as_member, offer, role):
    client, code = as_member(role), offer("pro")

    assert client.post("/account/redeem/", {"code": code}).status_code == 403
    assert client.post("/account/redeem/check/", {"code": code}).status_code == 403
    assert uses(code) == 0


def test_a_stranger_is_sent_to_the_sign_in(client, offer):
    code = offer("pro")

    assert client.post("/account/redeem/", {"code": code}).url == "/account/login/"
    assert uses(code) == 0


def test_a_busy_dynamodb_keeps_the_code_in_the_form(as_member, offer):
    client, code = as_member(), offer("pro")

    with failing("dynamodb", "GetItem", "InternalServerError"):
        answer = client.post("/account/redeem/", {"code": code})

    assert answer.status_code == 503
    assert code in answer.content.decode()


def test_a_form_from_elsewhere_is_refused(as_member, offer):
    client, code = as_member(), offer("pro")
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies

    assert strict.post("/account/redeem/", {"code": code}).status_code == 403
    assert uses(code) == 0


class TestLiveCheck:
    def check(self, client, code):
        return client.post("/account/redeem/check/", {"code": code}).content.decode()

    def test_a_good_code_says_what_it_gives_and_is_not_spent(self, as_member, offer):
        client, code = as_member(), offer("pro")

        assert "it gives you the Pro tier" in self.check(client, code)
        assert uses(code) == 0

    def test_a_code_that_gives_nothing_more_says_so(self, as_member, offer):
        assert "gives nothing" in self.check(as_member(), offer("free"))

    def test_a_code_for_new_customers_says_so(self, as_member, offer):
        code = offer("pro", new_customers_only=True)

        assert "new customers only" in self.check(as_member(), code)

    def test_one_that_was_redeemed_says_so(self, as_member, offer):
        client, code = as_member(), offer("pro")
        redeem(client, code)

        assert "redeemed that code before" in self.check(client, code)

    def test_the_eleventh_check_in_a_minute_waits(self, as_member, offer, time_machine):
        client = as_member()
        time_machine.move_to(timezone.now().replace(second=0), tick=False)
        code = offer("pro")
        answers = [self.check(client, code) for _ in range(11)]

        assert "Too many tries" not in "".join(answers[:10])
        assert "Too many tries" in answers[10]
