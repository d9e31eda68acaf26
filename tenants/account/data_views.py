"""Your data: a copy of all of it, and the way to have it erased."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from backoffice import audit
from backoffice.models import Job
from backoffice.views import deliver
from tenants import people
from tenants.account import pages
from tenants.account.sessions import MemberRequest, act_of, signed_in
from tenants.errors import NotPossible
from tenants.models import ErasureRequest
from tenants.privacy import asking, leaving

OWN = "change own settings"


@require_GET
@signed_in(may=OWN)
def overview(request: MemberRequest) -> HttpResponse:
    member = request.member
    is_alone = leaving.is_alone(member)
    context = {
        "export": asking.own_exports(member).first(),
        "request_row": ErasureRequest.objects.filter(member=member).first(),
        "is_alone": is_alone,
        "is_last_owner": not is_alone and people.is_last_owner(member),
    }
    return pages.page(request, "tenants/account/data.html", context)


@require_POST
@signed_in(may=OWN)
def export(request: MemberRequest) -> HttpResponse:
    try:
        asking.ask_for_export(request.member, act_of(request))
    except NotPossible as error:
        messages.warning(request, str(error))
    return redirect("account_data")


@require_GET
@signed_in(may=OWN)
def download(request: MemberRequest) -> Any:
    """The newest export that they asked for themselves."""
    job = asking.own_exports(request.member).filter(state=Job.State.DONE).first()
    try:
        answer = deliver(job) if job else None
    except FileNotFoundError:
        answer = None
    if answer is None:
        messages.warning(
            request, _("The file was deleted: it is kept for 7 days. Ask for another.")
        )
        return redirect("account_data")
    audit.record(act_of(request), "download own data", request.member.tenant)
    return answer


@require_POST
@signed_in(may=OWN)
def erasure(request: MemberRequest) -> HttpResponse:
    """Asked for, or taken back."""
    if request.POST.get("wanted") == "yes":
        asking.ask_for_erasure(request.member, act_of(request))
        messages.success(request, _("We have your request, and erase you within 30 days."))
    else:
        asking.withdraw(request.member, act_of(request))
        messages.success(request, _("Your request is withdrawn. Nothing is erased."))
    return redirect("account_data")
