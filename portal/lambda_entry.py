"""The portal's only door on Lambda: what comes in is named here before Zappa sees it.

Zappa's own handler runs any function that an event or an SNS message names, and `raw_command` is
an exec(). So requests and three management commands go to it, messages and the schedule go to our
tasks, a deployment may ask after the schema, and everything else is refused.
"""

import os
from functools import cache
from typing import Any

from adapters.definitions import definition, name_of

Event = dict[str, Any]

# Whole lines, not first words: `migrate tenants zero` empties tables.
MANAGEMENT = ("migrate", "check", "ensure_roles")

# Keys that never stand beside a request of API Gateway, and to which Zappa would answer.
_CHANNELS = {"command", "raw_command", "manage", "Records", "bot", "triggerSource", "awslogs"}


class NotServed(Exception):
    """An event of a kind that this function does not answer. Its content is not repeated."""


def handler(event: Event, context: object) -> Any:
    """Answer one invocation. Raises NotServed before anything of the event was used."""
    if _is_request(event):
        return _ask_zappa(event, context)
    if _is_management(event):
        return _manage(event, context)
    if event == {"ask": "schema"}:
        return _schema()
    if _is_batch(event):
        _set_up()
        from portal import (
            lambda_mail_events,
            lambda_notices,
            lambda_registrations,
            lambda_worker,
        )

        queue = _queue_of(event)
        doors: dict[str, Any] = {
            name_of("notices"): lambda_notices,
            name_of("mail-events"): lambda_mail_events,
            name_of("registrations"): lambda_registrations,
        }
        return doors.get(queue, lambda_worker).consume(event)
    return _run_scheduled(_scheduled_task(event))


def _is_request(event: Event) -> bool:
    return {"httpMethod", "requestContext"} <= event.keys() and not event.keys() & _CHANNELS


def _is_management(event: Event) -> bool:
    return event.keys() == {"manage"} and event["manage"] in MANAGEMENT


def _is_batch(event: Event) -> bool:
    records = event.get("Records") or [{}]
    return all(record.get("eventSource") == "aws:sqs" for record in records)


def _queue_of(event: Event) -> str:
    """Return the name of the queue that a batch came from: it is of one queue."""
    arns = {str(record.get("eventSourceARN", "")) for record in event["Records"]}
    return arns.pop().rpartition(":")[2] if len(arns) == 1 else ""


def _scheduled_task(event: Event) -> str:
    """Return the task that a rule of EventBridge asks for: only those of the schedule may run."""
    schedule = definition("schedule")
    if event.keys() == {"task"} and event["task"] in [each["task"] for each in schedule.values()]:
        return str(event["task"])
    if event.get("detail-type") == "Scheduled Event":
        rules = {arn.rpartition("/")[2] for arn in event.get("resources", ())}
        for name, each in schedule.items():
            if name_of(name) in rules:
                return str(each["task"])
    raise NotServed(f"An event with {', '.join(sorted(event)[:9]) or 'nothing'} is not served here")


def _schema() -> dict[str, list[str]]:
    _set_up()
    from portal.lambda_schema import described

    return described()


def _run_scheduled(task: str) -> dict[str, str]:
    _set_up()
    from django.db import close_old_connections

    from portal.celery import app

    close_old_connections()
    try:
        app.tasks[task].apply(throw=True)
    finally:
        close_old_connections()
    return {"ran": task}


def _manage(event: Event, context: object) -> Any:
    """Run a command: migrations as the owner of the tables, which the portal is not."""
    if event["manage"] != "migrate":
        return _ask_zappa(event, context)
    _set_up()
    from portal.database_owner import owning

    with owning():
        return _ask_zappa(event, context)


def _ask_zappa(event: Event, context: object) -> Any:
    # It loads the application when it is first called; messages do not wait for that.
    from zappa.handler import lambda_handler

    return lambda_handler(event, context)


@cache
def _set_up() -> None:
    """Load Django and every task once per process."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    import django

    django.setup()
    from portal.celery import app

    app.loader.import_default_modules()
