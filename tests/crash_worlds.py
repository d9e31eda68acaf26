"""The customers of the crash matrix: how they come about, and what is looked at afterwards."""

import itertools
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from adapters import domains, own_login, promo_codes, rights, sign_in, usage_plans, user_pool
from adapters.aws import client
from adapters.definitions import name_of
from adapters.sign_in import SignedIn
from backoffice.models import Job
from campaigns import rules
from localcloud import totp
from tenants import sweep
from tenants.models import (
    WORKING,
    ApiKey,
    DomainClaim,
    Member,
    Message,
    OneTimeLink,
    Promotion,
    SignUp,
    Tenant,
)
from tests import every_store, people
from tests.codes import put_code
from tests.customers import sign_up
from tests.local_cloud import running_cloud
from tests.people import PASSWORD
from tests.worker import run_waiting_tasks, waiting_tasks

numbers = itertools.count(1)


@dataclass
class World:
    """One customer, and what is known of them."""

    email: str
    code: str
    better: str = ""
    # Of an earlier sign-in, where sign-ins are looked at.
    token: str = ""
    # Of a customer whose address will be forgotten.
    number: str = ""
    # Where domains and colleagues are looked at.
    domain: str = ""
    colleague: str = ""

    def fresh(self) -> Tenant:
        if self.number:
            return Tenant.objects.get(pk=self.number)
        return SignUp.objects.get(email=self.email).tenant

    def person(self) -> Member:
        return self.fresh().members.get()


def new_world(campaign: Any) -> World:
    return World(f"person{next(numbers)}@example.com", put_code(campaign))


def form_key(world: World) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_URL, world.email)


def signed_up(world: World) -> None:
    sign_up(email=world.email, code=world.code, form_key=form_key(world))
    waiting_tasks()


def set_up(world: World) -> None:
    sign_up(email=world.email, code=world.code, form_key=form_key(world))
    run_waiting_tasks()


def came_in(world: World) -> None:
    """They have chosen a password, and are signed in somewhere."""
    set_up(world)
    people.choose_password(world.person())
    world.token = proof_of(world).access_token


def with_app(world: World) -> None:
    came_in(world)
    proof = proof_of(world)
    secret = own_login.draw_secret(proof)
    step = int(timezone.now().timestamp()) // totp.PERIOD
    own_login.verify_secret(proof, totp.code_at(secret, step))
    own_login.ask_for_codes(proof, wanted=True)


def proof_of(world: World) -> SignedIn:
    client_id = settings.USER_POOL_CLIENT_ID
    answer = sign_in.sign_in(client_id, email=world.email, password=PASSWORD)
    assert isinstance(answer, SignedIn)
    return answer


def to_be_erased(world: World) -> None:
    came_in(world)
    world.number = world.fresh().pk


def delete_login(world: World) -> None:
    """Somebody deleted the login behind our back."""
    user_pool.delete_user(settings.USER_POOL_ID, world.person().user_id)


def register_stranger(world: World) -> None:
    """Somebody registers the address, and never proves that it is theirs."""
    delete_login(world)
    client("cognito-idp").sign_up(
        ClientId=settings.USER_POOL_CLIENT_ID, Username=world.email, Password=PASSWORD + "-2"
    )


def recover() -> None:
    """What time and the sweep do after a crash: leases end, pauses end, due work is queued."""
    past = timezone.now() - timedelta(minutes=2)
    for model in (Tenant, Message, OneTimeLink, Job, DomainClaim):
        model.objects.filter(~Q(lease="")).update(leased_until=past)
    Tenant.objects.update(next_attempt_at=None)
    Message.objects.update(next_attempt_at=None)
    SignUp.objects.update(updated_at=past)
    Promotion.objects.update(updated_at=past)
    for _ in range(2):
        sweep.run_due()
        run_waiting_tasks(most=5000)


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
    person = rights.read_permission(user.user_id) if user else None
    rows = tenant.keys.filter(state__in=WORKING).values_list("key_id", flat=True)
    return {
        "users": len(users_like(world.email)),
        "enabled": user.enabled if user else None,
        "person": person.state if person else None,
        "keys": len(found),
        "plan": the_one(plans[key.plan_ids[0]] if len(key.plan_ids) == 1 else "?" for key in seen),
        "access": the_one(item.state if item else "?" for item in access),
        "keys with an end": sum(bool(item and item.ends_at) for item in access),
        "keys in one place only": len({key["id"] for key in found} ^ set(rows)),
        "uses": uses_of(world.code),
        "uses of the better code": uses_of(world.better) if world.better else 0,
        **(sign_in_of(world, user) if world.token else {}),
        **(domain_of(world) if world.domain else {}),
        **(colleague_of(world) if world.colleague else {}),
        **({"traces": traces_of(world)} if world.number else {}),
    }


def sign_in_of(world: World, user: user_pool.User | None) -> dict[str, Any]:
    """Whether an earlier session and the password go on, and whether a code is asked for."""
    return {
        "session": _is_good(world.token),
        "password": _lets_in(world.email),
        "asks for codes": user.has_authenticator if user else None,
    }


def domain_of(world: World) -> dict[str, Any]:
    """Whose the domain is in DynamoDB, by which rule, and whether it stands in the tokens."""
    tenant, item = world.fresh(), domains.read_domain(world.domain)
    owner = rights.read_permission(tenant.members.get(email=world.email).user_id)
    return {
        "domain": (item.tenant_id == tenant.pk, item.joins_as) if item else None,
        "domains in tokens": len(owner.domains) if owner else 0,
    }


def colleague_of(world: World) -> dict[str, Any]:
    """What owner and colleague may do, what became of a wish to join, and who was told."""
    tenant = world.fresh()
    roles = dict(tenant.members.values_list("email", "role"))
    users = {email: user_pool.find_user(settings.USER_POOL_ID, email) for email in roles}
    items = {email: user and rights.read_permission(user.user_id) for email, user in users.items()}
    return {
        "roles": sorted(roles.values()),
        "roles in tokens": sorted(item.role if item else "?" for item in items.values()),
        "requests": list(tenant.join_requests.values_list("state", flat=True)),
        "mails to them": len(running_cloud().mails(world.colleague)),
    }


def traces_of(world: World) -> int:
    """In how many places the address still stands."""
    return len(every_store.find([world.email], settings.STORAGES["default"]["OPTIONS"]["location"]))


def _is_good(token: str) -> bool:
    try:
        client("cognito-idp").get_user(AccessToken=token)
    except client("cognito-idp").exceptions.ClientError:
        return False
    return True


def _lets_in(email: str) -> bool:
    try:
        answer = sign_in.sign_in(settings.USER_POOL_CLIENT_ID, email=email, password=PASSWORD)
    except sign_in.NotSignedIn:
        return False
    return isinstance(answer, SignedIn)


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
