"""The copy of redemptions, made anew from DynamoDB: whole, exact, and the same when repeated."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from backoffice import jobs
from backoffice.audit import SYSTEM
from backoffice.models import Job
from campaigns import rebuilding, redemptions
from campaigns.eligibility import Customer
from campaigns.models import Redemption
from tests.customers import sign_up
from tests.outages import failing

pytestmark = pytest.mark.django_db(transaction=True)

FACTS = ("redeemed_by", "code", "campaign", "batch", "redeemed_at", "released_at", "tier")


@pytest.fixture
def rebuild(run_tasks):
    def run():
        call_command("rebuild_redemptions")
        run_tasks()
        assert Job.objects.first().state == Job.State.DONE
        return {row["redeemed_by"]: row for row in Redemption.objects.values(*FACTS)}

    return run


@pytest.fixture
def now():
    return timezone.now().replace(microsecond=0)


def redeem(code, who, at):
    customer = Customer(f"{who}@example.com")
    return redemptions.redeem_code(code, redeemed_by=who, customer=customer, now=at)


def test_every_kind_of_use_comes_back(make_campaign, make_code, rebuild, now):
    plain = make_campaign()
    capped = make_campaign(slug="capped", tier="pro", cap=5, once_per_customer=True)
    shared = make_code(plain, max_uses=5)
    redeem(make_code(plain), "alice", now)
    redeem(make_code(capped), "bob", now)
    redeem(shared, "carol", now)
    redeem(shared, "dave", now)

    found = rebuild()

    assert {name: row["tier"] for name, row in found.items()} == {
        "alice": "starter",
        "bob": "pro",
        "carol": "starter",
        "dave": "starter",
    }
    assert found["bob"]["campaign"] == capped.pk
    assert {row["redeemed_at"] for row in found.values()} == {now}
    assert {row["released_at"] for row in found.values()} == {None}


def test_what_is_only_held_or_unused_is_no_redemption(make_code, rebuild, now):
    make_code()
    redemptions.hold_code(
        make_code(),
        held_by="alice",
        customer=Customer("alice@example.com"),
        now=now,
        until=now + timedelta(hours=1),
    )

    assert rebuild() == {}


def test_a_use_that_was_given_back_comes_back_as_that(make_code, rebuild, now):
    code = make_code()
    redeem(code, "alice", now)
    redemptions.release_code(code, redeemed_by="alice", now=now + timedelta(minutes=1))

    assert rebuild()["alice"]["released_at"] == now + timedelta(minutes=1)


@pytest.mark.parametrize("pause", [timedelta(0), timedelta(minutes=1)])
def test_who_redeemed_again_after_giving_back_counts(make_code, rebuild, now, pause):
    first, second = make_code(), make_code()
    redeem(first, "alice", now)
    redemptions.release_code(first, redeemed_by="alice", now=now)
    redemption = redeem(second, "alice", now + pause)

    for _ in range(2):
        row = rebuild()["alice"]
        assert (row["code"], row["released_at"]) == (redemption.code, None)


def test_a_lost_note_of_a_release_is_made_up_for(make_code, rebuild, now):
    code = make_code()
    redeem(code, "alice", now)
    rebuild()
    redemptions.release_code(code, redeemed_by="alice", now=now)

    assert rebuild()["alice"]["released_at"] == now


def test_repeating_it_changes_nothing(make_code, rebuild, now):
    redeem(make_code(), "alice", now)
    redeem(make_code(max_uses=2), "bob", now)
    first = rebuild()

    assert rebuild() == first


def test_rows_that_are_there_keep_what_dynamodb_does_not_know(make_code, rebuild, run_tasks):
    sign_up(code=make_code())
    run_tasks()
    Redemption.objects.update(tier="pro", utm_source="fair", first_call_at=timezone.now())
    before = Redemption.objects.values().get()

    rebuild()

    assert Redemption.objects.values().get() == before


def test_a_lost_row_of_a_customer_says_again_that_they_are_set_up(make_code, rebuild, run_tasks):
    row = sign_up(code=make_code())
    run_tasks()
    Redemption.objects.all().delete()

    rebuild()

    row.refresh_from_db()
    assert Redemption.objects.get().provisioned_at == row.tenant.reconciled_at


def test_more_than_one_stride_is_copied_whole(make_code, rebuild, now, monkeypatch):
    monkeypatch.setattr(rebuilding, "STRIDE", 2)
    code = make_code(max_uses=9)
    for number in range(5):
        redeem(code, f"person-{number}", now)

    assert len(rebuild()) == 5


def test_an_outage_is_waited_out_and_the_job_goes_on_where_it_was(make_code, run_tasks, now):
    redeem(make_code(max_uses=2), "alice", now)
    job = rebuilding.rebuild_redemptions(SYSTEM)
    with failing("dynamodb", "Scan", "ProvisionedThroughputExceededException"):
        run_tasks()
    job.refresh_from_db()
    assert (job.state, job.done) == (Job.State.RUNNING, 0)

    jobs.run_due_jobs()
    run_tasks()

    job.refresh_from_db()
    assert (job.state, job.done) == (Job.State.DONE, job.total)
    assert Redemption.objects.get().redeemed_by == "alice"


def test_a_part_that_is_done_twice_changes_nothing(make_code, rebuild, now):
    redeem(make_code(max_uses=2), "alice", now)
    first = rebuild()
    job = Job.objects.first()
    job.claim()

    for index in range(job.chunks):
        rebuilding._rebuild(job, index)

    assert {row["redeemed_by"]: row for row in Redemption.objects.values(*FACTS)} == first
