"""A customer with another code: upgraded, extended, or refused with the code unspent."""

from datetime import timedelta

import pytest
from django.utils import timezone

from adapters import promo_codes
from backoffice.audit import SYSTEM
from backoffice.models import AuditEvent
from campaigns import gatekeeping, redemptions, rules
from campaigns.errors import CodePaused, CodeSpent, NewCustomersOnly
from campaigns.models import Redemption
from tenants import accounts, promotions, sweep
from tenants.access import access_of
from tenants.models import Grant, Promotion, Tenant
from tenants.promotions import NothingToGain, NotOpen, RedeemedBefore
from tests.backoffice.doors import verb_url
from tests.customers import sign_up

pytestmark = pytest.mark.django_db(transaction=True)

DAYS = timedelta(days=90)


@pytest.fixture
def tenant(make_campaign, make_code, run_tasks):
    """A customer whose starter tier ends in 90 days."""
    row = sign_up(code=make_code(make_campaign(access_days=90)))
    run_tasks()
    return Tenant.objects.get(pk=row.tenant_id)


@pytest.fixture
def offer(make_campaign, make_code):
    def offer(tier="starter", *, max_uses=1, **terms):
        campaign = make_campaign(slug=f"offer-{tier}", tier=tier, **terms)
        return make_code(campaign, max_uses=max_uses)

    return offer


def redeem(tenant, code):
    return promotions.redeem_for(tenant.members.get(), code)


def uses(code):
    return promo_codes.read_code(rules.normalise(code), consistent=True).uses


def tier_at(tenant, moment):
    access = access_of(tenant, tenant.grants.all(), moment)
    return access.tier if access.allowed else None


class TestGaining:
    def test_a_higher_tier_begins_at_once(self, tenant, offer, run_tasks):
        redeem(tenant, offer("pro", access_days=30))
        run_tasks()

        tenant.refresh_from_db()
        now = timezone.now()
        assert tenant.is_reconciled
        assert tier_at(tenant, now) == "pro"
        assert tier_at(tenant, now + timedelta(days=31)) == "starter"
        assert tier_at(tenant, now + timedelta(days=91)) is None

    def test_the_same_tier_is_extended_without_a_gap(self, tenant, offer):
        ends = tenant.grants.get().ends_at

        grant = redeem(tenant, offer("starter", access_days=30)).grant

        assert (grant.starts_at, grant.ends_at) == (ends, ends + timedelta(days=30))

    def test_a_lower_tier_waits_until_the_better_one_ends(self, tenant, offer):
        redeem(tenant, offer("free"))

        now = timezone.now()
        assert tier_at(tenant, now) == "starter"
        assert tier_at(tenant, now + timedelta(days=91)) == "free"

    def test_the_code_is_spent_and_staff_see_by_whom(self, tenant, offer, staff):
        code = offer("pro")
        redeem(tenant, code)

        page = staff("support").get(f"/admin/tenants/tenant/{tenant.pk}/change/").content.decode()

        assert uses(code) == 1
        assert Redemption.objects.filter(code=rules.normalise(code)).count() == 1
        assert page.count("redeemed") >= 2
        assert code not in page


class TestRefused:
    def test_what_gives_nothing_more_stays_unspent(self, tenant, offer):
        redeem(tenant, offer("pro"))
        code = offer("starter")

        with pytest.raises(NothingToGain):
            redeem(tenant, code)

        assert uses(code) == 0

    def test_what_staff_gave_goes_before_every_code(self, tenant, offer):
        accounts.change_tier(tenant, "free", SYSTEM)
        code = offer("pro")

        with pytest.raises(NothingToGain):
            redeem(tenant, code)

        assert uses(code) == 0

    @pytest.mark.parametrize("max_uses", [1, 5])
    def test_one_customer_redeems_one_code_once(self, tenant, offer, max_uses):
        code = offer("starter", max_uses=max_uses, access_days=30)
        redeem(tenant, code)

        with pytest.raises(RedeemedBefore):
            redeem(tenant, code.lower())

        assert uses(code) == 1

    def test_the_shared_code_of_the_sign_up_does_not_extend_it(self, make_campaign, make_code):
        code = make_code(make_campaign(access_days=90), max_uses=9)
        row = sign_up(code=code)

        with pytest.raises(RedeemedBefore):
            redeem(row.tenant, code)

        assert uses(code) == 1

    def test_a_code_for_new_customers_is_none_for_them(self, tenant, offer):
        with pytest.raises(NewCustomersOnly):
            redeem(tenant, offer("pro", new_customers_only=True))

    def test_a_paused_code_is_refused_and_works_once_it_is_resumed(
        self, tenant, make_campaign, make_code
    ):
        campaign = make_campaign(slug="paused", tier="pro")
        code = make_code(campaign)
        gatekeeping.pause_campaign(campaign, SYSTEM)

        with pytest.raises(CodePaused):
            redeem(tenant, code)
        gatekeeping.resume_campaign(campaign, SYSTEM)

        assert redeem(tenant, code).state == Promotion.State.GRANTED

    def test_a_suspended_or_closed_account_redeems_nothing(self, tenant, offer):
        code = offer("pro")
        accounts.suspend(tenant, SYSTEM)

        with pytest.raises(NotOpen):
            redeem(tenant, code)

        assert uses(code) == 0

    def test_who_loses_the_last_use_can_try_again_after_a_release(
        self, tenant, offer, make_campaign, make_code, monkeypatch
    ):
        code = offer("pro")
        other = make_code(make_campaign(slug="rival"))
        rival = sign_up(code=other, email="bob@example.com").tenant
        unspent = redemptions.check_code(code, now=timezone.now())
        redeem(rival, code)
        with monkeypatch.context() as patch:
            patch.setattr(redemptions, "check_code", lambda *_, **__: unspent)
            with pytest.raises(CodeSpent):
                redeem(tenant, code)

        assert Promotion.objects.get(tenant=tenant).state == Promotion.State.REFUSED
        with pytest.raises(CodeSpent):
            redeem(tenant, code)


class TestDying:
    @pytest.mark.parametrize("died_in", ["redeem_code", "record_redemption"])
    def test_the_sweep_finishes_what_died_after_spending(self, tenant, offer, monkeypatch, died_in):
        code = offer("pro")
        module = redemptions if died_in == "redeem_code" else promotions.projection
        original = getattr(module, died_in)

        def work_and_die(*args, **kwargs):
            original(*args, **kwargs)
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(module, died_in, work_and_die)
            with pytest.raises(KeyboardInterrupt):
                redeem(tenant, code)
        Promotion.objects.update(updated_at=timezone.now() - timedelta(minutes=5))

        sweep.run_due()

        assert Promotion.objects.get().state == Promotion.State.GRANTED
        assert Grant.objects.filter(tier="pro").count() == 1
        assert uses(code) == 1

    def test_sixteen_requests_at_once_grant_once(self, tenant, offer, in_threads):
        code = offer("pro", max_uses=16)

        def ask(_):
            try:
                return redeem(tenant, code).state
            except RedeemedBefore:
                return "before"

        assert set(in_threads(16, ask)) <= {"granted", "before"}

        assert Grant.objects.filter(tier="pro").count() == 1
        assert uses(code) == 1


class TestStaff:
    def post(self, client, tenant, code):
        form = {"confirmed": "1", "code": code, "reason": "They called"}
        return client.post(verb_url(tenant, "redeem"), form, follow=True).content.decode()

    def test_support_redeems_a_code_for_a_customer(self, tenant, offer, staff):
        code = offer("pro")

        page = self.post(staff("support"), tenant, code)

        assert "The code was redeemed for 1 account." in page
        event = AuditEvent.objects.get(action="redeem code")
        assert (event.reason, event.after["tier"]) == ("They called", "pro")
        assert rules.normalise(code) not in str(event.after)

    def test_support_reads_why_a_code_is_refused(self, tenant, offer, staff):
        code = offer("pro", max_uses=2, ends_at=timezone.now() - timedelta(days=1))

        page = self.post(staff("support"), tenant, code)

        assert "This code has expired" in page

    def test_marketing_does_not_redeem_for_customers(self, tenant, offer, staff):
        code = offer("pro")

        answer = staff("marketing", "view_tenant").post(
            verb_url(tenant, "redeem"), {"confirmed": "1", "code": code, "reason": "x"}
        )

        assert answer.status_code == 403
        assert uses(code) == 0
