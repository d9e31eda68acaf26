"""A person, by their e-mail address: everything that our rows call them."""

from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import Q

from campaigns.eligibility import unaliased
from tenants.models import (
    Invitation,
    MailEvent,
    Member,
    Message,
    Promotion,
    SignUp,
    SuppressedAddress,
)


@dataclass(frozen=True)
class Person:
    """`identity` is the address without its plus-tag; `addresses` are all spellings of it that we
    have. Ids are those of rows, and `user_ids` those of Cognito."""

    identity: str
    addresses: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    user_ids: tuple[str, ...] = ()
    members: tuple[int, ...] = ()
    sign_ups: tuple[str, ...] = ()
    promotions: tuple[str, ...] = ()
    tenants: tuple[str, ...] = ()

    def as_arguments(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_arguments(cls, kept: dict[str, Any]) -> "Person":
        given: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in kept.items()}
        return cls(**given)

    @property
    def redeemed_by(self) -> tuple[str, ...]:
        """Under which ids this person may have redeemed codes."""
        return self.sign_ups + self.promotions


def spelled(field: str, identity: str) -> Q:
    """Rows whose address is this person's, with a plus-tag or without."""
    name, _, domain = identity.rpartition("@")
    tagged = Q(**{f"{field}__startswith": f"{name}+", f"{field}__endswith": f"@{domain}"})
    return Q(**{field: identity}) | tagged


def person_of(email: str) -> Person:
    """Return everything that our rows call the person with this address."""
    identity = unaliased(email)
    members = list(Member.objects.filter(Q(identity=identity) | spelled("email", identity)))
    user_ids = {member.user_id for member in members} - {""}
    sign_ups = list(SignUp.objects.filter(spelled("email", identity) | Q(user_id__in=user_ids)))
    invitations = list(Invitation.objects.filter(spelled("email", identity)))
    named: list[Member | SignUp | Invitation] = [*members, *sign_ups, *invitations]
    ids = [member.pk for member in members]
    promotions = Promotion.objects.filter(member__in=ids).values_list("pk", flat=True)
    return Person(
        identity=identity,
        addresses=_sorted({identity, *(row.email for row in named), *_met_in_mail(identity)}),
        names=_sorted({row.full_name for row in named} - {""}),
        user_ids=_sorted({*user_ids, *(row.user_id for row in sign_ups)} - {""}),
        members=tuple(ids),
        sign_ups=tuple(str(row.pk) for row in sign_ups),
        promotions=tuple(str(pk) for pk in promotions),
        tenants=_sorted(
            {member.tenant_id for member in members}
            | {row.tenant_id for row in sign_ups if row.tenant_id}
        ),
    )


def is_known(person: Person) -> bool:
    """Whether any row is about this person."""
    if person.members or person.sign_ups:
        return True
    return any(
        rows.filter(spelled(field, person.identity)).exists()
        for rows, field in (
            (Invitation.objects, "email"),
            (Message.objects, "to"),
            (MailEvent.objects, "recipient"),
            (SuppressedAddress.objects, "address"),
        )
    )


def _met_in_mail(identity: str) -> set[str]:
    places = ((Message.objects, "to"), (MailEvent.objects, "recipient"))
    return {
        str(address)
        for rows, field in places
        for address in rows.filter(spelled(field, identity)).values_list(field, flat=True)
    }


def _sorted(values: set[str]) -> tuple[str, ...]:
    return tuple(sorted(values))
