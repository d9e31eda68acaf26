"""The OpenID Connect provider that knows the staff of a stage, if it has one.

https://openid.net/specs/openid-connect-core-1_0.html#CodeFlowAuth
https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig

The ID token comes from the provider itself, by TLS, for a code that is good once: that stands for
its signature (OpenID Connect Core, 3.1.3.7, 6). docs/decisions/0019.
"""

import math
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus, urlsplit

import requests

from adapters import code_flow
from adapters.code_flow import PATIENCE, Attempt
from adapters.errors import Refused, TryLater
from adapters.sign_in import ChallengeOver
from adapters.token_texts import NoToken, read_token

WHO = "staff's provider"
# How long a process believes what the provider says of its addresses.
KEPT_SECONDS = 3600
# Clocks differ; the token is seconds old.
LEEWAY_SECONDS = 60
LOOPBACK = ("127.0.0.1", "localhost")


@dataclass(frozen=True)
class Client:
    """What the provider knows us by."""

    issuer: str
    client_id: str
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Person:
    """Whom the provider vouches for. `subject` is its own name for them, for ever."""

    subject: str
    # Empty unless the provider says that it is theirs.
    email: str
    # Whether they gave a second factor there (RFC 8176).
    by_second_factor: bool


@dataclass(frozen=True)
class _Addresses:
    authorize: str
    token: str
    secret_in_header: bool


_known: dict[str, tuple[float, _Addresses]] = {}


def address_of(client: Client, attempt: Attempt, *, back_to: str) -> str:
    """Return where the person goes. Raises TryLater or Refused."""
    return code_flow.address_of(
        _addresses(client.issuer).authorize,
        client.client_id,
        attempt,
        back_to=back_to,
        scope="openid email",
    )


def redeem(client: Client, attempt: Attempt, code: str, *, back_to: str) -> Person:
    """Return who the code stands for. A code is good once.

    Raises ChallengeOver if it is used, old or not of this attempt, or if its token is not for us;
    TryLater; or Refused.
    """
    addresses = _addresses(client.issuer)
    proof: dict[str, Any] = {"client_secret": client.secret}
    if addresses.secret_in_header:
        # RFC 6749, 2.3.1: both are form-encoded first.
        proof = {"auth": (quote_plus(client.client_id), quote_plus(client.secret))}
    tokens = code_flow.exchange(
        addresses.token, client.client_id, attempt, code, back_to=back_to, who=WHO, **proof
    )
    try:
        claims = read_token(str(tokens["id_token"])).claims
    except NoToken as error:
        raise Refused(f"{WHO}: an ID token that cannot be read") from error
    _check(claims, client, attempt, time.time())
    is_theirs = claims.get("email_verified") in (True, "true")
    ways = claims.get("amr")
    return Person(
        claims["sub"],
        str(claims.get("email", "")) if is_theirs else "",
        isinstance(ways, list) and "mfa" in ways,
    )


def _check(claims: dict[str, Any], client: Client, attempt: Attempt, now: float) -> None:
    begins, ends = _moment(claims.get("iat")), _moment(claims.get("exp"))
    subject = claims.get("sub")
    is_ours = (
        claims.get("iss") == client.issuer
        and claims.get("aud") in (client.client_id, [client.client_id])
        and claims.get("nonce") == attempt.nonce
        and isinstance(subject, str)
        and 0 < len(subject) <= 255
        and begins - LEEWAY_SECONDS <= now < ends + LEEWAY_SECONDS
    )
    if not is_ours:
        raise ChallengeOver


def _moment(told: object) -> float:
    """What is no number is neither before nor after anything. JSON's true is one to Python."""
    return float(told) if isinstance(told, int | float) and told is not True else math.nan


def _addresses(issuer: str) -> _Addresses:
    until, found = _known.get(issuer, (0.0, None))
    if found is None or time.monotonic() >= until:
        found = _discovered(issuer)
        _known[issuer] = (time.monotonic() + KEPT_SECONDS, found)
    return found


def _discovered(issuer: str) -> _Addresses:
    try:
        answer = requests.get(
            f"{issuer.rstrip('/')}/.well-known/openid-configuration",
            timeout=PATIENCE,
            allow_redirects=False,
        )
    except requests.RequestException as error:
        raise TryLater(f"{WHO}: {type(error).__name__}") from error
    said = code_flow.json_of(answer, WHO)
    if answer.status_code != 200 or said.get("issuer") != issuer:
        raise Refused(f"{WHO}: no configuration of this issuer, HTTP {answer.status_code}")
    # Where a provider says nothing, the standard's default is meant.
    ways = said.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    return _Addresses(
        _safe(said.get("authorization_endpoint")),
        _safe(said.get("token_endpoint")),
        secret_in_header="client_secret_basic" in ways,
    )


def _safe(address: object) -> str:
    """Raises Refused for what is not reached by TLS: it stands for the token's signature."""
    parts = urlsplit(address if isinstance(address, str) else "")
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK):
        return parts.geturl()
    raise Refused(f"{WHO}: an address without TLS")
