"""A crash at every AWS call of every service and staff verb, then the sweep: each end state is
exact. The cases: tests/crash_cases.py.

The suite strikes each of 382 calls once: about half of them with SQLite and the others with
PostgreSQL. With --long it is 1,910 points on either, all five kinds at each call.

All customers of a case are set up first, each is struck once, and one recovery is for all of them,
as after a real outage.
"""

from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from adapters import rights, usage_plans
from adapters.aws import client
from adapters.definitions import name_of
from portal.celery import app
from tenants.models import SignUp
from tenants.tasks import deliver_message
from tests.crash_cases import CASES, Case
from tests.crash_worlds import World, left_over_rows, new_world, recover, signed_up, state_of
from tests.crashes import KINDS, Point, calls_of, quiet_retries, strike
from tests.worker import waiting_tasks

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


# Of a customer for whom all went well: they are held to the same end.
NO_FAULT = Point("no fault", -1)


@pytest.fixture(autouse=True)
def unpaced(settings: Any) -> None:
    """Every call of the pacing is made; only nobody sleeps for API Gateway's sake."""
    settings.GATEWAY_CALLS_PER_SECOND = 1000


def points_of(calls: list[str], *, name: str, is_long: bool) -> list[Point]:
    """Every kind at every call. The short run strikes two calls, and leaves two to the other
    database; cases begin at different kinds, so a call that many have in common meets every kind
    in one of them."""
    every = [Point(kind, call) for call in range(len(calls)) for kind in KINDS]
    first = list(CASES).index(name)
    half = int(connection.vendor == "postgresql")
    mine = [call for call in range(len(calls)) if call // 2 % 2 == half]
    return every if is_long else [Point(_turn(first + call), call) for call in mine]


def _turn(number: int) -> str:
    """Half of the time it dies after the call, where most is left half done."""
    worst = "killed after"
    others = [kind for kind in KINDS if kind != worst]
    return worst if number % 2 == 0 else others[number // 2 % len(others)]


def wrong_after(case: Case, struck: list[tuple[Point, World]], cloud: Any) -> list[Any]:
    """Let the sweep do its work, and return every end that is not exact."""
    recover()
    return [
        (point, facts)
        for point, world in struck
        if (facts := _trouble_of(case, world, cloud)) is not None
    ]


def _trouble_of(case: Case, world: World, cloud: Any) -> Any:
    state, tenant = state_of(world), world.fresh()
    mails, left_over = len(cloud.mails(world.email)), left_over_rows(world)
    is_exact = (
        state in (case.expected, case.untouched)
        and tenant.is_reconciled
        and not tenant.stuck
        and mails in case.mails
        and not left_over
    )
    return None if is_exact else (state, mails, left_over, tenant.trouble)


@pytest.mark.parametrize("name", CASES)
def test_every_crash_ends_exact(make_campaign, cloud, record_property, is_long, name):
    case, campaign = CASES[name], make_campaign()
    world = new_world(campaign)
    case.before(world)
    calls = calls_of(lambda: case.work(world))
    assert calls, "the work asks nothing of AWS: there is nothing to strike"
    points = points_of(calls, name=name, is_long=is_long)
    wrong: list[Any] = []
    unharmed = [(NO_FAULT, world)]
    for together in [[point] for point in points] if case.is_alone else [points]:
        struck = [(point, new_world(campaign)) for point in together]
        for _point, world in struck:
            case.before(world)
        for point, world in struck:
            with quiet_retries():
                strike(lambda world=world: case.work(world), point)
        wrong += wrong_after(case, unharmed + struck, cloud)
        unharmed = []
    record_property(
        "figures", f"{name}: {len(calls)} calls, {len(points)} crash points, {len(wrong)} wrong"
    )

    assert [(point, calls[point.call], trouble) for point, trouble in wrong] == []


def naive_provisioning(world: World) -> None:
    """The order of steps that samples show, each without a look before."""
    tenant = SignUp.objects.get(email=world.email).tenant
    client("cognito-idp").admin_create_user(
        UserPoolId=settings.USER_POOL_ID, Username=world.email, MessageAction="SUPPRESS"
    )
    name = f"{name_of('key')}-{tenant.pk}-1"
    key_id = client("apigateway").create_api_key(name=name, enabled=True)["id"]
    plan = usage_plans.plan_of("starter")
    client("apigateway").create_usage_plan_key(usagePlanId=plan, keyId=key_id, keyType="API_KEY")
    item = rights.AccessItem(key_id, tenant.pk, "open", "starter", "granted", "naive")
    rights.write_access(item)


def test_the_naive_order_of_steps_fails_the_same_matrix(make_campaign, record_property):
    """The positive control: run again after each crash, it sticks or leaks keys."""
    campaign = make_campaign()
    world = new_world(campaign)
    signed_up(world)
    calls = calls_of(lambda: naive_provisioning(world))
    stuck = leaked = 0
    points = [Point(kind, call) for kind in KINDS for call in range(len(calls))]
    for point in points:
        world = new_world(campaign)
        signed_up(world)

        def work(world: World = world) -> None:
            naive_provisioning(world)

        with quiet_retries():
            strike(work, point)
            again = strike(work, Point("none", -1))
        stuck += not again
        leaked += max(0, state_of(world)["keys"] - 1)
    record_property(
        "figures", f"naive order: {len(points)} crash points, {stuck} stuck, {leaked} keys leaked"
    )

    assert stuck > 0
    assert leaked > 0


def test_a_message_is_struck_though_the_parent_has_sent_one_to_the_same_broker(cloud):
    """Else work that does no more than send one would seem to ask AWS for nothing."""

    def send() -> None:
        deliver_message.delay(0)

    for _ in range(2):  # the second pool has the address that a child would look for
        app.amqp._producer_pool = None
        send()

    assert calls_of(send).count("SendMessage") == 1
    waiting_tasks()
