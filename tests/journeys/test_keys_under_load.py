"""Keys are changed while a program calls 20 times a second: what the program notices of it."""

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.utils import timezone

from adapters import pacing, rights
from adapters.aws import client as aws
from backoffice.audit import SYSTEM
from tenants import accounts, keys, reconcile, welcome
from tenants.models import ApiKey, Tenant
from tests.journeys.test_first_call import Customer
from tests.outages import failing

pytestmark = pytest.mark.django_db(transaction=True)

CALLS_PER_SECOND = 20
# docs/keys.md states it.
STATED_GAP = 1.0


@dataclass
class Program:
    """A program that calls at a steady pace, each call in a thread of its own."""

    customer: Customer
    key: str
    answers: list[tuple[float, int]] = field(default_factory=list)

    def call(self, sent_at: float, key: str) -> None:
        self.answers.append((sent_at, self.customer.call(key=key).status_code))

    @contextmanager
    def running(self):
        stop, calls = threading.Event(), []

        def pace() -> None:
            begun = time.monotonic()
            while not stop.is_set():
                call = threading.Thread(target=self.call, args=(time.time(), self.key))
                call.start()
                calls.append(call)
                pause = begun + len(calls) / CALLS_PER_SECOND - time.monotonic()
                time.sleep(max(0.0, pause))

        thread = threading.Thread(target=pace)
        thread.start()
        try:
            yield self
        finally:
            stop.set()
            thread.join()
            for call in calls:
                call.join()

    def failed(self, *, before: float = float("inf")) -> list[tuple[float, int]]:
        return sorted(a for a in self.answers if a[1] != 200 and a[0] < before)


@pytest.fixture
def alice(cloud, run_tasks, make_code) -> Customer:
    return Customer("alice@example.com", cloud, run_tasks).get_in(make_code())


@pytest.mark.alone
def test_a_rotation_fails_no_call_and_the_old_key_ends_on_time_without_a_worker(
    alice, run_tasks, record_property
):
    tenant = Tenant.objects.get()
    with Program(alice, alice.key).running() as old:
        time.sleep(1)
        keys.rotate_key(tenant, SYSTEM, overlap=timedelta(seconds=7))
        run_tasks()
        fresh = welcome.reveal_key(tenant.members.get())
        old.key = fresh  # the program is given the new key, without a pause
        time.sleep(2)
    ends_at = ApiKey.objects.get(state=ApiKey.State.RETIRING).ends_at.timestamp()
    with Program(alice, alice.key).running() as late:
        time.sleep(max(0.0, ends_at - time.time()) + 2)
    last_answered = max(sent for sent, status in late.answers if status == 200)

    record_property(
        "figures",
        f"rotation: {len(old.answers)} calls, {len(old.failed())} failed; the old key was last "
        f"answered {last_answered - ends_at:+.2f} s from its end, no worker running",
    )
    assert old.failed() == []
    assert len(old.answers) > 40
    assert late.failed(before=ends_at - 0.5) == []
    assert last_answered <= ends_at + 0.5
    assert alice.call(key=alice.key).json()["code"] == "key_ended"
    assert alice.call(key=fresh).status_code == 200


@pytest.mark.alone
def test_a_tier_change_fails_calls_for_no_longer_than_is_stated(alice, run_tasks, record_property):
    with Program(alice, alice.key).running() as program:
        time.sleep(1)
        accounts.change_tier(Tenant.objects.get(), "pro", SYSTEM)
        run_tasks()
        time.sleep(1)

    failed = program.failed()
    gap = failed[-1][0] - failed[0][0] + 1 / CALLS_PER_SECOND if failed else 0.0
    record_property(
        "figures",
        f"tier change: {len(program.answers)} calls, {len(failed)} failed, within {gap:.2f} s",
    )
    assert gap <= STATED_GAP
    assert len(failed) <= STATED_GAP * CALLS_PER_SECOND
    assert program.answers[-1][1] == 200


def test_nothing_stands_between_leaving_one_plan_and_joining_the_other(alice):
    tenant = Tenant.objects.get()
    accounts.change_tier(tenant, "pro", SYSTEM)
    called: list[str] = []

    def note(model, **_):
        called.append(model.name)

    services = ("apigateway", "dynamodb", "cognito-idp", "sqs")
    for service in services:
        aws(service).meta.events.register("before-call", note)
    try:
        reconcile.reconcile(Tenant.objects.get())
    finally:
        for service in services:
            aws(service).meta.events.unregister("before-call", note)

    left = called.index("DeleteUsagePlanKey")
    assert called[left + 1] == "CreateUsagePlanKey"


def test_joining_the_other_plan_is_repeated_at_once(alice):
    """boto3 gives up after three tries; the mover has as many again, twice."""
    accounts.change_tier(Tenant.objects.get(), "pro", SYSTEM)

    with failing("apigateway", "CreateUsagePlanKey", "ServiceUnavailableException", times=2):
        reconcile.reconcile(Tenant.objects.get())

    assert Tenant.objects.get().is_reconciled
    assert alice.call().status_code == 200


def test_after_a_suspension_the_next_call_is_refused_though_api_gateway_is_busy(
    alice, run_tasks, settings
):
    rate = settings.GATEWAY_CALLS_PER_SECOND
    pacing.charge(int(60 * rate), per_second=rate, now=timezone.now())
    accounts.suspend(Tenant.objects.get(), SYSTEM)

    run_tasks()

    assert not Tenant.objects.get().is_reconciled
    answer = alice.call()
    assert (answer.status_code, answer.json()["code"]) == (403, "access_closed")


def test_a_revoked_key_is_refused_at_the_next_call_though_api_gateway_is_busy(
    alice, run_tasks, settings
):
    rate = settings.GATEWAY_CALLS_PER_SECOND
    pacing.charge(int(60 * rate), per_second=rate, now=timezone.now())
    key = ApiKey.objects.get()
    keys.revoke_key(key, SYSTEM)

    run_tasks()

    assert rights.read_access(key.key_id) is None
    assert alice.call().status_code == 403
