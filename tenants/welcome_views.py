"""The one-time pages: a link becomes a password, then the key is shown once.

Opening the link changes nothing, because mail scanners open links; only a POST does.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from adapters.user_pool import PasswordTooWeak
from backoffice.addresses import client_address
from tenants import limits, links, mail, standing, welcome
from tenants.errors import KeyAlreadyShown, LinkExpired, LinkUnknown, NotPossible
from tenants.forms import PasswordForm
from tenants.models import MAY_USE_KEYS, Member, OneTimeLink

LINK = "welcome_link"
MEMBER = "welcome_member"


@never_cache
@require_GET
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    """Move the token out of the address bar: it goes into the session, then to /welcome/."""
    limits.count("link", client_address(request), timezone.now())
    try:
        link = links.find_link(token)
    except LinkUnknown as error:
        return refuse_link(request, error)
    request.session.flush()
    request.session[LINK] = link.pk
    return redirect("welcome")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def choose_password(request: HttpRequest) -> HttpResponse:
    member = _member(request)
    if member and request.method != "POST":
        return _key_page(request, member)
    link = _link(request)
    if link is None:
        return refuse_link(request, LinkUnknown())
    form = PasswordForm(request.POST or None)
    try:
        links.require_usable(link, timezone.now())
        if form.is_valid():
            welcome.choose_password(link, form.cleaned_data["password"])
            request.session.cycle_key()
            del request.session[LINK]
            request.session[MEMBER] = link.member_id
            return redirect("welcome")
    except PasswordTooWeak:
        form.add_error("password", _("Use 12 characters, a capital, a small letter and a digit."))
    except NotPossible as error:
        return refuse_link(request, error, link)
    context = {"form": form, "email": link.member.email}
    return render(request, "tenants/welcome.html", context, status=422 if form.errors else 200)


@never_cache
@require_POST
def show_key(request: HttpRequest) -> HttpResponse:
    """Show the key in the answer to this POST, and never again."""
    member = _member(request)
    if member is None:
        return refuse_link(request, LinkUnknown())
    try:
        value = welcome.reveal_key(member)
    except KeyAlreadyShown:
        return _key_page(request, member)
    return _key_page(request, member, value)


@never_cache
@require_POST
def send_new_link(request: HttpRequest) -> HttpResponse:
    """The link expired: send another one to the same address, and to no other."""
    limits.count("link", client_address(request), timezone.now())
    link = _link(request)
    if link is None or link.used_at or link.member.left_at or link.member.disabled_at:
        return refuse_link(request, LinkUnknown())
    mail.renew_link(link.member)
    return render(request, "tenants/link_sent.html")


def _key_page(request: HttpRequest, member: Member, value: str = "") -> HttpResponse:
    context = {
        "key": value,
        "unseen": welcome.unseen_key(member),
        "email": member.email,
        "company": member.tenant.company,
        "may_use_keys": member.role in MAY_USE_KEYS,
        "is_awaited": standing.is_awaited(member.tenant),
        "client_id": settings.USER_POOL_CLIENT_ID,
        "identity_url": settings.IDENTITY_URL,
        "api_url": settings.API_URL,
        "support": settings.SUPPORT_ADDRESS,
    }
    return render(request, "tenants/welcome_key.html", context)


def refuse_link(
    request: HttpRequest, error: NotPossible, link: OneTimeLink | None = None
) -> HttpResponse:
    can_renew = isinstance(error, LinkExpired) and link is not None
    context = {"why": error.code, "can_renew": can_renew, "support": settings.SUPPORT_ADDRESS}
    return render(request, "tenants/link_refused.html", context, status=410)


def _link(request: HttpRequest) -> OneTimeLink | None:
    return (
        OneTimeLink.objects.filter(pk=request.session.get(LINK, 0)).select_related("member").first()
    )


def _member(request: HttpRequest) -> Member | None:
    member_id = request.session.get(MEMBER, 0)
    return Member.objects.filter(pk=member_id, left_at=None).select_related("tenant").first()
