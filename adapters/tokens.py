"""Whether a token is one that our user pool gave out, for our client, and is good now.

https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html
What stands in a token, and how to do the same elsewhere: docs/tokens.md.
"""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from adapters.pool_keys import KeyUnknown, PoolKeys
from adapters.token_signatures import PublicKey, is_signed
from adapters.token_texts import NoToken, read_token

TokenUse = Literal["id", "access"]

# Clocks differ by seconds.
LEEWAY_SECONDS = 10
# Cognito gives out ID and access tokens for five minutes to a day.
LONGEST_SECONDS = 86_400


class TokenRefused(Exception):
    """A stable code, and a sentence for whoever sent the token. It quotes nothing of the token."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
        self.sentence = _SENTENCES[code]


_SENTENCES = {
    "unreadable": "This is not a token of ours: it cannot be read.",
    "algorithm": "This token is not signed by RS256.",
    "key_unknown": "This token is signed with a key that the user pool does not have.",
    "signature": "The signature does not fit the token.",
    "issuer": "This token is of another user pool.",
    "client": "This token was given out to another client.",
    "use": "This is not the kind of token that is asked for here.",
    "incomplete": "A claim is missing in this token, or cannot be what it says.",
    "expired": "This token has expired. Sign in again.",
    "not_yet": "This token is not valid yet. Compare the clocks.",
}


@dataclass(frozen=True, slots=True)
class Pool:
    """A user pool and the client of it that tokens have to be for."""

    pool_id: str
    client_id: str

    @property
    def region(self) -> str:
        return self.pool_id.partition("_")[0]

    @property
    def issuer(self) -> str:
        return f"https://cognito-idp.{self.region}.amazonaws.com/{self.pool_id}"


@dataclass(frozen=True, slots=True)
class Claims:
    """Who the token is about. `all` has everything that it says."""

    user_id: str
    expires_at: int
    all: Mapping[str, Any] = field(repr=False)

    def text(self, name: str) -> str:
        """Return a claim that is text, or nothing: what is of another kind says nothing to us."""
        value = self.all.get(name)
        return value if isinstance(value, str) else ""


def verified_id_token(token: str, pool: Pool) -> Claims:
    """Raises TokenRefused; TryLater or Refused if the pool's keys cannot be had."""
    return _verified(token, pool, "id", for_client="aud")


def verified_access_token(token: str, pool: Pool) -> Claims:
    """Raises TokenRefused; TryLater or Refused if the pool's keys cannot be had."""
    return _verified(token, pool, "access", for_client="client_id")


def keys_of(pool_id: str) -> PoolKeys:
    """Return this process's keys of the pool."""
    return _keys_at(f"{_endpoint(pool_id)}/{pool_id}/.well-known/jwks.json")


@cache
def _keys_at(address: str) -> PoolKeys:
    return PoolKeys(address)


def _endpoint(pool_id: str) -> str:
    return (
        os.environ.get("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER")
        or os.environ.get("AWS_ENDPOINT_URL")
        or Pool(pool_id, "").issuer.rpartition("/")[0]
    ).rstrip("/")


def _verified(token: str, pool: Pool, use: TokenUse, *, for_client: str) -> Claims:
    """What costs nothing is looked at first: of the tokens that strangers make up, few get so far
    that the pool is asked for its keys. Nothing is believed before the signature."""
    try:
        read = read_token(token)
    except NoToken as error:
        raise TokenRefused("unreadable") from error
    if read.header.get("alg") != "RS256" or "crit" in read.header:
        raise TokenRefused("algorithm")
    _check(read.claims, pool, use, for_client, time.time())
    if not is_signed(read.signed, read.signature, _key(read.header.get("kid"), pool)):
        raise TokenRefused("signature")
    return Claims(read.claims["sub"], read.claims["exp"], read.claims)


def _key(key_id: object, pool: Pool) -> PublicKey:
    """Return a key of the pool's own set: a key, or the address of one, that the token itself
    brings (jwk, jku, x5c, x5u) is never looked at."""
    if not isinstance(key_id, str):
        raise TokenRefused("key_unknown")
    try:
        return keys_of(pool.pool_id).key(key_id)
    except KeyUnknown as error:
        raise TokenRefused("key_unknown") from error


def _check(claims: dict[str, Any], pool: Pool, use: TokenUse, for_client: str, now: float) -> None:
    if claims.get("iss") != pool.issuer:
        raise TokenRefused("issuer")
    # One name alone: a list with ours in it is nothing that Cognito writes.
    if claims.get(for_client) != pool.client_id:
        raise TokenRefused("client")
    if claims.get("token_use") != use:
        raise TokenRefused("use")
    if not isinstance(claims.get("sub"), str) or not claims["sub"]:
        raise TokenRefused("incomplete")
    _check_times(claims, now)


def _check_times(claims: dict[str, Any], now: float) -> None:
    begins, ends = claims.get("iat"), claims.get("exp")
    starts = claims.get("nbf", begins)
    # JSON's true is a number to Python.
    if not type(begins) is type(ends) is type(starts) is int:
        raise TokenRefused("incomplete")
    if not 0 < ends - begins <= LONGEST_SECONDS:
        raise TokenRefused("incomplete")
    if ends <= now - LEEWAY_SECONDS:
        raise TokenRefused("expired")
    if max(begins, starts) > now + LEEWAY_SECONDS:
        raise TokenRefused("not_yet")
