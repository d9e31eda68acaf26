"""The pages on which staff see what the queue gave up on, send it again or discard it."""

import logging
from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, register_converter, reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy
from django.views.decorators.http import require_safe

from adapters.definitions import definition
from adapters.errors import OutsideError, TryLater
from backoffice.audit import Act
from backoffice.roles import STEER_JOBS
from backoffice.verbs import Verb, VerbRefused, carry_out
from portal import dead_letters
from portal.dead_letters import Chosen

log = logging.getLogger(__name__)

VIEW_JOBS = "backoffice.view_job"
TROUBLES: dict[type[Exception], Any] = {
    VerbRefused: "",
    TryLater: gettext_lazy("SQS does not answer. Nothing is lost: try again in a minute."),
    OutsideError: gettext_lazy("SQS refused this. Tell operations, with the time of day."),
}


SEND_AGAIN = Verb(
    name="send-again",
    label=gettext_lazy("Send all again"),
    permission=STEER_JOBS,
    run=dead_letters.send_again,
    effects=[
        gettext_lazy("Each goes back to its queue as if it were new, and is tried again."),
        gettext_lazy("What was done after all finds nothing left to do."),
        gettext_lazy("Mend the cause first: what still fails comes back here."),
        gettext_lazy("What nobody can read stays here."),
        format_lazy(
            gettext_lazy("At most {most} are sent at a time; press again for the rest."),
            most=dead_letters.MOST_SENT,
        ),
    ],
    done=ngettext_lazy("%d message was sent again.", "%d messages were sent again."),
    icon="redo",
    troubles=TROUBLES,
)
DISCARD = Verb(
    name="discard",
    label=gettext_lazy("Discard"),
    permission=STEER_JOBS,
    run=dead_letters.discard,
    effects=[
        gettext_lazy("The message is deleted for good: nothing will be done because of it."),
        gettext_lazy(
            "Rows stay as they are. Of our own work the sweep finds what is still due; what AWS "
            "told in it is not known here."
        ),
    ],
    done=ngettext_lazy("%d message was discarded.", "%d messages were discarded."),
    icon="delete",
    is_danger=True,
    troubles=TROUBLES,
)


@require_safe
def dead_letter_list(request: HttpRequest) -> HttpResponse:
    """What is in the queue now: each look asks SQS, and is never polled."""
    _admit(request, VIEW_JOBS)
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("Dead letters"),
        "keep_days": definition("queues")["tasks"]["dead_letter_retention_seconds"] // 86_400,
        "may_steer": request.user.has_perm(STEER_JOBS),
    }
    try:
        looks = [dead_letters.look(queue) for queue in dead_letters.TITLES]
        context["looks"] = [each for each in looks if each.given_up or each.held]
    except OutsideError as error:
        log.warning("dead letters cannot be seen: %s", error)
        context["trouble"] = SEND_AGAIN.name_trouble(error)
    status = 503 if "trouble" in context else 200
    return TemplateResponse(request, "backoffice/dead_letters.html", context, status=status)


def send_all_again(request: HttpRequest, queue: str) -> HttpResponse:
    def describe() -> tuple[str, str]:
        about = dead_letters.count(queue)
        title = str(dead_letters.TITLES[queue])
        return title, ngettext("about %d message", "about %d messages", about) % about

    return _confirm_or_run(request, SEND_AGAIN, queue, describe)


def discard_one(request: HttpRequest, queue: str, message_id: str) -> HttpResponse:
    chosen = Chosen(queue, message_id)

    def describe() -> tuple[str, str]:
        given_up = dead_letters.find(chosen)
        return str(given_up), given_up.task + given_up.arguments or message_id

    return _confirm_or_run(request, DISCARD, chosen, describe)


def _confirm_or_run(
    request: HttpRequest, verb: Verb, subject: Any, describe: Callable[[], tuple[str, str]]
) -> HttpResponse:
    """GET shows what would happen and to what, only a POST with a reason does it."""
    _admit(request, VIEW_JOBS, verb.permission)
    form = verb.form(request.POST if request.method == "POST" else None)
    if form.is_valid():
        _run(request, verb, subject, Act.of(request.user, form.cleaned_data["reason"]))
        return redirect("dead_letters")
    try:
        name, note = describe()
    except tuple(TROUBLES) as error:
        messages.warning(request, verb.name_trouble(error))
        return redirect("dead_letters")
    back = reverse("dead_letters")
    context = {
        **admin.site.each_context(request),
        "title": verb.label,
        "verb": verb,
        "rows": [(name, back, note)],
        "count": 1,
        "form": form,
        "back": back,
    }
    status = 422 if form.errors else 200
    return TemplateResponse(request, "backoffice/confirm_verb.html", context, status=status)


def _run(request: HttpRequest, verb: Verb, subject: Any, act: Act) -> None:
    outcome = carry_out(verb, [subject], act)
    for count in outcome.results:
        messages.success(request, verb.done % count)
    for _row, why in outcome.refused:
        messages.warning(request, why)


def _admit(request: HttpRequest, *rights: str) -> None:
    if not request.user.has_perms(rights):
        raise PermissionDenied


def _door(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    door: Callable[..., HttpResponse] = admin.site.admin_view(view)
    return door


class QueueConverter:
    """The queues that infra/definitions/queues.json has, and no other word."""

    regex = "|".join(dead_letters.TITLES)

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(QueueConverter, "queue")

urlpatterns = [
    path("", _door(dead_letter_list), name="dead_letters"),
    path("<queue:queue>/send-again/", _door(send_all_again), name="dead_letters_send_again"),
    path(
        "<queue:queue>/<slug:message_id>/discard/", _door(discard_one), name="dead_letter_discard"
    ),
]
