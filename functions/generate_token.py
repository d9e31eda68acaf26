"""Pre Token Generation trigger: puts the tenant's claims into both tokens.

A person waits for this at every sign-in and refresh, so it reads one item and imports little.
docs/tokens.md says what comes of each way in which that can fail.
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


class Damaged(Exception):
    """An item or an event that cannot be worked with. The text names the part, and no content."""


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Return the event with the claims in it; with an empty override for a user without record,
    and for one whom no grant covers today: such a token opens the account pages alone."""
    try:
        event["response"] = _response(event)
    except (Suspended, Unavailable):
        raise
    except Exception as error:  # the outermost door: the text of a bug is not for the person
        _log(error)
        raise _unavailable() from None
    return event


def _response(event: dict[str, Any]) -> dict[str, Any]:
    """The claims are the same whatever the person does to get a token: sign in, refresh, a new
    password. An event of another trigger is one that was wired to the wrong function."""
    if not str(event.get("triggerSource")).startswith("TokenGeneration_"):
        raise Damaged("triggerSource")
    claims = _claims_of(_text(event, "userName"))
    added = {"claimsToAddOrOverride": claims} if claims else {}
    if str(event.get("version")) == "1":
        # A pool on the LITE plan: it can change the ID token alone, and that is what the API takes.
        return {"claimsOverrideDetails": added}
    both = {"idTokenGeneration": added, "accessTokenGeneration": added} if added else {}
    return {"claimsAndScopeOverrideDetails": both}


def _claims_of(user_id: str) -> dict[str, str]:
    """Return the claims of the person; none where there is nothing to claim."""
    try:
        item = get_item(name_of("permissions"), {"user_id": user_id})
    except TryLater as error:
        _log(error)
        if os.environ.get("TOKEN_OUTAGE") == "bare":
            return {}
        raise _unavailable() from error
    if item is None:
        return {}
    state = _text(item, "state")
    if state not in ("open", "lapsed"):
        raise Suspended("This account is suspended.")
    return _fitted(item) if state == "open" else {}


def _fitted(item: dict[str, Any]) -> dict[str, str]:
    """Return the claims in at most 2 KB of JSON.

    Too many domains, then too many permissions, are cut after a whole word: what is left out can
    only allow less. Of what cannot be cut there is never so much, unless it is damaged.
    """
    claims = {name: _text(item, name) for name in ("tenant_id", "role", "tier")}
    for name in ("permissions", "domains"):
        room = MOST_BYTES - len(json.dumps({"permissions": "", "domains": "", **claims}))
        if room < 0:
            raise Damaged("item is too large")
        claims[name] = _fitting(_text(item, name, may_be_empty=True), room)
    return claims


def _text(content: dict[str, Any], name: str, *, may_be_empty: bool = False) -> str:
    """Return this part. Anything but text would be written into the claims as Python writes it."""
    value = content.get(name)
    if not isinstance(value, str) or not (value or may_be_empty):
        raise Damaged(name)
    return value


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
    what = type(error).__name__
    if isinstance(error, OutsideError):
        what = str(error)
    elif isinstance(error, Damaged):
        what = f"damaged: {error}"
    print(json.dumps({"level": "error", "function": "generate_token", "error": what}))
