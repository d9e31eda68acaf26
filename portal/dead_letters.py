"""What the queues gave up on: what each was, sending them again, discarding one."""

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from adapters import queues
from adapters.definitions import definition, name_of
from adapters.errors import OutsideError
from adapters.queues import DeadLetter
from backoffice import audit
from backoffice.audit import Act, Thing
from backoffice.verbs import VerbRefused
from portal import lambda_worker
from portal.celery import app
from portal.lambda_worker import Order, Unreadable

MOST_SHOWN = 50
# A press runs in its request: two calls a message, and 29 seconds behind API Gateway.
MOST_SENT = 100
# How far a look goes for one message: SQS chooses which it hands over first.
MOST_SEARCHED = 300

# What each task is to staff. A task without words is shown by its name.
WORDS = {
    "marketplace.tasks.meter_usage": gettext_lazy("Meter usage for AWS Marketplace"),
    "backoffice.tasks.run_job_chunk": gettext_lazy("Do the next piece of a job"),
    "tenants.tasks.deliver_message": gettext_lazy("Send a mail"),
    "tenants.tasks.look_at_claim": gettext_lazy("Look for the DNS record of a domain"),
    "tenants.tasks.look_at_domain": gettext_lazy("See whether a domain's DNS record is there"),
    "tenants.tasks.look_for_drift": gettext_lazy("Compare AWS with the rows, if that is due"),
    "tenants.tasks.reconcile_tenant": gettext_lazy("Make AWS agree with a customer"),
    "tenants.tasks.remove_stray": gettext_lazy("Mend what AWS has otherwise"),
    "tenants.tasks.run_due": gettext_lazy("Pick up the work that is due"),
    "tenants.tasks.serve_newsletter": gettext_lazy("Tell a newsletter platform"),
}


TASKS = "tasks"
# What lies in each other queue of infra/definitions/queues.json. Their messages come from AWS and
# are shown to nobody: they name customers and their addresses.
LETTERS = {
    "notices": gettext_lazy("A notice of AWS Marketplace"),
    "mail-events": gettext_lazy("What SES says of a mail"),
    "registrations": gettext_lazy("Somebody who registered themselves"),
}
TITLES = {
    TASKS: gettext_lazy("Tasks"),
    "notices": gettext_lazy("Notices of AWS Marketplace"),
    "mail-events": gettext_lazy("Mail events"),
    "registrations": gettext_lazy("Registrations"),
}


class Chosen(NamedTuple):
    """One message of a queue's dead letters."""

    queue: str
    message_id: str


@dataclass(frozen=True)
class GivenUp:
    """A dead letter as staff may see it: which task, with which ids, and nothing else it carried.

    `task` is also the name of one that this version does not know; then nobody can read it. A
    message of another queue has none.
    """

    queue: str
    letter: DeadLetter
    task: str
    arguments: str
    is_readable: bool

    def __str__(self) -> str:
        if self.queue != TASKS:
            return str(LETTERS[self.queue])
        if self.is_readable:
            return str(WORDS.get(self.task, self.task))
        return _("An unknown task") if self.task else _("Not one of our messages")


def _given_up(queue: str, letter: DeadLetter) -> GivenUp:
    if queue != TASKS:
        return GivenUp(queue, letter, "", "", is_readable=True)
    try:
        order = lambda_worker.read(letter.body)
    except Unreadable as error:
        task = error.task if re.fullmatch(r"[\w.]{1,80}", error.task) else ""
        return GivenUp(queue, letter, task, "", is_readable=False)
    return GivenUp(queue, letter, order.task.name, _ids_of(order), is_readable=True)


def _ids_of(order: Order) -> str:
    """Return the arguments with everything masked that is no id: (4711, •••)."""
    named = [f"{name}={_masked(value)}" for name, value in order.kwargs.items()]
    return f"({', '.join([*map(_masked, order.args), *named])})"


def _masked(value: Any) -> str:
    """Only whole numbers and UUIDs as we write them are ids: other digits may be a secret."""
    if isinstance(value, int):
        return str(value)
    with suppress(ValueError, TypeError, AttributeError):
        if str(UUID(value)) == value:
            return str(value)
    return "•••"


class Look(NamedTuple):
    """What a look saw: `about` how many there are, and how many somebody else holds right now."""

    queue: str
    given_up: list[GivenUp]
    about: int
    held: int

    @property
    def title(self) -> str:
        return str(TITLES[self.queue])


def look(queue: str) -> Look:
    """Look at the first of them. Costs what adapters.queues.dead_messages says."""
    _know_every_task()
    url = _dead_url(queue)
    about = queues.waiting_messages(url)
    seen = [_given_up(queue, letter) for letter in queues.dead_messages(url, most=MOST_SHOWN)]
    return Look(queue, seen, max(about, len(seen)), 0 if seen else queues.held_messages(url))


def count(queue: str) -> int:
    """Return about how many there are, without a look."""
    return queues.waiting_messages(_dead_url(queue))


def find(chosen: Chosen) -> GivenUp:
    """Return one of them. Raises VerbRefused if it is not there, or not now."""
    _know_every_task()
    return _found(queues.dead_messages(_dead_url(chosen.queue), most=MOST_SEARCHED), chosen)


def send_again(queue: str, act: Act) -> int:
    """Send up to MOST_SENT to their own queue and say how many; unreadable ones stay.

    A message may be sent twice and is never lost, and whoever takes it may take it twice. Raises
    VerbRefused if there is nothing to send, or if SQS stops answering on the way.
    """
    _know_every_task()
    with queues.holding(_dead_url(queue), most=MOST_SENT) as letters:
        seen = [_given_up(queue, letter) for letter in letters]
        readable = [given_up for given_up in seen if given_up.is_readable]
        if not readable:
            raise VerbRefused(_("There is nothing that can be sent again."))
        _record_sending(act, queue, readable)
        for already, given_up in enumerate(readable):
            _send_one(given_up, already, len(readable))
        return len(readable)


def _send_one(given_up: GivenUp, already: int, total: int) -> None:
    try:
        own = queues.beside(settings.TASKS_QUEUE_URL, given_up.queue)
        queues.redrive(_dead_url(given_up.queue), given_up.letter, to=own)
    except OutsideError as error:
        facts = {"sent": already, "total": total}
        sentence = _("%(sent)d of %(total)d were sent, then SQS did not answer. Try again later.")
        raise VerbRefused(sentence % facts) from error


def _record_sending(act: Act, queue: str, readable: list[GivenUp]) -> None:
    names = [given_up.task for given_up in readable]
    tasks = {name: names.count(name) for name in sorted(set(names))}
    sent: dict[str, Any] = {"tasks": tasks} if queue == TASKS else {"messages": len(names)}
    thing = Thing("Queue", _dead_name(queue), _("Dead letters"))
    audit.record_outside(act, "send dead letters again", thing, after=sent)


def discard(chosen: Chosen, act: Act) -> int:
    """Delete one of them for good. Raises VerbRefused if it is not there, or not now."""
    _know_every_task()
    url = _dead_url(chosen.queue)
    with queues.holding(url, most=MOST_SEARCHED) as letters:
        given_up = _found(letters, chosen)
        _record_discarding(act, given_up)
        queues.discard(url, given_up.letter)
    return 1


def _record_discarding(act: Act, given_up: GivenUp) -> None:
    letter = given_up.letter
    thing = Thing("DeadLetter", letter.message_id, str(given_up))
    what = given_up.task + given_up.arguments if given_up.queue == TASKS else given_up.queue
    before = {"task": what, "sent_at": letter.sent_at.isoformat()}
    audit.record_outside(act, "discard dead letter", thing, before=before)


def _found(letters: list[DeadLetter], chosen: Chosen) -> GivenUp:
    for letter in letters:
        if letter.message_id == chosen.message_id:
            return _given_up(chosen.queue, letter)
    raise VerbRefused(
        _(
            "It is not there: it was sent again or discarded, or somebody looks at it at this "
            "moment. Look again in half a minute."
        )
    )


def _dead_name(queue: str) -> str:
    return name_of(definition("queues")[queue]["dead_letter_queue"])


def _dead_url(queue: str) -> str:
    return queues.dead_queue(settings.TASKS_QUEUE_URL, thing=queue)


def _know_every_task() -> None:
    """A portal that has queued nothing yet has loaded no tasks, and would know none by name."""
    app.loader.import_default_modules()
