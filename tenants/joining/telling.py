"""Mails about joining: to the owners who are asked, to the asker, to owners whom a rule spared."""

from typing import Any

from django.conf import settings
from django.urls import reverse

from tenants import mail
from tenants.models import JoinRequest, Member, Message, SignUp, Tenant

Kind, State = Message.Kind, JoinRequest.State
_ABOUT_REQUESTS = (Kind.JOIN_REQUEST, Kind.JOIN_WAITING, Kind.JOIN_REFUSED)


def tell_owners(request: JoinRequest) -> None:
    """Ask each owner, within the transaction that makes the request."""
    for owner in owners_of(request.tenant):
        mail.send_worker(
            Message.objects.create(
                kind=Kind.JOIN_REQUEST, to=owner.email, member=owner, join_request=request
            )
        )


def tell_joined(colleague: Member) -> None:
    """Tell each owner of somebody who joined by a rule, within that transaction."""
    for owner in owners_of(colleague.tenant):
        Message.objects.create(
            kind=Kind.COLLEAGUE_JOINED, to=owner.email, member=owner, colleague=colleague
        )


def tell_asker(request: JoinRequest, *, sign_up: SignUp) -> None:
    """Say how it stands: it waits, or how to go on without them. `sign_up` is the one whose page
    says that a mail is on its way."""
    kind = Kind.JOIN_WAITING if request.state == State.WAITING else Kind.JOIN_REFUSED
    mail.send_worker(
        Message.objects.create(kind=kind, to=request.email, sign_up=sign_up, join_request=request)
    )


def owners_of(tenant: Tenant) -> Any:
    return tenant.members.filter(left_at=None, role=Member.Role.OWNER)


def facts_of(message: Message) -> dict[str, Any]:
    """What the mail says is looked up when it is sent; the link is made now and kept nowhere."""
    from tenants.joining import asking  # it tells by this module

    people_page = f"{settings.PORTAL_URL}{reverse('account_people')}"
    if message.kind == Kind.COLLEAGUE_JOINED and message.colleague:
        company = message.colleague.tenant.company
        return {"colleague": message.colleague, "company": company, "people_page": people_page}
    request = message.join_request
    if message.kind not in _ABOUT_REQUESTS or request is None:
        return {}
    progress = reverse("progress", args=(request.sign_up_id,))
    facts = {
        "request": request,
        "company": request.tenant.company,
        "people_page": people_page,
        "progress_page": f"{settings.PORTAL_URL}{progress}",
    }
    if message.kind == Kind.JOIN_REFUSED:
        path = reverse("open_own_account", args=(asking.mint_token(request.sign_up),))
        facts["own_link"] = f"{settings.PORTAL_URL}{path}"
    return facts
