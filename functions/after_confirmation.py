"""Post Confirmation trigger: a person proved the address with which they signed up.

They become a customer in the portal, which is told by a message; that is the promise. The row of
their permissions is written at once, so that their first token says whose they are. Neither ever
fails the sign-up: Cognito has confirmed the person already, and would show them an error.
"""

import json
import time
from typing import Any

from adapters import registrations, rights
from adapters.errors import OutsideError, TryLater
from adapters.registrations import Registration
from adapters.rights import PermissionItem

SIGNED_UP = "PostConfirmation_ConfirmSignUp"
# Cognito waits five seconds. Telling the portal takes three at most, the row two: it is begun only
# while there is time for it.
LATEST_BEGIN_SECONDS = 2.5


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Return the event as it came, whatever happens: Cognito takes anything else for a failure."""
    if event.get("triggerSource") != SIGNED_UP:
        return event
    began_at = time.monotonic()
    for what, step in (("message", registrations.tell), ("permissions", _write_permission)):
        try:
            if time.monotonic() - began_at > LATEST_BEGIN_SECONDS:
                raise TryLater("no time was left")
            step(_registration(event))
        except Exception as error:  # the outermost door: nobody's sign-up fails for it
            _log(what, error)
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


def _log(what: str, error: Exception) -> None:
    """Write one line without the person's address: our own errors hold none. An alarm counts it."""
    said = str(error) if isinstance(error, OutsideError) else type(error).__name__
    line = {"level": "error", "function": "after_confirmation", "error": said}
    print(json.dumps({**line, "metric": "registrations_untold", "lost": what}))
