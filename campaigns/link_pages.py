"""The page on which staff make links to a campaign. A POST, because a code is never in a URL."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.utils.translation import gettext as _

from backoffice import related
from backoffice.qr_codes import LinkTooLong, qr_code
from backoffice.related import Link
from campaigns.code_pages import look_up
from campaigns.code_search import Found
from campaigns.link_forms import LinkForm
from campaigns.links import Origin, sign_up_link
from campaigns.models import Campaign


@dataclass(frozen=True)
class MadeLink:
    """A link as the page shows it. `picture` is empty if the link is too long for a QR code."""

    address: str
    picture: bytes
    notes: list[str]

    @property
    def picture_url(self) -> str:
        return f"data:image/svg+xml;base64,{base64.b64encode(self.picture).decode()}"


def links(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """The form and the link it makes. The admin site keeps its pages out of every cache."""
    if not request.user.has_perm("campaigns.view_campaign"):
        raise PermissionDenied
    campaign = get_object_or_404(Campaign, pk=campaign_id)
    initial = {"utm_campaign": campaign.slug}
    form = LinkForm(request.POST or None, initial=initial)
    made = _made(form, campaign) if form.is_bound else _make(Origin(**initial))
    if made and made.picture and "as_file" in request.POST:
        return _file(made, f"{campaign.slug}-{form.cleaned_data['utm_source']}")
    context = {
        **admin.site.each_context(request),
        "title": _("Links of %(campaign)s") % {"campaign": campaign},
        "campaign": campaign,
        "form": form,
        "made": made,
    }
    status = 422 if form.errors else 200
    return TemplateResponse(request, "backoffice/links.html", context, status=status)


def _made(form: LinkForm, campaign: Campaign) -> MadeLink | None:
    """Make the link that the form asks for, unless something is wrong with it."""
    found = look_up(form) if form.is_valid() and form.cleaned_data["code"] else None
    if found and found.campaign != campaign:
        words = _("This code belongs to %(campaign)s. Make its link there.")
        form.add_error("code", words % {"campaign": found.campaign or found.code.campaign})
    if not form.is_valid():
        return None
    return _make(form.origin(), form.cleaned_data["code"], list(_notes(found)))


def _make(origin: Origin, code: str = "", notes: list[str] | None = None) -> MadeLink:
    address = sign_up_link(settings.PORTAL_URL + reverse("signup"), origin, code)
    try:
        return MadeLink(address, qr_code(address), notes or [])
    except LinkTooLong:
        too_long = _("This link is too long for a QR code. Make its words shorter.")
        return MadeLink(address, b"", [*(notes or []), too_long])


def _notes(found: Found | None) -> Iterator[str]:
    """Say what to know before the link is printed a thousand times."""
    if found and not found.is_good:
        yield _("Whoever follows it now is refused. %(why)s") % {"why": found.sentence}
    if found and not found.code.is_shared:
        yield _(
            "This code works once. Send this link to one person and put it on no page or poster. "
            "For a mailing make the link without a code, and let the mailing tool add #code= and "
            "each person's own code to it."
        )


def _file(made: MadeLink, name: str) -> HttpResponse:
    disposition = content_disposition_header(True, f"{slugify(name)}.svg")
    headers = {"Content-Disposition": disposition or "attachment"}
    return HttpResponse(made.picture, content_type="image/svg+xml", headers=headers)


def _way_here(request: HttpRequest, campaign: Any) -> Iterator[Link]:
    if request.user.has_perm("campaigns.view_campaign"):
        yield Link(_("Links"), reverse("admin:campaigns_campaign_links", args=(campaign.pk,)))


related.offer("campaigns.Campaign", _way_here)
