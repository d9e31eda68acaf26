"""The account's page of API keys: see them, rotate, revoke, and have a new one shown once."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tenants import key_facts, keys, welcome
from tenants.account import keys as account_keys
from tenants.account import pages
from tenants.account.keys_forms import RevokeForm, RotateForm
from tenants.account.sessions import MemberRequest, act_of, signed_in
from tenants.errors import KeyAlreadyShown, NotPossible
from tenants.models import WORKING
from tenants.usage import rollup


@require_GET
@signed_in(may="see keys")
def overview(request: MemberRequest) -> HttpResponse:
    rollup.refresh(request.member.tenant)
    return _page(request, "keys", account_keys.page_of(request.member))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(may="change keys")
def rotate(request: MemberRequest) -> HttpResponse:
    """GET asks how long the old key shall go on; POST wants the new one."""
    tenant = request.member.tenant
    now = key_facts.keys_of(tenant)
    form = RotateForm(request.POST if request.method == "POST" else None, now=now)
    if form.is_valid():
        try:
            keys.rotate_key(
                tenant,
                act_of(request),
                overlap=form.span(),
                end_older=form.cleaned_data.get("end_older", False),
                asked_by=request.member,
            )
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("A new key is being made. It is shown to you once."))
            return redirect("account_keys")
    return _page(request, "key_rotate", {"form": form, "keys": now}, 422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(may="change keys")
def revoke(request: MemberRequest, key_id: int) -> HttpResponse:
    """GET says what will happen; POST ends the key at once. Others' keys are not there."""
    key = get_object_or_404(request.member.tenant.keys, pk=key_id, state__in=WORKING)
    form = RevokeForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _page(request, "key_revoke", {"form": form, "facts": key_facts.KeyFacts(key)})
    act = act_of(request)
    try:
        if form.cleaned_data["is_published"]:
            keys.revoke_published_key(key, act, asked_by=request.member)
        else:
            keys.revoke_key(key, act)
    except NotPossible as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The key %(key)s is revoked.") % {"key": key})
    return redirect("account_keys")


@require_POST
@signed_in(may="change keys")
def show(request: MemberRequest) -> HttpResponse:
    """Show the new key in the answer to this POST, and never again."""
    try:
        value = welcome.reveal_key(request.member)
    except KeyAlreadyShown:
        messages.error(request, _("This key was shown already, and it is shown only once."))
        return redirect("account_keys")
    return _page(request, "keys", {**account_keys.page_of(request.member), "value": value})


def _page(
    request: MemberRequest, name: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    return pages.page(request, f"tenants/account/{name}.html", context, status)
