"""What may crash: each service and each staff verb, what is there before and what must hold.

A new one joins with one line in CASES.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from backoffice import jobs
from backoffice.audit import SYSTEM
from backoffice.models import Job
from campaigns import gatekeeping
from campaigns.models import Campaign
from tenants import (
    accounts,
    closing,
    grants,
    keys,
    logins,
    mail,
    promotions,
    reconcile,
    signups,
)
from tenants.domains import holding
from tenants.models import ApiKey, Message, SignUp, Tenant
from tenants.privacy import erasing
from tests.codes import put_code
from tests.crash_colleagues import (
    NO_DOMAIN,
    accept,
    asked,
    claimed,
    colleagues,
    do_ask,
    do_confirm_domain,
    do_give,
    do_hold,
    do_look,
    domain,
    held,
    mailed,
    named,
    of_domain,
    of_request,
    refuse,
    registered,
    with_an_heir,
)
from tests.crash_worlds import (
    World,
    came_in,
    delete_login,
    form_key,
    register_stranger,
    set_up,
    signed_up,
    to_be_erased,
    with_app,
)
from tests.customers import sign_up
from tests.worker import run_waiting_tasks, waiting_tasks

Step = Callable[[World], Any]


@dataclass(frozen=True)
class Case:
    before: Step
    work: Step
    expected: dict[str, Any]
    mails: tuple[int, ...] = (1,)
    # What a crash before the wish was written down leaves: the customer asks again.
    untouched: dict[str, Any] | None = None
    # The work is about whatever is due, of every customer: one is there at a time.
    is_alone: bool = False


def verb(service: Callable[[Tenant], Any]) -> Step:
    """Staff press the button; the worker carries it out."""

    def work(world: World) -> None:
        service(world.fresh())
        reconcile.reconcile(world.fresh())

    return work


def of_person(service: Callable[..., Any]) -> Step:
    def work(world: World) -> None:
        service(world.person(), SYSTEM)
        reconcile.reconcile(world.fresh())

    return work


def after(*steps: Step) -> Step:
    """One step after the other, each carried out to its end."""

    def before(world: World) -> None:
        for step in steps:
            step(world)
            run_waiting_tasks()

    return before


def do_sign_up(world: World) -> None:
    sign_up(email=world.email, code=world.code, form_key=form_key(world))


def do_reconcile(world: World) -> None:
    reconcile.reconcile(world.fresh())


def provisioned(world: World) -> None:
    signed_up(world)
    reconcile.reconcile(world.fresh())


def do_mail(world: World) -> None:
    waiting = Message.objects.filter(member=world.person(), state=Message.State.WAITING)
    for message in waiting:
        mail.deliver(message)


def do_resend(world: World) -> None:
    accounts.resend_welcome(world.fresh(), SYSTEM)
    do_mail(world)


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
    promotions.redeem_for(world.person(), world.better)
    waiting_tasks()


def drifted(world: World) -> None:
    """Somebody switched the login off and took the key's rights away."""
    from django.conf import settings

    from adapters import rights, user_pool

    set_up(world)
    user_pool.disable_user(settings.USER_POOL_ID, world.person().user_id)
    rights.delete_access(world.fresh().keys.get().key_id)


def suspend(tenant: Tenant) -> None:
    accounts.suspend(tenant, SYSTEM)


def disable(world: World) -> None:
    logins.disable(world.person(), SYSTEM)


def erase(world: World) -> None:
    job = erasing.erase_person(world.email, SYSTEM)
    for _ in range(2 * job.chunks):
        jobs.run_chunk(Job.objects.get(pk=job.pk))


def set_end(tenant: Tenant) -> None:
    later = timezone.now() + timedelta(days=9)
    keys.set_expiry(tenant.keys.get(), SYSTEM, expires_at=later)


def add_grant(tenant: Tenant) -> None:
    now = timezone.now()
    grants.add_grant(tenant, SYSTEM, tier="pro", starts_at=now, ends_at=now + timedelta(days=9))


OPEN = {
    "users": 1,
    "enabled": True,
    "person": "open",
    "keys": 1,
    "plan": "starter",
    "access": "open",
    "keys with an end": 0,
    "keys in one place only": 0,
    "uses": 1,
    "uses of the better code": 0,
}
NO_KEY = {**OPEN, "keys": 0, "plan": None, "access": None}
GONE = {**NO_KEY, "users": 0, "enabled": None, "person": None, "uses": 0}
SUSPENDED = {**OPEN, "enabled": False, "person": "closed", "access": "closed"}
IN = {**OPEN, "session": True, "password": True, "asks for codes": False}
# What was redeemed stays counted.
ERASED = {
    **GONE,
    "uses": 1,
    "session": False,
    "password": False,
    "asks for codes": None,
    "traces": 0,
}

# What the product does by itself, and what customers do.
OWN = {
    # SES has no idempotency: a crash between its answer and our note sends one mail twice.
    "mail": Case(provisioned, do_mail, OPEN, mails=(1, 2)),
    "sign-up": Case(lambda world: None, do_sign_up, OPEN),
    "provisioning": Case(signed_up, do_reconcile, OPEN),
    "retire": Case(retirement_over, do_retire, OPEN, mails=(2,), is_alone=True),
    "confirm": Case(confirming, do_confirm, OPEN, mails=(2,)),
    "release": Case(
        set_up, verb(lambda t: closing.close_sign_up(SignUp.objects.get(tenant=t))), GONE
    ),
    "deleted login": Case(
        after(came_in, delete_login),
        verb(reconcile.request_reconcile),
        {**IN, "session": False, "password": False},
        mails=(2,),
    ),
    # Cognito mails a code to the stranger's address, which is our customer's.
    "registered by a stranger": Case(
        after(came_in, register_stranger),
        verb(reconcile.request_reconcile),
        {**IN, "session": False, "password": False},
        mails=(3,),
    ),
}

OF_CUSTOMERS = {
    "resend": Case(set_up, do_resend, OPEN, mails=(2, 3)),
    "reset": Case(set_up, verb(lambda t: accounts.request_reset(t, SYSTEM)), OPEN, mails=(2,)),
    "suspend": Case(set_up, verb(suspend), SUSPENDED),
    "reinstate": Case(
        after(set_up, lambda world: suspend(world.fresh())),
        verb(lambda t: accounts.reinstate(t, SYSTEM)),
        OPEN,
    ),
    "tier change": Case(
        set_up, verb(lambda t: accounts.change_tier(t, "pro", SYSTEM)), {**OPEN, "plan": "pro"}
    ),
    "add grant": Case(set_up, verb(add_grant), {**OPEN, "plan": "pro"}),
    "end grant": Case(
        set_up,
        verb(lambda t: grants.end_grant(t.grants.get(), SYSTEM)),
        {**OPEN, "plan": "free", "access": "closed", "person": "lapsed"},
    ),
    "redeem": Case(
        with_a_better_code,
        do_upgrade,
        {**OPEN, "plan": "pro", "uses of the better code": 1},
        untouched=OPEN,
    ),
    "reconcile now": Case(drifted, verb(lambda t: accounts.reconcile_now(t, SYSTEM)), OPEN),
    "close": Case(set_up, verb(lambda t: accounts.close(t, SYSTEM)), GONE),
    # The second mail tells that a new key is there.
    "rotate": Case(set_up, verb(rotate), {**OPEN, "keys": 2, "keys with an end": 1}, mails=(2,)),
    "rotate at once": Case(set_up, verb(lambda t: rotate(t, timedelta(0))), OPEN, mails=(2,)),
    "let a key end": Case(set_up, verb(set_end), {**OPEN, "keys with an end": 1}),
    "revoke": Case(set_up, verb(lambda t: keys.revoke_key(t.keys.get(), SYSTEM)), NO_KEY),
    "published": Case(
        set_up,
        verb(lambda t: keys.revoke_published_key(t.keys.get(), SYSTEM)),
        OPEN,
        mails=(2,),
    ),
}

OF_PEOPLE = {
    "reset sign-in": Case(
        came_in,
        of_person(logins.reset),
        {**IN, "session": False, "password": False},
        mails=(2,),
    ),
    "sign out everywhere": Case(came_in, of_person(logins.end_sessions), {**IN, "session": False}),
    "remove authenticator": Case(with_app, of_person(logins.remove_app), {**IN, "session": False}),
    "erase": Case(to_be_erased, erase, ERASED),
    "disable": Case(
        set_up, of_person(logins.disable), {**OPEN, "enabled": False, "person": "closed"}
    ),
    # Who has not chosen a password yet gets a link in place of the one that was void.
    "enable": Case(after(set_up, disable), of_person(logins.enable), OPEN, mails=(2,)),
}

OF_DOMAINS = {
    "prove a domain": Case(claimed, do_look, {**OPEN, **domain("")}, mails=(2,)),
    "prove a domain by its mail": Case(
        mailed, do_confirm_domain, {**OPEN, **domain("")}, mails=(2,)
    ),
    "add a domain": Case(named, do_hold, {**OPEN, **domain("developer")}),
    "change a domain's rule": Case(
        held,
        of_domain(lambda row: holding.change_rule(row, SYSTEM, rule="read-only")),
        {**OPEN, **domain("read-only")},
    ),
    "release a domain": Case(
        held, of_domain(lambda row: holding.release(row, SYSTEM)), {**OPEN, **NO_DOMAIN}
    ),
}

# Cognito's mail with a code is one of those to the colleague.
OF_COLLEAGUES = {
    "ask to join": Case(
        registered,
        do_ask,
        {**OPEN, **domain(""), **colleagues("owner", requests=("waiting",), mails=2)},
        mails=(2,),
    ),
    "answer yes": Case(
        asked,
        of_request(accept),
        {
            **OPEN,
            **domain(""),
            **colleagues("owner", "developer", requests=("accepted",), mails=3),
        },
        mails=(2,),
    ),
    "answer no": Case(
        asked,
        of_request(refuse),
        {**OPEN, **domain(""), **colleagues("owner", requests=("refused",), mails=3)},
        mails=(2,),
    ),
    "give the account away": Case(
        with_an_heir, do_give, {**OPEN, **colleagues("billing", "owner", mails=1)}, mails=(2,)
    ),
}

CASES = OWN | OF_CUSTOMERS | OF_PEOPLE | OF_DOMAINS | OF_COLLEAGUES
