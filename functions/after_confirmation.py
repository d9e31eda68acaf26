"""Post Confirmation trigger: a person proved the address with which they signed up.

They become a customer in the portal, which is told by a message; that is the promise. The row of
their permissions is written at once, so that their first token says whose they are. Neither ever
fails the sign-up: Cognito has confirmed the person already, and would show them an error.
"""

import json
from collections.abc import Callable
from typing import Any

from adapters import registrations, rights
from adapters.errors import OutsideError
from adapters.registrations import Registration
from adapters.rights import PermissionItem

SIGNED_UP = "PostConfirmation_ConfirmSignUp"


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Return the event as it came, whatever happens: Cognito takes anything else for a failure."""
    if event.get("triggerSource") == SIGNED_UP:
        registration = _registration(event)
        for what, step in (("message", registrations.tell), ("permissions", _write_permission)):
            _calmly(what, step, registration)
    return event


def _registration(event: dict[str, Any]) -> Registration:
    email = event["request"]["userAttributes"]["email"]
    return Registration(user_id=event["userName"], email=email.casefold())


def _write_permission(registration: Registration) -> None:
    """Nothing is granted yet, and what the portal has written meanwhile stays."""
    place = registrations.place_of(registration, hurried=True)
    rights.begin_permission(
        PermissionItem(
            user_id=registration.user_id,
            tenant_id=place.tenant_id,
            role=place.role,
            permissions=(),
            domains=(),
            tier="",
            state="lapsed",
        )
    )


def _calmly(what: str, step: Callable[[Registration], None], registration: Registration) -> None:
    """Log what went wrong without the person's address; an alarm counts these lines."""
    try:
        step(registration)
    except OutsideError as error:
        line = {"level": "error", "function": "after_confirmation", "error": str(error)}
        print(json.dumps({**line, "metric": "registrations_untold", "lost": what}))
