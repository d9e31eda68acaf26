"""The plain things that the reconciler can do in AWS. Each may be repeated."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from adapters import domains, rights, usage_plans, user_pool
from adapters.errors import TryLater
from tenants import key_mails, login_facts, passwords
from tenants.access import Access, access_item_of, domain_item_of, permission_of
from tenants.models import ApiKey, Domain, Member

# A key between two plans is a customer who is refused: try again before anybody else is asked to.
MOVE_ATTEMPTS = 3


class Action(Protocol):
    @property
    def system(self) -> str: ...

    def apply(self) -> None: ...

    def __str__(self) -> str: ...


@dataclass(frozen=True)
class CreateUser:
    member: Member
    system = "Cognito"

    def __str__(self) -> str:
        return f"create user {self.member.email}"

    def apply(self) -> None:
        if self.member.user_id:  # a user that somebody deleted left its permissions behind
            rights.delete_permission(self.member.user_id)
            _replace_password(self.member)
            # Whoever comes after a crash must not give rights to a user who is no more.
            remember_user(self.member, "")
        user = user_pool.create_user(
            settings.USER_POOL_ID, email=self.member.email, tenant_id=self.member.tenant_id
        )
        remember_user(self.member, user.user_id)
        login_facts.note_user(self.member, user)


@dataclass(frozen=True)
class ProveAddress:
    """Somebody registered the address before we did, and never proved that it is theirs."""

    member: Member
    system = "Cognito"

    def __str__(self) -> str:
        return f"confirm user {self.member.email}, without the password chosen for it"

    def apply(self) -> None:
        _replace_password(self.member)
        user_pool.prove_address(settings.USER_POOL_ID, self.member.user_id)
        login_facts.note(self.member, status=user_pool.CONFIRMED)


@dataclass(frozen=True)
class SetTenant:
    member: Member
    system = "Cognito"

    def __str__(self) -> str:
        return f"put {self.member.email} under this customer"

    def apply(self) -> None:
        user_pool.set_tenant(settings.USER_POOL_ID, self.member.user_id, self.member.tenant_id)


@dataclass(frozen=True)
class SwitchUser:
    member: Member
    enabled: bool
    system = "Cognito"

    def __str__(self) -> str:
        return f"{'enable' if self.enabled else 'disable'} user {self.member.email}"

    def apply(self) -> None:
        switch = user_pool.enable_user if self.enabled else user_pool.disable_user
        switch(settings.USER_POOL_ID, self.member.user_id)
        login_facts.note(self.member, enabled=self.enabled)


@dataclass(frozen=True)
class SignOut:
    member: Member
    system = "Cognito"

    def __str__(self) -> str:
        return f"sign {self.member.email} out everywhere and void the password"

    def apply(self) -> None:
        wanted = self.member.sign_out_wanted_at
        user_pool.sign_out(settings.USER_POOL_ID, self.member.user_id)
        Member.objects.filter(pk=self.member.pk).update(signed_out_at=wanted)
        login_facts.note(self.member, status=user_pool.CONFIRMED)


@dataclass(frozen=True)
class EndSessions:
    member: Member
    system = "Cognito"

    def __str__(self) -> str:
        return f"sign {self.member.email} out everywhere"

    def apply(self) -> None:
        wanted = self.member.sessions_end_wanted_at
        user_pool.end_sessions(settings.USER_POOL_ID, self.member.user_id)
        Member.objects.filter(pk=self.member.pk).update(sessions_ended_at=wanted)


@dataclass(frozen=True)
class ForgetApp:
    member: Member
    system = "Cognito"

    def __str__(self) -> str:
        return f"ask {self.member.email} for no codes of an authenticator app"

    def apply(self) -> None:
        wanted = self.member.app_removal_wanted_at
        user_pool.forget_authenticator(settings.USER_POOL_ID, self.member.user_id)
        Member.objects.filter(pk=self.member.pk).update(app_removed_at=wanted)
        login_facts.note(self.member, has_app=False)


@dataclass(frozen=True)
class RemovePerson:
    """Permissions first: a token made in between carries no rights."""

    member: Member
    user_id: str
    system = "Cognito"

    def __str__(self) -> str:
        return f"delete user {self.member.email} and their permissions"

    def apply(self) -> None:
        rights.delete_permission(self.user_id)
        user_pool.delete_user(settings.USER_POOL_ID, self.user_id)
        remember_user(self.member, "")


@dataclass(frozen=True)
class IssueKey:
    """Make the key, or adopt the one that a worker made before it died, and put it on its plan."""

    key: ApiKey
    existing_id: str | None
    tier: str
    system = "API Gateway"

    def __str__(self) -> str:
        return f"{'adopt' if self.existing_id else 'create'} key {self.key.name}"

    def apply(self) -> None:
        if self.key.key_id:  # a key that somebody deleted left its access behind
            rights.delete_access(self.key.key_id)
        plan_id = usage_plans.plan_of(self.tier)
        if self.existing_id:
            key_id, mark = self.existing_id, usage_plans.fingerprint(self.existing_id)
        else:
            # Written down before: whoever comes after a crash looks for it by its name.
            ApiKey.objects.filter(pk=self.key.pk).update(tried_at=timezone.now(), key_id="")
            key_id, mark = usage_plans.create_key(self.key.name)
        usage_plans.attach_key(plan_id, key_id)
        self.key.key_id = key_id
        self.key.sha256, self.key.first4, self.key.last4 = mark.sha256, mark.first4, mark.last4
        self.key.shown_at = None
        self.key.save(update_fields=["key_id", "sha256", "first4", "last4", "shown_at"])


@dataclass(frozen=True)
class TakeOver:
    """The new key is live and on its plan: from now on the clock of the old one runs.

    Rows first, then the moment from which the API refuses the old key: a crash between the two
    leaves an access item that the next look finds wrong.
    """

    key: ApiKey
    old: ApiKey
    access: Access
    system = "API Gateway"

    def __str__(self) -> str:
        return f"let key {self.key} take over from {self.old}"

    def apply(self) -> None:
        overlap = self.key.overlap or timedelta(0)
        state = ApiKey.State.RETIRING if overlap else ApiKey.State.WITHDRAWN
        retires_at = timezone.now().replace(microsecond=0) + overlap
        with transaction.atomic():
            retired = ApiKey.objects.filter(pk=self.old.pk, state=ApiKey.State.LIVE).update(
                state=state, retires_at=retires_at, ended_as="" if overlap else ApiKey.End.ROTATED
            )
            took_over = ApiKey.objects.filter(pk=self.key.pk, state=ApiKey.State.WANTED).update(
                state=ApiKey.State.LIVE
            )
            if took_over:
                key_mails.promise_rotated(self.key)
        if retired and overlap:
            self.old.state, self.old.retires_at = state, retires_at
            rights.write_access(access_item_of(self.old, self.access))


@dataclass(frozen=True)
class MoveKey:
    """A key sits on one plan per stage, so it leaves one before it joins the other.

    Between the two calls the gateway answers 403. Nothing else happens in between, and a second
    call that fails is repeated at once: docs/keys.md states the gap.
    """

    key: ApiKey
    from_plans: tuple[str, ...]
    tier: str
    system = "API Gateway"

    def __str__(self) -> str:
        return f"move key {self.key} to the {self.tier} plan"

    def apply(self) -> None:
        to_plan = usage_plans.plan_of(self.tier)
        for plan_id in self.from_plans:
            usage_plans.detach_key(plan_id, self.key.key_id)
        for _ in range(MOVE_ATTEMPTS - 1):
            with suppress(TryLater):
                usage_plans.attach_key(to_plan, self.key.key_id)
                return
        usage_plans.attach_key(to_plan, self.key.key_id)


@dataclass(frozen=True)
class SwitchKey:
    key: ApiKey
    enabled: bool
    system = "API Gateway"

    def __str__(self) -> str:
        return f"{'enable' if self.enabled else 'disable'} key {self.key}"

    def apply(self) -> None:
        usage_plans.switch_key(self.key.key_id, enabled=self.enabled)


@dataclass(frozen=True)
class CloseKey:
    """The API refuses the key from now on, whatever API Gateway still says of it."""

    key: ApiKey
    system = "DynamoDB"

    def __str__(self) -> str:
        return f"close key {self.key}"

    def apply(self) -> None:
        rights.delete_access(self.key.key_id)


@dataclass(frozen=True)
class WithdrawKey:
    """Access first: the key stops working before API Gateway hears of it."""

    key: ApiKey
    key_id: str | None
    system = "API Gateway"

    def __str__(self) -> str:
        return f"withdraw key {self.key}"

    def apply(self) -> None:
        if self.key_id:
            rights.delete_access(self.key_id)
            usage_plans.delete_key(self.key_id)
        ApiKey.objects.filter(pk=self.key.pk).update(
            state=ApiKey.State.GONE, withdrawn_at=timezone.now()
        )


@dataclass(frozen=True)
class WriteDomain:
    domain: Domain
    system = "DynamoDB"

    def __str__(self) -> str:
        return f"write domain {self.domain.name}"

    def apply(self) -> None:
        domains.write_domain(domain_item_of(self.domain))


@dataclass(frozen=True)
class RemoveDomain:
    """Only this customer's: another one may hold it by now."""

    domain: Domain
    system = "DynamoDB"

    def __str__(self) -> str:
        return f"remove domain {self.domain.name}"

    def apply(self) -> None:
        domains.delete_domain(self.domain.name, tenant_id=self.domain.tenant_id)
        now = timezone.now()
        rows = Domain.objects.filter(pk=self.domain.pk)
        rows.filter(released_at=None).update(released_at=now)
        rows.update(gone_at=now)


@dataclass(frozen=True)
class WriteRights:
    """What the token trigger and the API read: a person, a key, or both in one transaction."""

    member: Member | None
    key: ApiKey | None
    access: Access
    system = "DynamoDB"

    def __str__(self) -> str:
        who = " and ".join(str(row) for row in (self.member, self.key) if row)
        return f"write rights of {who}: {self.access.state}, {self.access.tier}"

    def apply(self) -> None:
        rights.write_rights(
            permission_of(self.member, self.access) if self.member else None,
            access_item_of(self.key, self.access) if self.key else None,
        )


def _replace_password(member: Member) -> None:
    """The password that the person chose is lost. The row says so before AWS hears of anything:
    a crash after it finds the promise of a link, and makes no second one."""
    if member.password_set_at:
        with transaction.atomic():
            passwords.ask_for_new(member, timezone.now(), is_void=True)


def remember_user(member: Member, user_id: str) -> None:
    member.user_id = user_id
    Member.objects.filter(pk=member.pk).update(user_id=user_id)
