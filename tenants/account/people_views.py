"""The people of the account: the owner invites, changes roles and removes."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from adapters.errors import TryLater
from campaigns import wording
from tenants import ownership, people
from tenants.account import pages, proofs
from tenants.account.forms import GiveForm, InviteForm, RoleForm
from tenants.account.sessions import MemberRequest, act_of, signed_in
from tenants.errors import NotPossible, TooMany
from tenants.joining import answering
from tenants.models import JoinRequest, Member

CHANGE = "change people"


@require_GET
@signed_in(may="see people")
def overview(request: MemberRequest) -> HttpResponse:
    return _list(request, InviteForm())


@require_POST
@signed_in(may=CHANGE)
def invite(request: MemberRequest) -> HttpResponse:
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _list(request, form, 422)
    try:
        people.invite(request.member.tenant, act_of(request), **form.cleaned_data)
    except (NotPossible, TryLater) as error:
        form.add_error(None, _sentence(error))
        return _list(request, form, 503 if isinstance(error, TryLater) else 422)
    words = _("%(address)s is invited: a mail with a one-time link is on its way.")
    messages.success(request, words % {"address": form.cleaned_data["email"]})
    return redirect("account_people")


@require_POST
@signed_in(may=CHANGE)
def resend(request: MemberRequest, key: str) -> HttpResponse:
    try:
        people.resend(request.member.tenant, key, act_of(request))
        messages.success(request, _("Another mail with a new link is on its way."))
    except (NotPossible, TryLater) as error:
        messages.error(request, _sentence(error))
    return redirect("account_people")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(may=CHANGE)
def change(request: MemberRequest, key: str) -> HttpResponse:
    """One person: another role, or out. Both say what will happen before they do it."""
    person = _person(request, key)
    if person is None:
        return redirect("account_people")
    form = RoleForm(request.POST or None, initial={"role": person.role})
    if not form.is_valid():
        return _one(request, person, form, 422 if form.errors else 200)
    try:
        people.change_role(
            request.member.tenant, key, act_of(request), role=form.cleaned_data["role"]
        )
    except NotPossible as error:
        form.add_error("role", str(error))
        return _one(request, person, form, 422)
    messages.success(request, _("The role of %(address)s is changed.") % {"address": person.email})
    return redirect("account_people")


@require_POST
@signed_in(may=CHANGE)
def remove(request: MemberRequest, key: str) -> HttpResponse:
    try:
        address = people.remove(request.member.tenant, key, act_of(request))
    except NotPossible as error:
        messages.error(request, str(error))
        return redirect("account_people")
    words = _(
        "%(address)s is removed. A key belongs to the account, not to a person: if they knew one,"
        " replace it."
    )
    rotate = reverse("account_key_rotate")
    offer = format_html(
        '{} <a href="{}">{}</a>', words % {"address": address}, rotate, _("Replace the API key")
    )
    messages.warning(request, offer)
    return redirect("account_people")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(may=CHANGE)
def give(request: MemberRequest, key: str) -> HttpResponse:
    """Another person owns the account from now on, and this one does not."""
    form = GiveForm(request.POST or None)
    try:
        heir = ownership.find_heir(request.member, key)
        if not form.is_valid():
            return _give_page(request, heir, form, 422 if form.errors else 200)
        if status := proofs.refusal(request, form):
            return _give_page(request, heir, form, status)
        keep = form.cleaned_data["keep"]
        ownership.give_ownership(request.member, key, act_of(request), keep=keep)
    except NotPossible as error:
        messages.error(request, str(error))
        return redirect("account_people")
    words = _("%(address)s owns the account now. Both of you get a mail about it.")
    messages.success(request, words % {"address": heir.email})
    return redirect("account")


@require_POST
@signed_in(may=CHANGE)
def answer(request: MemberRequest, request_id: int) -> HttpResponse:
    """Let somebody in who asks to join, or not."""
    asked = get_object_or_404(JoinRequest, pk=request_id, tenant=request.member.tenant)
    form = RoleForm(request.POST)
    words = _("%(address)s is refused. They are told, and may open an account of their own.")
    try:
        if request.POST.get("answer") == "no":
            answering.refuse(asked, act_of(request))
        elif form.is_valid():
            answering.accept(asked, act_of(request), role=form.cleaned_data["role"])
            words = _("%(address)s is in: a mail with a one-time link is on its way.")
        else:
            raise NotPossible(_("Choose a role of the list."))
        messages.success(request, words % {"address": asked.email})
    except NotPossible as error:
        messages.error(request, str(error))
    return redirect("account_people")


def _person(request: MemberRequest, key: str) -> people.Person | None:
    listed = people.people_of(request.member.tenant)
    return next((person for person in listed if person.key == key), None)


def _list(request: MemberRequest, form: InviteForm, status: int = 200) -> HttpResponse:
    tenant = request.member.tenant
    asking = tenant.join_requests.filter(state=JoinRequest.State.WAITING)
    context = {
        "people": people.people_of(tenant),
        "asking": [(row, RoleForm(auto_id=f"id_{row.pk}_%s")) for row in asking],
        "form": form,
    }
    return pages.page(request, "tenants/account/people.html", context, status)


def _one(request: MemberRequest, person: Any, form: RoleForm, status: int) -> HttpResponse:
    member = request.member.tenant.members.filter(email=person.email, left_at=None).first()
    context = {
        "person": person,
        "form": form,
        "is_me": person.email == request.member.email,
        "may_own": member is not None and ownership.may_receive(member, request.member),
    }
    return pages.page(request, "tenants/account/person.html", context, status)


def _give_page(request: MemberRequest, heir: Member, form: GiveForm, status: int) -> HttpResponse:
    proofs.ask_for_code(request, form)
    context = {"heir": heir, "form": form}
    return pages.page(request, "tenants/account/give.html", context, status)


def _sentence(error: Exception) -> str:
    if isinstance(error, TooMany):
        return wording.sentence(error.code)
    if isinstance(error, TryLater):
        return _("We are busy at the moment. Send the form again in a minute.")
    return str(error)
