"""Who said yes is subscribed, who said no is unsubscribed, and who opted out anywhere stays out."""

from datetime import timedelta

import pytest
from django.utils import timezone

from backoffice.audit import Act
from tenants import accounts, people, sweep
from tenants.account import settings as account_settings
from tenants.models import (
    Member,
    NewsletterConnection,
    NewsletterConsent,
    NewsletterSubscription,
    SignUp,
)
from tenants.newsletters import consents, delivery, running
from tests import people as colleagues

pytestmark = pytest.mark.django_db(transaction=True)

ALICE = "alice@example.com"
ACT = Act(None, name=ALICE)
State, Wanted, There = (
    NewsletterSubscription.State,
    NewsletterSubscription.Wanted,
    NewsletterSubscription.There,
)


def say(member, wanted):
    account_settings.choose_newsletter(Member.objects.get(pk=member.pk), ACT, wanted=wanted)


def let_go():
    """Whatever waits for its time may be done now."""
    NewsletterConnection.objects.update(paused_until=None)
    NewsletterSubscription.objects.update(next_attempt_at=None)


def age():
    """Nobody was looked at for a day."""
    NewsletterSubscription.objects.update(looked_at=timezone.now() - timedelta(days=1))


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


class TestTrouble:
    @pytest.mark.parametrize("status", [0, 429, 500])
    def test_a_busy_platform_gets_it_later(
        self, connection, there, come, run_tasks, the_row, status
    ):
        there.fail(status)
        come()
        row = the_row()
        assert (row.state, row.attempts) == (State.WAITING, 1)
        assert row.next_attempt_at > timezone.now()
        assert row.trouble

        let_go()
        sweep.run_due()
        run_tasks()

        assert there.standing(ALICE) == there.active
        assert the_row().trouble == ""

    def test_while_a_platform_is_away_nobody_else_knocks(self, connection, kit, come):
        kit.fail(500)
        come()
        come("bob@example.com")

        assert len(kit.requests) == 1

    def test_a_death_after_the_subscription_subscribes_nobody_twice(
        self, connection, there, come, run_tasks, monkeypatch, the_row
    ):
        class Death(BaseException):
            pass

        def die(*arguments):
            raise Death

        come(run=False)
        with monkeypatch.context() as dying:
            dying.setattr(delivery, "note", die)
            with pytest.raises(Death):
                running.serve(connection)
        there.people[ALICE].tags.clear()

        NewsletterConnection.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
        run_tasks()

        assert list(there.people) == [ALICE]
        assert there.people[ALICE].tags == {there.tag}
        assert the_row().state == State.DONE

    def test_an_address_that_is_not_taken_is_stuck_and_says_so(
        self, connection, there, come, the_row
    ):
        there.no_addresses.add(ALICE)

        come()

        row = the_row()
        assert (row.state, row.there) == (State.STUCK, There.INVALID)
        assert "does not take this address" in row.trouble

    def test_a_wrong_key_stops_the_connection_and_not_the_people(
        self, connection, there, come, the_row, monkeypatch
    ):
        monkeypatch.setenv(connection.key_name, "wrong-us21")

        come()

        connection.refresh_from_db()
        assert connection.paused_until > timezone.now()
        assert "401" in connection.trouble
        assert (the_row().state, the_row().attempts) == (State.WAITING, 0)

    def test_a_key_that_is_nowhere_is_named(self, connection, kit, come, monkeypatch):
        monkeypatch.delenv(connection.key_name)

        come()

        connection.refresh_from_db()
        assert connection.trouble == f"the environment has no {connection.key_name}"
        assert kit.requests == []

    def test_a_tag_that_is_not_there_leaves_the_person_stuck(
        self, make_connection, make_campaign, kit, come, the_row
    ):
        make_connection("kit", [make_campaign()], tag="999")

        come()

        assert the_row().state == State.STUCK

    def test_a_no_while_the_platform_was_away_sends_no_address(
        self, connection, kit, come, run_tasks, the_row
    ):
        member = come(run=False)
        say(member, wanted=False)

        run_tasks()

        assert kit.requests == []
        assert (the_row().wanted, the_row().state) == (Wanted.OUT, State.DONE)

    def test_a_no_in_the_middle_of_the_subscription_is_carried_out_after_it(
        self, connection, there, come, run_tasks
    ):
        def say_no():
            from django.db import connections

            consents.withdraw(Member.objects.get(), by=consents.End.ACCOUNT)
            connections.close_all()

        there.before_writing(say_no)
        come()
        run_tasks()

        assert there.standing(ALICE) == there.opted_out


class TestSignUpGoesOn:
    """A platform that is down never delays a sign-up and never fails it."""

    def test_nobody_is_asked_while_the_form_is_answered(self, connection, there, come):
        come(run=False)

        assert there.requests == []
        assert SignUp.objects.get().state == SignUp.State.PROVISIONING

    def test_a_platform_behind_a_closed_door_stops_no_sign_up(
        self, connection, kit, come, cloud, settings, the_row
    ):
        settings.NEWSLETTER_ADDRESSES["kit"] = "http://127.0.0.1:9"

        member = come()

        assert member.tenant.is_reconciled
        assert len(cloud.mails(ALICE)) == 1
        assert (the_row().state, the_row().attempts) == (State.WAITING, 1)

    def test_a_silent_platform_takes_a_worker_a_few_seconds_at_most(self):
        from adapters.newsletters import speaking

        longest = speaking.CONNECT_SECONDS + speaking.READ_SECONDS
        assert longest <= 7
        assert running.BUDGET.total_seconds() + longest < 29


class TestPace:
    def test_requests_are_sent_no_faster_than_the_connection_says(
        self, connection, kit, come, monkeypatch
    ):
        """Measured where they leave: how long each is on its way depends on the machine."""
        turns = []
        real = NewsletterConnection.renew
        monkeypatch.setattr(
            NewsletterConnection,
            "renew",
            lambda row: (turns.append(timezone.now()), real(row)),
        )
        NewsletterConnection.objects.update(per_minute=600)
        for name in ("alice", "bob", "carol"):
            come(f"{name}@example.com", run=False)

        while running.serve(NewsletterConnection.objects.get()):
            pass

        gaps = [after - before for before, after in zip(turns, turns[1:], strict=False)]
        assert len(turns) == len(kit.requests) > 8
        assert min(gaps) >= timedelta(milliseconds=99)

    def test_two_workers_never_speak_at_once(self, connection, kit, come, in_threads):
        for number in range(6):
            come(f"person{number}@example.com", run=False)

        in_threads(4, lambda _: running.serve(NewsletterConnection.objects.get()))
        while running.serve(NewsletterConnection.objects.get()):
            pass

        assert kit.most_at_once == 1
        assert len(kit.people) == 6

    def test_a_lost_message_is_made_good_by_the_sweep(self, connection, kit, come, run_tasks):
        from tests.worker import waiting_tasks

        come(run=False)
        waiting_tasks()

        sweep.run_due()
        run_tasks()

        assert kit.standing(ALICE) == "active"

    def test_a_dead_worker_is_succeeded(self, connection, kit, come, run_tasks):
        connection.claim()
        come()
        assert kit.requests == []

        NewsletterConnection.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
        sweep.run_due()
        run_tasks()

        assert kit.standing(ALICE) == "active"


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
