"""Pre Token Generation trigger (V2): puts the tenant's claims into both tokens.

A person waits for this at every sign-in and refresh, so it reads one item and imports little.
TOKEN_OUTAGE says what an outage of the table means: "refuse" (nobody gets a token; the default)
or "bare" (a token without claims, which opens the account pages but not the API).
"""

import json
import os
from typing import Any

from adapters.definitions import name_of
from adapters.errors import OutsideError, TryLater
from adapters.signed_requests import get_item

# A token travels in a header with every call, and gateways and proxies cap headers at 8 to 10 KB.
MOST_BYTES = 2048


class Suspended(Exception):
    """Cognito shows the text of what a trigger raises to the person who signs in."""


class Unavailable(Exception):
    """As Suspended: the text is for the person."""


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Return the event with the claims in it; with an empty override for a user without record,
    and for one whom no grant covers today: such a token opens the account pages alone."""
    try:
        event["response"] = {"claimsAndScopeOverrideDetails": _override(event["userName"])}
    except (Suspended, Unavailable):
        raise
    except Exception as error:  # the outermost door: the text of a bug is not for the person
        _log(error)
        raise _unavailable() from None
    return event


def _override(user_id: str) -> dict[str, Any]:
    try:
        item = get_item(name_of("permissions"), {"user_id": user_id})
    except TryLater as error:
        _log(error)
        if os.environ.get("TOKEN_OUTAGE") == "bare":
            return {}
        raise _unavailable() from error
    if item is None or item["state"] == "lapsed":
        return {}
    if item["state"] != "open":
        raise Suspended("This account is suspended.")
    added = {"claimsToAddOrOverride": _claims(item)}
    return {"idTokenGeneration": added, "accessTokenGeneration": added}


def _claims(item: dict[str, Any]) -> dict[str, str]:
    """Return the claims in at most 2 KB of JSON.

    Too many domains, then too many permissions, are cut after a whole word: what is left out can
    only allow less.
    """
    claims = {name: str(item[name]) for name in ("tenant_id", "role", "tier")}
    for name in ("permissions", "domains"):
        room = MOST_BYTES - len(json.dumps({"permissions": "", "domains": "", **claims}))
        claims[name] = _fitting(str(item[name]), room)
    return claims


def _fitting(words: str, room: int) -> str:
    kept = []
    for word in words.split():
        room -= len(json.dumps(word)) - 1  # a space, but not the two quotes
        if room < -1:  # the first word has no space before it
            break
        kept.append(word)
    return " ".join(kept)


def _unavailable() -> Unavailable:
    return Unavailable("Signing in does not work right now. Try again in a minute.")


def _log(error: Exception) -> None:
    """Write one line without the person's name, address or claims: our own errors hold none."""
    what = str(error) if isinstance(error, OutsideError) else type(error).__name__
    print(json.dumps({"level": "error", "function": "generate_token", "error": what}))
