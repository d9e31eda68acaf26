"""What may crash around e-mail domains and colleagues: proving, giving up, asking, giving away."""

from collections.abc import Callable
from typing import Any

from django.conf import settings

from adapters import user_pool
from adapters.aws import client
from adapters.registrations import Registration
from backoffice.audit import SYSTEM, Act
from tenants import ownership, reconcile
from tenants.domains import claiming, holding, looking, proving
from tenants.joining import answering
from tenants.models import Domain, DomainClaim, JoinRequest
from tenants.registering import settling
from tests import people
from tests.crash_worlds import World, came_in, set_up
from tests.local_cloud import running_cloud
from tests.worker import run_waiting_tasks, waiting_tasks


def claimed(world: World) -> None:
    """The owner has named a domain, its record is in the DNS, and nobody has looked yet."""
    set_up(world)
    world.domain = f"{world.email.partition('@')[0]}.example"
    claim = claiming.claim(world.person(), SYSTEM, name=world.domain)
    waiting_tasks()
    running_cloud().dns.put(world.domain, looking.record_of(claim))


def do_look(world: World) -> None:
    looking.look_at_claim(DomainClaim.objects.get(tenant=world.fresh()))
    reconcile.reconcile(world.fresh())


def mailed(world: World) -> None:
    """The domain has no record: whoever reads its mail has the link."""
    named(world)
    claim = claiming.claim(world.person(), SYSTEM, name=world.domain)
    claiming.send_link(claim, SYSTEM, mailbox="postmaster")
    run_waiting_tasks()


def do_confirm_domain(world: World) -> None:
    proving.confirm(DomainClaim.objects.get(tenant=world.fresh()))
    reconcile.reconcile(world.fresh())


def named(world: World) -> None:
    set_up(world)
    world.domain = f"{world.email.partition('@')[0]}.example"


def held(world: World, rule: str = Domain.Rule.DEVELOPER) -> None:
    named(world)
    holding.hold(world.fresh(), Act(None, "seen"), name=world.domain, rule=rule)
    run_waiting_tasks()


def do_hold(world: World) -> None:
    holding.hold(world.fresh(), SYSTEM, name=world.domain, rule=Domain.Rule.DEVELOPER)
    reconcile.reconcile(world.fresh())


def of_domain(service: Callable[[Domain], None]) -> Callable[[World], None]:
    def work(world: World) -> None:
        service(Domain.objects.get(tenant=world.fresh()))
        reconcile.reconcile(world.fresh())

    return work


def registered(world: World) -> None:
    """A colleague has opened an account by an address of a domain whose rule is to ask."""
    held(world, Domain.Rule.ASK)
    world.colleague = f"bob@{world.domain}"
    cognito = client("cognito-idp")
    cognito.sign_up(
        ClientId=settings.USER_POOL_CLIENT_ID, Username=world.colleague, Password=people.PASSWORD
    )
    cognito.admin_confirm_sign_up(UserPoolId=settings.USER_POOL_ID, Username=world.colleague)


def do_ask(world: World) -> None:
    settling.settle(registration_of(world))


def registration_of(world: World) -> Registration:
    user = user_pool.find_user(settings.USER_POOL_ID, world.colleague)
    assert user is not None
    return Registration(user.user_id, world.colleague)


def asked(world: World) -> None:
    registered(world)
    do_ask(world)
    run_waiting_tasks()


def of_request(answer: Callable[[JoinRequest], Any]) -> Callable[[World], None]:
    def work(world: World) -> None:
        answer(world.fresh().join_requests.get())
        reconcile.reconcile(world.fresh())

    return work


def with_an_heir(world: World) -> None:
    came_in(world)
    world.token = ""
    world.colleague = f"heir-of-{world.email}"
    heir = people.add_member(world.fresh(), "developer", world.colleague)
    run_waiting_tasks()
    people.choose_password(heir)


def do_give(world: World) -> None:
    tenant = world.fresh()
    owner = tenant.members.get(email=world.email)
    heir = tenant.members.get(email=world.colleague)
    ownership.give_ownership(owner, f"m{heir.pk}", SYSTEM, keep="billing")
    reconcile.reconcile(world.fresh())


def accept(request: JoinRequest) -> None:
    answering.accept(request, SYSTEM, role="developer")


def refuse(request: JoinRequest) -> None:
    answering.refuse(request, SYSTEM)


def domain(joins_as: str) -> dict[str, Any]:
    return {"domain": (True, joins_as), "domains in tokens": 1}


def colleagues(*roles: str, requests: tuple[str, ...] = (), mails: int) -> dict[str, Any]:
    """Of everybody in the account, as rows and tokens have them."""
    both = sorted(roles)
    return {
        "roles": both,
        "roles in tokens": both,
        "requests": list(requests),
        "mails to them": mails,
    }


NO_DOMAIN = {"domain": None, "domains in tokens": 0}
