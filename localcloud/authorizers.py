"""The Cognito authorizer of API Gateway: whose ID token this is."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from moto.cognitoidp.models import cognitoidp_backends

from localcloud.place import ACCOUNT, REGION
from localcloud.refusals import Refusal

Claims = dict[str, str]


def claims_of(header: str | None, authorizer: Any) -> Claims:
    """Return the claims of a valid ID token as a function sees them. Raises Refusal.

    The token comes alone or after "Bearer".
    """
    token = (header or "").strip().removeprefix("Bearer ").strip()
    for arn in authorizer.provider_arns or []:
        pool = _pool(arn)
        claims = _verified(token, pool) if pool else None
        if claims:
            return {name: _as_text(name, value) for name, value in claims.items()}
    raise Refusal("UNAUTHORIZED")


def _pool(arn: str) -> Any:
    pools = cognitoidp_backends[ACCOUNT][REGION].user_pools
    return pools.get(arn.rpartition("/")[2])


def _verified(token: str, pool: Any) -> dict[str, Any] | None:
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            _public_key(pool.json_web_key.as_pem(private=False)),
            algorithms=["RS256"],
            issuer=f"https://cognito-idp.{REGION}.amazonaws.com/{pool.id}",
            audience=list(pool.clients),
            options={"require": ["exp", "iss", "aud", "sub"]},
        )
    except jwt.ExpiredSignatureError as error:
        raise Refusal("UNAUTHORIZED", message="The incoming token has expired") from error
    except jwt.InvalidTokenError:
        return None
    return claims if claims.get("token_use") == "id" and _has_moments(claims) else None


def _has_moments(claims: dict[str, Any]) -> bool:
    """PyJWT takes a moment that is text, or beyond any calendar; neither can be told in words."""
    moments = [claims[name] for name in ("exp", "iat") if name in claims]
    return all(type(each) is int and 0 <= each < 2**37 for each in moments)


@lru_cache(maxsize=8)
def _public_key(pem: bytes) -> RSAPublicKey:
    key = load_pem_public_key(pem)
    assert isinstance(key, RSAPublicKey)  # noqa: S101 - moto's keys are
    return key


def _as_text(name: str, value: Any) -> str:
    """Write a claim as API Gateway does: everything is text, and moments are in words."""
    if name in {"exp", "iat"}:
        return datetime.fromtimestamp(value, UTC).strftime("%a %b %d %H:%M:%S UTC %Y")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ",".join(str(part) for part in value)
    return str(value)
