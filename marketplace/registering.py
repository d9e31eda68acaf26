"""From a buyer with a token to an account: resolved at once, finished once, in either order with
what AWS says of the agreement."""

import logging
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from adapters.errors import Refused
from adapters.marketplace import ResolvedCustomer, resolve_customer
from backoffice import audit
from backoffice.audit import SYSTEM, Act, Thing
from marketplace import granting
from marketplace.agreements import agreement_of
from marketplace.errors import AgreementTaken, OwnersOnly
from marketplace.hand_over import HandOver
from marketplace.models import Agreement, Registration
from marketplace.products import ProductUnknown, product_of
from marketplace.succession import lock_family
from tenants import founding, mail
from tenants.models import Member, Message, SignUp, Tenant
from tenants.signups import Wish

log = logging.getLogger(__name__)


def begin(hand_over: HandOver) -> Registration:
    """Ask AWS who comes, and keep the answer; the token is forgotten.

    Whoever left a registration unfinished takes it up again. Raises TokenUnknown, TokenExpired,
    ProductUnknown, TryLater or Refused; of the last three staff see a line.
    """
    try:
        resolved = resolve_customer(hand_over.token, role_arn=settings.MARKETPLACE_ROLE_ARN)
        product_of(resolved.product_code)
    except ProductUnknown as error:
        _tell_staff("refuse unknown product", str(error))
        raise
    except Refused as error:
        _tell_staff("fail to resolve a buyer", str(error))
        raise
    return _registration_of(resolved, hand_over)


def is_taken(agreement: Agreement) -> bool:
    """Whether an account has it. One that was closed lets it go."""
    return agreement.tenant is not None and agreement.tenant.state != Tenant.State.CLOSED


def register(registration: Registration, wish: Wish, *, form_key: UUID) -> SignUp:
    """Return the sign-up of this form: account, grant and mails, or, for an address that has an
    account, a mail that says so and nothing else.

    Safe to repeat and to race. Raises AgreementTaken where somebody else was faster.
    """
    try:
        with transaction.atomic():
            return _found(registration, wish, form_key)
    except IntegrityError:
        return _settle_collision(registration, wish, form_key)


@transaction.atomic
def attach(registration: Registration, member: Member, act: Act) -> Agreement:
    """Tie the agreement to the account of this owner. Safe to repeat.

    Raises OwnersOnly, or AgreementTaken where another account has it.
    """
    if member.role != Member.Role.OWNER:
        raise OwnersOnly
    agreement = Agreement.objects.get(pk=registration.agreement_id)
    if agreement.tenant_id == member.tenant_id:
        return agreement
    _take(agreement, member.tenant)
    _finish(registration, attached_by=member)
    audit.record(act, "attach subscription", member.tenant, after={"agreement": str(agreement)})
    granting.follow(agreement)
    return agreement


def owners_of(agreement: Agreement) -> list[Member]:
    """Return whom a colleague may ask, if an account has the agreement."""
    if agreement.tenant is None:
        return []
    return list(agreement.tenant.members.filter(role=Member.Role.OWNER, left_at=None)[:3])


def _registration_of(resolved: ResolvedCustomer, hand_over: HandOver) -> Registration:
    agreement = agreement_of(resolved)
    rows = Registration.objects.filter(agreement=agreement)
    row = rows.filter(state=Registration.State.OPEN).first()
    if row is None and is_taken(agreement):
        row = rows.first()
    if row is None:
        row = Registration.objects.create(agreement=agreement)
    if hand_over.is_free_trial and not row.is_free_trial:
        rows.filter(pk=row.pk).update(is_free_trial=True)
    return row


def _found(registration: Registration, wish: Wish, form_key: UUID) -> SignUp:
    before = SignUp.objects.filter(form_key=form_key).first()
    if before and before.state != SignUp.State.RECEIVED:
        return before
    agreement = Agreement.objects.select_related("tenant").get(pk=registration.agreement_id)
    if is_taken(agreement):
        raise AgreementTaken
    if Member.objects.filter(email=wish.email, left_at=None).exists():
        return _recognise(registration, wish, form_key)
    row = SignUp.objects.create(form_key=form_key, **wish.columns())
    tenant = founding.found_without_code(row)
    _take(agreement, tenant)
    _finish(registration, sign_up=row)
    audit.record(SYSTEM, "register subscription", tenant, after={"agreement": str(agreement)})
    granting.follow(agreement)
    row.refresh_from_db()
    return row


def _settle_collision(registration: Registration, wish: Wish, form_key: UUID) -> SignUp:
    """Somebody was faster: this very form, a colleague, or another sign-up with this address."""
    row = SignUp.objects.filter(form_key=form_key).first()
    if row:
        return row
    agreement = Agreement.objects.select_related("tenant").get(pk=registration.agreement_id)
    if is_taken(agreement):
        raise AgreementTaken
    return _recognise(registration, wish, form_key)


@transaction.atomic
def _recognise(registration: Registration, wish: Wish, form_key: UUID) -> SignUp:
    """The address has an account: say so by mail alone, with a link that attaches the agreement."""
    row, made = SignUp.objects.get_or_create(
        form_key=form_key, defaults={**wish.columns(), "state": SignUp.State.KNOWN}
    )
    if made:
        mail.promise_for_agreement(
            Message.Kind.ALREADY_KNOWN,
            agreement=registration.agreement.source_name,
            occasion=f"{registration.pk.hex} {row.pk.hex}",
            to=row.email,
            sign_up=row,
        )
    return row


def _take(agreement: Agreement, tenant: Tenant) -> None:
    """Of many who take one agreement at once one has it; the others' transactions are undone."""
    if is_taken(agreement):
        raise AgreementTaken
    lock_family(agreement)
    unchanged = Agreement.objects.filter(pk=agreement.pk, tenant=agreement.tenant_id)
    if not unchanged.update(tenant=tenant):
        raise AgreementTaken
    agreement.tenant = tenant


def _finish(registration: Registration, **by: SignUp | Member) -> None:
    Registration.objects.filter(pk=registration.pk).update(
        state=Registration.State.FINISHED, finished_at=timezone.now(), **by
    )


def _tell_staff(action: str, what: str) -> None:
    log.error("a buyer could not register, %s: %s", action, what)
    thing = Thing("marketplace.Registration", "", what)
    audit.record_outside(SYSTEM, action, thing)
