"""What waits for staff at AWS Marketplace, on one page: kind by kind, with what to do."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from marketplace import waiting
from marketplace.models import Metering
from marketplace.waiting import Waiting

RIGHT = "marketplace.view_agreement"


@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm(RIGHT):
        raise PermissionDenied
    now = timezone.now()
    context = {
        **admin.site.each_context(request),
        "title": _("Marketplace inbox"),
        "now": now,
        "groups": [_shown(each) for each in waiting.what_waits(now)],
    }
    return TemplateResponse(request, "backoffice/marketplace_inbox.html", context)


def _shown(found: Waiting) -> dict[str, object]:
    lines = [
        {
            "text": str(row),
            "customer": _customer(row),
            "trouble": row.trouble,
            "since": since,
            "url": _url(row),
        }
        for row, since in found.lines
    ]
    return {"kind": found.kind, "lines": lines, "more": found.more}


def _customer(row: Any) -> str:
    agreement = getattr(row, "agreement", row)
    return getattr(getattr(agreement, "tenant", None), "company", "")


def _url(row: Model) -> str:
    if isinstance(row, Metering):
        return reverse("admin:marketplace_meteredhour_changelist")
    return reverse(f"admin:marketplace_{row._meta.model_name}_change", args=(row.pk,))
