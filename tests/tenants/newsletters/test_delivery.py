"""Who said yes is subscribed, who said no is unsubscribed, and who opted out anywhere stays out."""

import pytest

from tenants import accounts, people, sweep
from tenants.models import (
    NewsletterConnection,
    NewsletterConsent,
    NewsletterSubscription,
)
from tenants.newsletters import consents
from tests import people as colleagues
from tests.tenants.newsletters.steps import ACT, ALICE, State, There, age, let_go, say

pytestmark = pytest.mark.django_db(transaction=True)


def test_who_ticks_the_box_is_subscribed_and_tagged(connection, there, come, the_row):
    come()

    assert there.standing(ALICE) == there.active
    assert there.people[ALICE].tags == {there.tag}
    row = the_row()
    assert (row.state, row.there) == (State.DONE, There.SUBSCRIBED)
    assert row.remote_id


def test_who_does_not_tick_it_is_never_named_there(connection, there, come):
    come(opt_in=False)
    sweep.run_due()

    assert there.requests == []
    assert not NewsletterSubscription.objects.exists()


def test_the_consent_says_when_where_and_in_which_words(connection, there, come):
    member = come()

    consent = NewsletterConsent.objects.get()
    assert (consent.source, consent.wording) == ("sign_up", "sign-up-1")
    assert consent.given_at == member.marketing_opt_in_at


def test_who_says_no_in_the_account_is_unsubscribed(connection, there, come, run_tasks, the_row):
    member = come()

    say(member, wanted=False)
    run_tasks()

    assert there.standing(ALICE) == there.opted_out
    assert the_row().state == State.DONE
    assert NewsletterConsent.objects.get().withdrawn_by == "account"


def test_a_closed_account_is_unsubscribed(connection, there, come, run_tasks):
    member = come()

    accounts.close(member.tenant, ACT)
    run_tasks()

    assert there.standing(ALICE) == there.opted_out
    assert NewsletterConsent.objects.get().withdrawn_by == "closed"


def test_who_leaves_is_unsubscribed(connection, there, come, run_tasks):
    owner = come(opt_in=False)
    bob = colleagues.add_member(owner.tenant, "developer", "bob@example.com")
    consents.give(bob, source=consents.Source.ACCOUNT)
    run_tasks()
    assert there.standing("bob@example.com") == there.active

    people.remove(owner.tenant, f"m{bob.pk}", ACT)
    run_tasks()

    assert there.standing("bob@example.com") == there.opted_out


class TestOptedOutThere:
    def test_who_opted_out_before_is_not_subscribed(self, connection, there, come, the_row):
        there.opt_out(ALICE)

        member = come()

        assert there.standing(ALICE) == there.opted_out
        assert the_row().there == There.UNSUBSCRIBED
        member.refresh_from_db()
        assert member.marketing_opt_in_at is None
        assert NewsletterConsent.objects.get().withdrawn_by == "platform"

    def test_an_opt_out_between_our_look_and_our_call_holds(self, connection, there, come, the_row):
        there.before_writing(lambda: there.opt_out(ALICE))

        come()

        assert there.standing(ALICE) == there.opted_out
        assert the_row().there == There.UNSUBSCRIBED

    def test_a_later_opt_out_is_found_and_ends_the_consent(
        self, connection, there, come, run_tasks, the_row
    ):
        member = come()
        there.opt_out(ALICE)
        age()

        sweep.run_due()
        run_tasks()

        assert the_row().there == There.UNSUBSCRIBED
        member.refresh_from_db()
        assert member.marketing_opt_in_at is None

    def test_a_new_yes_on_our_page_does_not_bring_them_back(
        self, connection, there, come, run_tasks, the_row
    ):
        there.opt_out(ALICE)
        member = come()

        say(member, wanted=True)
        let_go()
        sweep.run_due()
        run_tasks()

        assert there.standing(ALICE) == there.opted_out
        assert the_row().there == There.UNSUBSCRIBED

    def test_nobody_is_subscribed_again_after_a_no_and_a_yes(
        self, connection, there, come, run_tasks
    ):
        member = come()
        say(member, wanted=False)
        run_tasks()

        say(member, wanted=True)
        run_tasks()

        assert there.standing(ALICE) == there.opted_out

    def test_the_other_platforms_are_told_too(
        self, open_platform, make_connection, make_campaign, come, run_tasks
    ):
        kit, mailchimp = open_platform("kit"), open_platform("mailchimp")
        campaign = make_campaign()
        make_connection("kit", [campaign])
        make_connection("mailchimp", [campaign])
        come()
        kit.opt_out(ALICE)
        age()

        sweep.run_due()
        run_tasks()

        assert mailchimp.standing(ALICE) == "unsubscribed"


class TestForWhom:
    def test_a_campaign_that_is_not_chosen_leads_nowhere(self, make_connection, kit, come):
        make_connection("kit")

        come()
        sweep.run_due()

        assert kit.requests == []

    def test_several_connections_get_the_same_person(
        self, open_platform, make_connection, make_campaign, come
    ):
        platforms = [open_platform(kind) for kind in ("kit", "beehiiv")]
        campaign = make_campaign()
        for kind in ("kit", "beehiiv"):
            make_connection(kind, [campaign])

        come()

        assert [ALICE in platform.people for platform in platforms] == [True, True]

    def test_who_said_yes_before_is_subscribed_when_the_connection_comes(
        self, make_connection, make_campaign, kit, come, run_tasks
    ):
        campaign = make_campaign()
        come()
        make_connection("kit", [campaign])

        sweep.run_due()
        run_tasks()

        assert kit.standing(ALICE) == "active"

    def test_a_connection_that_is_off_subscribes_nobody_and_still_unsubscribes(
        self, connection, kit, come, run_tasks
    ):
        alice = come()
        NewsletterConnection.objects.update(is_enabled=False)
        come("bob@example.com")
        say(alice, wanted=False)
        run_tasks()
        sweep.run_due()
        run_tasks()

        assert kit.standing("bob@example.com") == "absent"
        assert kit.standing(ALICE) == "cancelled"
