"""Platforms that are busy, away, wrong or slow: nobody is lost, doubled or kept waiting."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tenants import sweep
from tenants.models import (
    Member,
    NewsletterConnection,
    SignUp,
)
from tenants.newsletters import consents, delivery, running
from tests.tenants.newsletters.steps import ALICE, State, There, Wanted, let_go, say

pytestmark = pytest.mark.django_db(transaction=True)


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
