"""The page on which staff look a code up. A POST, because a code is never in a URL."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from adapters.errors import OutsideError
from backoffice import related
from backoffice.related import Link
from campaigns.admin_forms import CodeSearchForm
from campaigns.code_life import Event
from campaigns.code_search import Found, find_code
from campaigns.errors import CodeMisspelled
from campaigns.models import Batch

MOST_CHOSEN = 20


def code_search(request: HttpRequest) -> HttpResponse:
    """The form, and what it found. The admin site keeps its pages out of every cache."""
    if not request.user.has_perm("campaigns.view_redemption"):
        raise PermissionDenied
    form = CodeSearchForm(request.POST or None)
    context = {
        **admin.site.each_context(request),
        "title": _("Code search"),
        "form": form,
        "found": _found(request, form) if form.is_valid() else None,
        "chosen": _chosen(request),
    }
    return TemplateResponse(request, "backoffice/code_search.html", context)


def _chosen(request: HttpRequest) -> QuerySet[Batch]:
    """The latest codes that staff chose, by the labels that they gave them."""
    if not request.user.has_perm("campaigns.view_batch"):
        return Batch.objects.none()
    chosen = Batch.objects.filter(origin=Batch.Origin.VANITY).select_related("campaign")
    return chosen[:MOST_CHOSEN]


def look_up(form: Form) -> Found | None:
    """Return the code that the form's `code` names, or None and an error in the form."""
    try:
        found = find_code(form.cleaned_data["code"], now=timezone.now())
    except CodeMisspelled:
        form.add_error("code", _("No code looks like this: check the spelling."))
        return None
    except OutsideError:
        form.add_error(None, _("DynamoDB does not answer. Try again in a minute."))
        return None
    if found is None:
        form.add_error("code", _("There is no such code. It was never made, here at least."))
    return found


def _found(request: HttpRequest, form: CodeSearchForm) -> dict[str, Any] | None:
    found = look_up(form)
    if found is None:
        return None
    rows = [(event, _links(request, event)) for event in found.life]
    return {"code": found, "life": rows}


def _links(request: HttpRequest, event: Event) -> list[Link]:
    return related.links_of(request, event.redemption) if event.redemption else []
