"""Opening an account without a code: the form, then the page that asks for the code in the mail."""

import uuid
from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from adapters.errors import TryLater
from adapters.own_sign_up import CodeWrong, NothingToConfirm
from backoffice.addresses import client_address
from campaigns import wording
from tenants import limits
from tenants.confirm_views import SIGN_UP
from tenants.errors import NotPossible, TooMany
from tenants.joining import asking as joining
from tenants.models import SignUp
from tenants.registering import asking, settling
from tenants.registering.forms import CodeForm, RegisterForm
from tenants.welcome_views import refuse_link

View = Callable[..., HttpResponse]


def where_open(view: View) -> View:
    """There is no such page on a stage that takes nobody without a code."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not settings.OPEN_REGISTRATION:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@where_open
def register(request: HttpRequest) -> HttpResponse:
    form = RegisterForm(request.POST or None)
    if request.method != "POST":
        return render(request, "tenants/register/form.html", {"form": form})
    if not form.is_valid():
        return render(request, "tenants/register/form.html", {"form": form}, status=422)
    now, status = timezone.now(), 422
    try:
        limits.count("sign-up", client_address(request), now)
        limits.count_e_mail(form.cleaned_data["email"], now)
        row = asking.register(form.wish(), form_key=form.cleaned_data["form_key"])
    except TooMany as error:
        form.add_error(None, wording.sentence(error.code))
    except TryLater:
        form.add_error(None, _("We are busy at the moment. Send the form again in a minute."))
        status = 503
    else:
        return redirect("register_code", sign_up_id=row.pk)
    return render(request, "tenants/register/form.html", {"form": form}, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@where_open
def code(request: HttpRequest, sign_up_id: uuid.UUID) -> HttpResponse:
    """Whoever types the right code goes on in this browser, without waiting for another mail."""
    row = get_object_or_404(SignUp, pk=sign_up_id, is_open=True)
    if not asking.awaits_code(row):
        return redirect("progress", sign_up_id=row.pk)
    form = CodeForm(request.POST or None)
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        try:
            return _confirmed(request, row, form.cleaned_data["code"])
        except CodeWrong:
            form.refuse()
        except NothingToConfirm:
            return redirect("progress", sign_up_id=row.pk)
        except TooMany as error:
            form.add_error(None, wording.sentence(error.code))
        except TryLater:
            form.add_error(None, _("We are busy at the moment. Send the code again in a minute."))
            status = 503
    return _code_page(request, row, form, status)


@never_cache
@require_POST
@where_open
def another_code(request: HttpRequest, sign_up_id: uuid.UUID) -> HttpResponse:
    row = get_object_or_404(SignUp, pk=sign_up_id, is_open=True)
    now = timezone.now()
    try:
        limits.count("code", client_address(request), now)
        limits.count_e_mail(row.email, now)
        asking.send_another_code(row)
    except TooMany as error:
        return _code_page(request, row, _only_saying(wording.sentence(error.code)), 422)
    except TryLater:
        sentence = _("We are busy at the moment. Ask for the code again in a minute.")
        return _code_page(request, row, _only_saying(sentence), 503)
    return redirect("register_code", sign_up_id=row.pk)


@never_cache
@require_GET
@where_open
def open_own_account(request: HttpRequest, token: str) -> HttpResponse:
    """The link in the mail to somebody who asked to join in vain: their page has the button."""
    limits.count("link", client_address(request), timezone.now())
    try:
        row = joining.find_sign_up(token)
    except NotPossible as error:
        return refuse_link(request, error)
    request.session.flush()
    request.session[SIGN_UP] = str(row.pk)
    return redirect("progress", sign_up_id=row.pk)


@never_cache
@require_POST
@where_open
def own_account(request: HttpRequest, sign_up_id: uuid.UUID) -> HttpResponse:
    """Whoever proved the address in this browser need not wait for an owner's answer."""
    row = get_object_or_404(SignUp, pk=sign_up_id, is_open=True)
    if request.session.get(SIGN_UP) == str(row.pk):
        settling.found_own(row)
    return redirect("progress", sign_up_id=row.pk)


def _only_saying(sentence: str) -> CodeForm:
    """A form in which nothing was typed, with an error above it."""
    form = CodeForm({})
    form.errors.clear()
    form.add_error(None, sentence)
    return form


def _confirmed(request: HttpRequest, row: SignUp, typed: str) -> HttpResponse:
    now = timezone.now()
    limits.count("code", client_address(request), now)
    limits.count_sign_in(row.email, now)
    asking.confirm(row, typed)
    request.session.flush()
    request.session[SIGN_UP] = str(row.pk)
    return redirect("progress", sign_up_id=row.pk)


def _code_page(request: HttpRequest, row: SignUp, form: CodeForm, status: int) -> HttpResponse:
    context = {
        "form": form,
        "sign_up": row,
        "wait": asking.seconds_to_wait(row, timezone.now()),
        "support": settings.SUPPORT_ADDRESS,
    }
    return render(request, "tenants/register/code.html", context, status=status)
