"""Staff look for a call by the request id of its answer: the button, and the result."""

import secrets
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminSelectWidget

from adapters.access_log import LoggedCall, request_id_of
from adapters.definitions import definition
from backoffice.audit import Act
from backoffice.job_pages import page_of
from backoffice.models import Job
from tenants.finding import calls
from tenants.finding.call_words import verdict_on
from tenants.models import ApiKey, Tenant

HOURS = {
    calls.HOUR: _("In the last hour"),
    calls.DAY: _("In the last day"),
    calls.WEEK: _("In the last 7 days"),
}
RIGHTS = ("tenants.view_tenant", "backoffice.view_job")


class CallForm(forms.Form):
    """How far back is looked; the ticket makes two presses one job."""

    hours = forms.TypedChoiceField(
        label=_("When was the call?"),
        choices=list(HOURS.items()),
        coerce=int,
        widget=UnfoldAdminSelectWidget,
    )
    request_id = forms.CharField(max_length=40, widget=forms.HiddenInput)
    ticket = forms.CharField(max_length=32, min_length=32, widget=forms.HiddenInput)

    def clean_request_id(self) -> str:
        request_id = request_id_of(self.cleaned_data["request_id"])
        if not request_id:
            raise forms.ValidationError(_("This is no request id of the API."))
        return request_id


def form_for(request: HttpRequest, quoted: str, *, hours: int = calls.HOUR) -> CallForm | None:
    """Return the form that looks for it, where it may be an id and the person may look."""
    request_id = request_id_of(quoted)
    if not request_id or not request.user.has_perms(RIGHTS):
        return None
    ticket = secrets.token_hex(16)
    return CallForm(
        initial={"hours": hours, "request_id": request_id, "ticket": ticket}, auto_id="call_%s"
    )


@require_POST
def find_call(request: HttpRequest) -> HttpResponse:
    if not request.user.has_perms(RIGHTS):
        raise PermissionDenied
    form = CallForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("This is no request id of the API."))
        return redirect("admin:tenants_find")
    asked = form.cleaned_data
    job = calls.look_for(
        asked["request_id"],
        hours=asked["hours"],
        act=Act.of(request.user),
        ticket=asked["ticket"],
    )
    return redirect(page_of([job]))


def about(request: HttpRequest, job: Job) -> dict[str, Any]:
    """Return what the job's page shows: the call, or what it means that there is none."""
    if not request.user.has_perms(RIGHTS):
        return {}
    call = calls.call_of(job)
    if call:
        return {"part": "backoffice/_found_call.html", "call": call, **_facts(request, call)}
    if job.state != Job.State.DONE:
        return {}
    further = next((hours for hours in HOURS if hours > job.arguments["hours"]), calls.HOUR)
    return {
        "part": "backoffice/_no_call.html",
        "looked_at": HOURS[job.arguments["hours"]],
        "call_form": form_for(request, job.arguments["request_id"], hours=further),
    }


def _facts(request: HttpRequest, call: LoggedCall) -> dict[str, Any]:
    key = ApiKey.objects.filter(key_id=call.key_id).first() if call.key_id else None
    whose = [("token", call.tenant_id), ("key", key.tenant_id if key else "")]
    known = Tenant.objects.in_bulk([tenant_id for _of, tenant_id in whose if tenant_id])
    owners = {of: known[tenant_id] for of, tenant_id in whose if tenant_id in known}
    verdict = verdict_on(call)
    problems = definition("problems")["problems"]
    return {
        "verdict": verdict,
        "codes": [(code, problems[code]["title"]) for code in verdict.codes],
        "key": key,
        "key_url": _key_url(request, key),
        "customer": owners.get("token") or owners.get("key"),
        "key_owner": owners.get("key") if len(set(owners.values())) > 1 else None,
    }


def _key_url(request: HttpRequest, key: ApiKey | None) -> str:
    if key is None or not request.user.has_perm("tenants.view_apikey"):
        return ""
    return reverse("admin:tenants_apikey_change", args=(key.pk,))
