"""Signing in on the user pool's own pages: OAuth 2.0 authorization code with PKCE.

https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html
https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import requests

from adapters.errors import Refused, TryLater
from adapters.sign_in import ChallengeOver, SignedIn
from adapters.tokens import Pool, TokenRefused, verified_id_token

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


def address_of(site: str, client_id: str, attempt: Attempt, *, back_to: str) -> str:
    """Return where the person goes. The pages ask anew for the password, also of somebody who was
    there a moment ago: whoever signed out here must be out."""
    digest = hashlib.sha256(attempt.verifier.encode()).digest()
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": back_to,
        "scope": "openid email",
        "state": attempt.state,
        "nonce": attempt.nonce,
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
        "prompt": "login",
    }
    return f"{site}/oauth2/authorize?{urlencode(asked)}"


def redeem(site: str, pool: Pool, attempt: Attempt, code: str, *, back_to: str) -> SignedIn:
    """Return who the code stands for. A code is good once.

    Raises ChallengeOver if it is used, old or not of this attempt, or if its token is not one of
    the pool's for us; TryLater; or Refused.
    """
    form = {
        "grant_type": "authorization_code",
        "client_id": pool.client_id,
        "code": code,
        "redirect_uri": back_to,
        "code_verifier": attempt.verifier,
    }
    try:
        answer = requests.post(
            f"{site}/oauth2/token", data=form, timeout=PATIENCE, allow_redirects=False
        )
    except requests.RequestException as error:
        raise TryLater(f"hosted pages: {type(error).__name__}") from error
    return _person(_tokens(answer), pool, attempt)


def _tokens(answer: requests.Response) -> dict[str, Any]:
    if answer.status_code >= 500 or answer.status_code == 429:
        raise TryLater(f"hosted pages: HTTP {answer.status_code}")
    try:
        said = answer.json()
    except requests.JSONDecodeError as error:
        raise Refused(f"hosted pages: HTTP {answer.status_code} without JSON") from error
    if answer.status_code == 200 and "id_token" in said:
        return dict(said)
    if said.get("error") == "invalid_grant":
        raise ChallengeOver
    raise Refused(f"hosted pages: HTTP {answer.status_code}, {said.get('error', 'no token')}")


def _person(tokens: dict[str, Any], pool: Pool, attempt: Attempt) -> SignedIn:
    try:
        claims = verified_id_token(str(tokens["id_token"]), pool)
    except TokenRefused as error:
        raise ChallengeOver from error
    if claims.text("nonce") != attempt.nonce:
        raise ChallengeOver
    return SignedIn(claims.user_id, claims.text("email"), tokens.get("access_token", ""))
