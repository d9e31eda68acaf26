"""Tokens as the local cloud's user pool signs them, with whatever claims a test wants in them."""

import base64
import json
import time
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from moto.cognitoidp.models import cognitoidp_backends

from localcloud.place import ACCOUNT, REGION
from tests.local_cloud import running_cloud

HEADER = {"alg": "RS256", "kid": "dummy"}


def pool_key() -> RSAPrivateKey:
    """Return the private key that signs the tokens of the pool."""
    pool = cognitoidp_backends[ACCOUNT][REGION].user_pools[running_cloud().addresses.user_pool_id]
    return _loaded(pool.json_web_key.as_pem(private=True))


@lru_cache(maxsize=8)
def _loaded(pem: bytes) -> RSAPrivateKey:
    key = load_pem_private_key(pem, None)
    assert isinstance(key, RSAPrivateKey)
    return key


def id_claims(**changed: Any) -> dict[str, Any]:
    """Return what stands in a good ID token; None takes a claim away."""
    addresses = running_cloud().addresses
    now = int(time.time())
    claims = {
        "sub": "sub-1",
        "iss": f"https://cognito-idp.{addresses.region}.amazonaws.com/{addresses.user_pool_id}",
        "aud": addresses.client_id,
        "token_use": "id",
        "auth_time": now,
        "iat": now,
        "exp": now + 3600,
        "email": "alice@example.com",
    } | changed
    return {name: value for name, value in claims.items() if value is not None}


def access_claims(**changed: Any) -> dict[str, Any]:
    client_id = running_cloud().addresses.client_id
    own = {"aud": None, "email": None, "client_id": client_id, "token_use": "access"}
    return id_claims(**own | changed)


def id_token(**changed: Any) -> str:
    return signed(id_claims(**changed))


def access_token(**changed: Any) -> str:
    return signed(access_claims(**changed))


def signed(claims: Any, header: Any = None, key: RSAPrivateKey | None = None) -> str:
    """Return the token, by the pool's key or another. Text stands in it as it is."""
    text = f"{part(HEADER if header is None else header)}.{part(claims)}"
    signature = (key or pool_key()).sign(text.encode(), padding.PKCS1v15(), SHA256())
    return f"{text}.{part(signature)}"


def part(content: Any) -> str:
    if isinstance(content, str):
        content = content.encode()
    if not isinstance(content, bytes):
        content = json.dumps(content).encode()
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
