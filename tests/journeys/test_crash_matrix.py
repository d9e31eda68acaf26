"""A crash at every AWS call of every service, then the sweep: each end state is exact.

A new service joins with one line in CASES: what is there before, the work, and what must hold.
"""

import itertools
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from adapters import promo_codes, rights, usage_plans, user_pool
from adapters.aws import client
from adapters.definitions import name_of
from backoffice.audit import SYSTEM
from campaigns import gatekeeping, rules
from campaigns.models import Campaign
from tenants import accounts, closing, keys, promotions, reconcile, signups, sweep
from tenants.models import (
    WORKING,
    ApiKey,
    Member,
    Message,
    OneTimeLink,
    Promotion,
    SignUp,
    Tenant,
)
from tests.codes import put_code
from tests.crashes import KINDS, Point, calls_of, quiet_retries, strike
from tests.customers import sign_up
from tests.worker import run_waiting_tasks, waiting_tasks

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

numbers = itertools.count(1)


@dataclass
class World:
    """One customer, and what is known of them."""

    email: str
    code: str
    tenant: Tenant | None = None
    better: str = ""

    def fresh(self) -> Tenant:
        return SignUp.objects.get(email=self.email).tenant


@dataclass(frozen=True)
class Case:
    before: Callable[[World], Any]
    work: Callable[[World], Any]
    expected: dict[str, Any]
    mails: tuple[int, ...] = (1,)
    # What a crash before the wish was written down leaves: the customer asks again.
    untouched: dict[str, Any] | None = None


def new_world(campaign) -> World:
    return World(f"person{next(numbers)}@example.com", put_code(campaign))


def signed_up(world: World) -> None:
    sign_up(email=world.email, code=world.code, form_key=form_key(world))
    waiting_tasks()


def set_up(world: World) -> None:
    sign_up(email=world.email, code=world.code, form_key=form_key(world))
    run_waiting_tasks()


def provisioned(world: World) -> None:
    signed_up(world)
    reconcile.reconcile(world.fresh())


def suspended(world: World) -> None:
    set_up(world)
    accounts.suspend(world.fresh(), SYSTEM)
    run_waiting_tasks()


def form_key(world: World) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_URL, world.email)


def do_sign_up(world: World) -> None:
    sign_up(email=world.email, code=world.code, form_key=form_key(world))


def do_reconcile(world: World) -> None:
    reconcile.reconcile(world.fresh())


def do_tasks(world: World) -> None:
    run_waiting_tasks()


def asked(verb: Callable[[Tenant], Any]) -> Callable[[World], None]:
    """The verb is asked for before; what may crash is the worker that carries it out."""

    def before(world: World) -> None:
        set_up(world)
        verb(world.fresh())
        waiting_tasks()

    return before


def asked_when_suspended(world: World) -> None:
    suspended(world)
    accounts.reinstate(world.fresh(), SYSTEM)
    waiting_tasks()


def rotate(tenant: Tenant, overlap: timedelta = timedelta(hours=24)) -> None:
    keys.rotate_key(tenant, SYSTEM, overlap=overlap)


def retirement_over(world: World) -> None:
    """A key was rotated, and the time of the old one is over."""
    set_up(world)
    rotate(world.fresh())
    run_waiting_tasks()
    past = timezone.now() - timedelta(seconds=1)
    world.fresh().keys.filter(state=ApiKey.State.RETIRING).update(retires_at=past)


def do_retire(world: World) -> None:
    keys.withdraw_ended()
    reconcile.reconcile(world.fresh())


def confirming(world: World) -> None:
    """The campaign wants the address confirmed, and the mail is there."""
    campaign = Campaign.objects.get()
    campaign.confirm_first = True
    gatekeeping.save_campaign(campaign, SYSTEM)
    set_up(world)


def do_confirm(world: World) -> None:
    signups.confirm(SignUp.objects.get(email=world.email))


def with_a_better_code(world: World) -> None:
    set_up(world)
    better = Campaign.objects.filter(slug="better").first()
    if better is None:
        better = Campaign(name="Better", slug="better", tier="pro", prefix="BETTER")
        gatekeeping.save_campaign(better, SYSTEM)
    world.better = put_code(better)


def do_upgrade(world: World) -> None:
    promotions.redeem_for(world.fresh().members.get(), world.better)
    waiting_tasks()


OPEN = {
    "users": 1,
    "enabled": True,
    "keys": 1,
    "plan": "starter",
    "access": "open",
    "keys with an end": 0,
    "keys in one place only": 0,
    "uses": 1,
    "uses of the better code": 0,
}
NO_KEY = {**OPEN, "keys": 0, "plan": None, "access": None}
GONE = {**NO_KEY, "users": 0, "enabled": None, "uses": 0}

CASES = {
    # SES has no idempotency: a crash between its answer and our note sends one mail twice.
    "mail": Case(provisioned, do_tasks, OPEN, mails=(1, 2)),
    "sign-up": Case(lambda world: None, do_sign_up, OPEN),
    "provisioning": Case(signed_up, do_reconcile, OPEN),
    "reset": Case(
        asked(lambda t: accounts.request_reset(t, SYSTEM)), do_reconcile, OPEN, mails=(2,)
    ),
    "suspend": Case(
        asked(lambda t: accounts.suspend(t, SYSTEM)),
        do_reconcile,
        {**OPEN, "enabled": False, "access": "closed"},
    ),
    "reinstate": Case(asked_when_suspended, do_reconcile, OPEN),
    "tier change": Case(
        asked(lambda t: accounts.change_tier(t, "pro", SYSTEM)),
        do_reconcile,
        {**OPEN, "plan": "pro"},
    ),
    # The second mail tells that a new key is there.
    "rotate": Case(
        asked(rotate), do_reconcile, {**OPEN, "keys": 2, "keys with an end": 1}, mails=(2,)
    ),
    "rotate at once": Case(
        asked(lambda t: rotate(t, timedelta(0))), do_reconcile, OPEN, mails=(2,)
    ),
    "retire": Case(retirement_over, do_retire, OPEN, mails=(2,)),
    "revoke": Case(asked(lambda t: keys.revoke_key(t.keys.get(), SYSTEM)), do_reconcile, NO_KEY),
    "published": Case(
        asked(lambda t: keys.revoke_published_key(t.keys.get(), SYSTEM)),
        do_reconcile,
        OPEN,
        mails=(2,),
    ),
    "confirm": Case(confirming, do_confirm, OPEN, mails=(2,)),
    "upgrade": Case(
        with_a_better_code,
        do_upgrade,
        {**OPEN, "plan": "pro", "uses of the better code": 1},
        untouched=OPEN,
    ),
    "release": Case(
        asked(lambda t: closing.close_sign_up(SignUp.objects.get(tenant=t))), do_reconcile, GONE
    ),
}


def recover() -> None:
    """What time and the sweep do after a crash: leases end, pauses end, due work is queued."""
    past = timezone.now() - timedelta(minutes=2)
    for model in (Tenant, Message, OneTimeLink):
        model.objects.filter(~Q(lease="")).update(leased_until=past)
    Tenant.objects.update(next_attempt_at=None)
    Message.objects.update(next_attempt_at=None)
    SignUp.objects.update(updated_at=past)
    Promotion.objects.update(updated_at=past)
    for _ in range(2):
        sweep.run_due()
        run_waiting_tasks()


def state_of(world: World) -> dict[str, Any]:
    tenant = world.fresh()
    user = user_pool.find_user(settings.USER_POOL_ID, world.email)
    found = [
        key
        for key in client("apigateway").get_api_keys(limit=500)["items"]
        if tenant.pk in key["name"]
    ]
    plans = {usage_plans.plan_of(tier): tier for tier in ("free", "starter", "pro")}
    seen = [usage_plans.read_key(key["id"]) for key in found]
    access = [rights.read_access(key["id"]) for key in found]
    rows = tenant.keys.filter(state__in=WORKING).values_list("key_id", flat=True)
    return {
        "users": len(users_like(world.email)),
        "enabled": user.enabled if user else None,
        "keys": len(found),
        "plan": the_one(plans[key.plan_ids[0]] if len(key.plan_ids) == 1 else "?" for key in seen),
        "access": the_one(item.state if item else "?" for item in access),
        "keys with an end": sum(bool(item and item.ends_at) for item in access),
        "keys in one place only": len({key["id"] for key in found} ^ set(rows)),
        "uses": uses_of(world.code),
        "uses of the better code": uses_of(world.better) if world.better else 0,
    }


def the_one(words: Iterable[str]) -> str | None:
    """Return what is said of every key, or all that is said if they differ."""
    return " and ".join(sorted(set(words))) or None


def uses_of(code: str) -> int:
    return promo_codes.read_code(rules.normalise(code), consistent=True).uses


def users_like(email: str) -> list[Any]:
    answer = client("cognito-idp").list_users(
        UserPoolId=settings.USER_POOL_ID, Filter=f'email = "{email}"'
    )
    return list(answer["Users"])


def left_over_rows(world: World) -> int:
    """Permission and access items that belong to no living person or key of this customer."""
    tenant = world.fresh()
    known = set(Member.objects.filter(tenant=tenant).values_list("user_id", flat=True))
    known |= set(
        ApiKey.objects.filter(tenant=tenant, state__in=WORKING).values_list("key_id", flat=True)
    )
    rows = [
        item.get("user_id", item.get("api_key_id"))["S"]
        for table in ("permissions", "access")
        for item in client("dynamodb").scan(TableName=name_of(table))["Items"]
        if item["tenant_id"]["S"] == tenant.pk
    ]
    return len([row for row in rows if row not in known])


def points_of(calls: list[str], *, is_long: bool) -> list[Point]:
    """Every kind at every call. What AWS answers with an error it has not done, whichever error it
    is: the short run takes the one and the other in turn."""
    left_out = {} if is_long else {"throttled": 0, "broken": 1}
    return [
        Point(kind, call)
        for kind in KINDS
        for call in range(len(calls))
        if left_out.get(kind) != call % 2
    ]


@pytest.mark.parametrize("name", CASES)
def test_every_crash_ends_exact(make_campaign, cloud, record_property, is_long, name):
    case, campaign = CASES[name], make_campaign()
    world = new_world(campaign)
    case.before(world)
    calls = calls_of(lambda: case.work(world))
    wrong: list[Any] = []
    points = points_of(calls, is_long=is_long)
    for point in points:
        world = new_world(campaign)
        case.before(world)
        with quiet_retries():
            strike(lambda world=world: case.work(world), point)
        recover()
        state = state_of(world)
        tenant = world.fresh()
        exact = (
            state in (case.expected, case.untouched) and tenant.is_reconciled and not tenant.stuck
        )
        exact = exact and len(cloud.mails(world.email)) in case.mails
        if not exact or left_over_rows(world):
            wrong.append((point, calls[point.call], state, tenant.trouble))
    record_property(
        "figures", f"{name}: {len(calls)} calls, {len(points)} crash points, {len(wrong)} wrong"
    )

    assert wrong == []


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
