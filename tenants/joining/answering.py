"""An owner's answer to somebody who asks to join, and joining itself."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from backoffice import audit
from backoffice.audit import Act
from tenants import mail, people, reconcile
from tenants.errors import NotPossible
from tenants.joining import asking, telling
from tenants.models import JoinRequest, Member, Message, SignUp, Tenant
from tenants.newsletters import consents

State = JoinRequest.State


def let_in(row: SignUp, host: Tenant, role: str) -> Member | None:
    """Make somebody who proved their address a person of this customer, within a transaction.

    None where there is no room; raises IntegrityError if the address has an account meanwhile.
    """
    member = people.add_colleague(host, email=row.email, full_name=row.full_name, role=role)
    if member is None:
        return None
    if row.marketing_opt_in:
        consents.give(member, source=consents.Source.SIGN_UP)
    mail.promise(Message.Kind.INVITATION, to=row.email, member=member, sign_up=row)
    SignUp.objects.filter(pk=row.pk).update(state=SignUp.State.PROVISIONING)
    reconcile.request_reconcile(host)
    return member


def accept(request: JoinRequest, act: Act, *, role: str) -> None:
    """Raises NotPossible for one that was answered, for whom there is no room, or who has an
    account elsewhere by now."""
    try:
        with transaction.atomic():
            _require_waiting(request, State.ACCEPTED)
            row = SignUp.objects.select_for_update().get(pk=request.sign_up_id)
            if row.state != SignUp.State.ASKING:
                raise NotPossible(_("This person has an account of their own by now."))
            if let_in(row, request.tenant, role) is None:
                raise NotPossible(_("An account has 50 people at most. Remove somebody first."))
            after = {"email": request.email, "role": role}
            audit.record(act, "accept colleague", request.tenant, after=after)
    except IntegrityError as error:
        asking.end(request, State.WITHDRAWN)
        raise NotPossible(_("This person has an account of their own by now.")) from error


@transaction.atomic
def refuse(request: JoinRequest, act: Act) -> None:
    """They are told, and may found an account. Raises NotPossible if it was answered."""
    _require_waiting(request, State.REFUSED)
    audit.record(act, "refuse colleague", request.tenant, after={"email": request.email})
    request.refresh_from_db()
    telling.tell_asker(request, sign_up=request.sign_up)


def _require_waiting(request: JoinRequest, state: JoinRequest.State) -> None:
    if not asking.end(request, state):
        raise NotPossible(_("This request was answered, or is over. Look at the list again."))
