"""The authorization code flow with PKCE (RFC 6749, 4.1; RFC 7636): there, back, the exchange."""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import requests

from adapters.errors import Refused, TryLater
from adapters.sign_in import ChallengeOver

# To connect and to read, in seconds: a person waits.
PATIENCE = (2, 4)


@dataclass(frozen=True)
class Attempt:
    """One way there and back. What it holds stays in the server-side session."""

    state: str
    nonce: str
    verifier: str = field(repr=False)


def new_attempt() -> Attempt:
    return Attempt(*(secrets.token_urlsafe(32) for _ in range(3)))


def address_of(
    endpoint: str, client_id: str, attempt: Attempt, *, back_to: str, **more: str
) -> str:
    """Return where the person goes; `more` are parameters of this endpoint alone."""
    digest = hashlib.sha256(attempt.verifier.encode()).digest()
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": back_to,
        "state": attempt.state,
        "nonce": attempt.nonce,
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
        **more,
    }
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"


def exchange(
    endpoint: str,
    client_id: str,
    attempt: Attempt,
    code: str,
    *,
    back_to: str,
    who: str,
    auth: tuple[str, str] | None = None,
    **more: str,
) -> dict[str, Any]:
    """Return the tokens that the code stands for. A code is good once. `who` is named in errors.

    Raises ChallengeOver if it is used, old or not of this attempt; TryLater; or Refused.
    """
    form = {
        "grant_type": "authorization_code",
        "client_id": client_id,
        "code": code,
        "redirect_uri": back_to,
        "code_verifier": attempt.verifier,
        **more,
    }
    try:
        answer = requests.post(
            endpoint, data=form, auth=auth, timeout=PATIENCE, allow_redirects=False
        )
    except requests.RequestException as error:
        raise TryLater(f"{who}: {type(error).__name__}") from error
    said = json_of(answer, who)
    if answer.status_code == 200 and "id_token" in said:
        return said
    if said.get("error") == "invalid_grant":
        raise ChallengeOver
    raise Refused(f"{who}: HTTP {answer.status_code}, {said.get('error', 'no token')}")


def json_of(answer: requests.Response, who: str) -> dict[str, Any]:
    """Raises TryLater where the other side is busy or broken, Refused where it does not speak
    JSON."""
    if answer.status_code >= 500 or answer.status_code == 429:
        raise TryLater(f"{who}: HTTP {answer.status_code}")
    try:
        said = answer.json()
    except requests.JSONDecodeError as error:
        raise Refused(f"{who}: HTTP {answer.status_code} without JSON") from error
    return said if isinstance(said, dict) else {}
