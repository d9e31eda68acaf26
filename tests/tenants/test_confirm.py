"""Campaigns that want the address confirmed first: the code is held, then spent, or let go."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from adapters import promo_codes
from backoffice.audit import SYSTEM
from campaigns import gatekeeping, redemptions, rules
from campaigns.eligibility import Customer
from tenants import confirmations, founding, signups, sweep
from tenants.models import Member, Message, SignUp
from tests.customers import sign_up

pytestmark = pytest.mark.django_db(transaction=True)

EMAIL = "alice@example.com"


@pytest.fixture
def campaign(make_campaign):
    return make_campaign(confirm_first=True)


@pytest.fixture
def code(campaign, make_code):
    return make_code(campaign)


@pytest.fixture
def row(code, run_tasks):
    made = sign_up(code=code, email=EMAIL)
    run_tasks()
    return made


def counts(code):
    found = promo_codes.read_code(rules.normalise(code), consistent=True)
    return found.uses, found.holds


def link_in(cloud, email=EMAIL):
    mail = cloud.mails(email)[0]
    assert "Confirm your address" in mail["subject"]
    return re.search(r"/signup/confirm/\S+/", mail["text"])[0]


def later(moment):
    return time_machine.travel(timezone.now() + moment, tick=True)


def confirmed(client, cloud):
    client.get(link_in(cloud))
    return client.post("/signup/confirm/")


class TestHolding:
    def test_the_code_is_held_and_nothing_is_made(self, row, code):
        assert row.state == SignUp.State.CONFIRMING
        assert counts(code) == (1, 1)
        assert not Member.objects.exists()

    def test_the_page_says_what_to_do_and_how_long_the_code_is_kept(self, client, row):
        page = client.get(f"/signup/{row.pk}/").content.decode()

        assert "Confirm your address" in page
        assert 'data-testid="signup-status">ready<' in page

    def test_nobody_else_gets_the_code_meanwhile(self, client, row, code):
        answer = client.post(
            "/signup/check-code/", {"code": code}, headers={"Accept": "application/json"}
        )

        assert answer.json()["reason"] == "held"

    def test_sending_the_form_again_holds_once_and_mails_once(self, row, code, run_tasks):
        sign_up(code=code, email=EMAIL, form_key=row.form_key)
        run_tasks()

        assert counts(code) == (1, 1)
        assert Message.objects.count() == 1

    def test_other_campaigns_ask_for_nothing(self, make_campaign, make_code):
        row = sign_up(code=make_code(make_campaign(slug="other")))

        assert row.state == SignUp.State.PROVISIONING


class TestConfirming:
    def test_opening_the_link_spends_nothing(self, client, cloud, row, code):
        page = client.get(link_in(cloud), follow=True)

        assert page.request["PATH_INFO"] == "/signup/confirm/"
        assert "Confirm and go on" in page.content.decode()
        assert counts(code) == (1, 1)

    def test_confirming_makes_the_account(self, client, cloud, row, code, run_tasks):
        answer = confirmed(client, cloud)
        run_tasks()

        row.refresh_from_db()
        assert answer["Location"] == f"/signup/{row.pk}/"
        assert row.tenant.members.get().email == EMAIL
        assert row.tenant.is_reconciled
        assert counts(code) == (1, 0)

    def test_confirming_twice_makes_one_account(self, client, cloud, row, run_tasks):
        link = link_in(cloud)
        for _ in range(2):
            client.get(link)
            client.post("/signup/confirm/")
        run_tasks()

        assert Member.objects.count() == 1

    def test_whoever_confirmed_goes_straight_on_to_the_password(
        self, client, cloud, row, run_tasks
    ):
        confirmed(client, cloud)
        run_tasks()

        page = client.get(f"/signup/{row.pk}/").content.decode()
        after = client.post(f"/signup/{row.pk}/password/", follow=True)

        assert "Choose a password" in page
        assert 'data-testid="set-password-form"' in after.content.decode()

    def test_another_browser_waits_for_the_mail(self, client, cloud, row, run_tasks):
        confirmed(client, cloud)
        run_tasks()
        client.session.flush()
        client.cookies.clear()

        page = client.get(f"/signup/{row.pk}/").content.decode()
        after = client.post(f"/signup/{row.pk}/password/")

        assert "Choose a password" not in page
        assert after["Location"] == f"/signup/{row.pk}/"

    def test_after_the_first_password_the_short_cut_is_closed(self, client, cloud, row, run_tasks):
        confirmed(client, cloud)
        run_tasks()
        Member.objects.update(password_set_at=timezone.now())

        assert client.post(f"/signup/{row.pk}/password/")["Location"] == f"/signup/{row.pk}/"

    def test_a_confirmation_that_died_is_finished_by_the_sweep(
        self, row, code, run_tasks, monkeypatch
    ):
        def die(*_, **__):
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(founding, "found_account", die)
            with pytest.raises(KeyboardInterrupt):
                signups.confirm(row)
        SignUp.objects.update(updated_at=timezone.now() - timedelta(minutes=5))
        sweep.run_due()
        run_tasks()

        row.refresh_from_db()
        assert row.tenant.is_reconciled
        assert counts(code) == (1, 0)

    @pytest.mark.parametrize("token", ["nonsense", "a:b:c", "x" * 80])
    def test_a_link_that_we_did_not_make_is_refused(self, client, token):
        answer = client.get(f"/signup/confirm/{token}/")

        assert answer.status_code == 410

    def test_without_a_link_there_is_nothing_to_confirm(self, client, row):
        assert client.post("/signup/confirm/").status_code == 410

    def test_a_link_is_of_no_use_after_a_day(self, client, cloud, row):
        link = link_in(cloud)

        with later(confirmations.LIFETIME + timedelta(minutes=1)):
            assert client.get(link).status_code == 410


class TestTooLate:
    def test_after_the_hold_the_code_is_still_theirs_if_nobody_took_it(
        self, client, cloud, row, run_tasks
    ):
        with later(timedelta(hours=2)):
            confirmed(client, cloud)
            run_tasks()

        row.refresh_from_db()
        assert row.tenant is not None

    def test_who_was_slower_reads_that_the_code_is_gone(self, client, cloud, row, code):
        with later(timedelta(hours=2)):
            redemptions.redeem_code(
                code, redeemed_by="bob", customer=Customer("bob@example.com"), now=timezone.now()
            )
            answer = confirmed(client, cloud)

        row.refresh_from_db()
        assert answer.status_code == 410
        assert "This code has been used" in answer.content.decode()
        assert (row.state, row.refusal) == (SignUp.State.REFUSED, "used_up")

    def test_a_pause_refuses_who_only_holds(self, client, cloud, campaign, row, code):
        gatekeeping.pause_campaign(campaign, SYSTEM)

        assert confirmed(client, cloud).status_code == 410

    def test_after_a_day_the_sweep_lets_go_of_the_code(self, client, row, code):
        with later(confirmations.LIFETIME + timedelta(minutes=1)):
            sweep.run_due()

            row.refresh_from_db()
            page = client.get(f"/signup/{row.pk}/").content.decode()
        # Whoever was confirming at that moment has had their answer by then.
        with later(confirmations.LIFETIME + timedelta(minutes=3)):
            sweep.run_due()

        assert row.state == SignUp.State.CLOSED
        assert counts(code) == (0, 0)
        assert "was not confirmed in time" in page


class TestKnownPeople:
    @pytest.mark.parametrize("terms", [{"once_per_customer": True}, {"new_customers_only": True}])
    def test_a_second_sign_up_under_an_alias_is_told_by_mail_alone(
        self, client, cloud, make_campaign, make_code, run_tasks, terms
    ):
        campaign = make_campaign(**terms)
        first, second = make_code(campaign), make_code(campaign)
        sign_up(code=first, email=EMAIL)

        row = sign_up(code=second, email="alice+again@example.com")
        run_tasks()

        assert row.state == SignUp.State.KNOWN
        assert counts(second) == (0, 0)
        assert "was not used" in cloud.mails("alice+again@example.com")[0]["subject"]
        assert "Check your mail" in client.get(f"/signup/{row.pk}/").content.decode()

    def test_who_left_is_no_new_customer(self, make_campaign, make_code, make_tenant):
        make_tenant(EMAIL)
        Member.objects.update(left_at=timezone.now())

        row = sign_up(
            code=make_code(make_campaign(slug="new", new_customers_only=True)), email=EMAIL
        )

        assert row.state == SignUp.State.KNOWN

    def test_the_wrong_domain_is_refused_on_the_form(self, client, make_campaign, make_code):
        campaign = make_campaign(allowed_domains="optics.example")
        code = make_code(campaign)

        answer = client.post(
            "/signup/check-code/",
            {"code": code, "email": EMAIL},
            headers={"Accept": "application/json"},
        )

        assert (answer.json()["valid"], answer.json()["reason"]) == (False, "wrong_domain")

    def test_days_of_access_end_the_grant(self, make_campaign, make_code):
        row = sign_up(code=make_code(make_campaign(access_days=90)))

        grant = row.tenant.grants.get()
        assert grant.ends_at - grant.starts_at == timedelta(days=90)
