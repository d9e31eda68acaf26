"""The page on which staff see each kind of mail before anybody gets one."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from backoffice.roles import PREVIEW_MAIL
from tenants import mail_samples
from tenants.models import Message


@require_safe
def samples(request: HttpRequest) -> HttpResponse:
    """One kind, and the way to the others. The frames run nothing and load nothing."""
    if not request.user.has_perm(PREVIEW_MAIL):
        raise PermissionDenied
    asked = request.GET.get("kind", "")
    kind = Message.Kind(asked) if asked in Message.Kind.values else Message.Kind.WELCOME
    context = {
        **admin.site.each_context(request),
        "title": _("Samples of mails"),
        "kind": kind,
        "groups": _groups(),
        "mail": mail_samples.sample_of(kind),
    }
    return TemplateResponse(request, "backoffice/mail_samples.html", context)


def _groups() -> list[tuple[str, list[Message.Kind]]]:
    kinds = list(Message.Kind)
    return [
        (_("To customers"), [kind for kind in kinds if not mail_samples.is_for_staff(kind)]),
        (_("To staff"), [kind for kind in kinds if mail_samples.is_for_staff(kind)]),
    ]
