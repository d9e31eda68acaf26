"""RS256 (RFC 7518, 3.3): whether a signature is the holder's of a public key.

Checking takes one power and one comparison, and no secret: the standard library is enough. What
is expected is built in full and compared in full (RFC 8017, 8.2.2): reading the padding of what was
sent is where others went wrong. docs/decisions/0015-tokens-without-a-library.md.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from adapters.base64url import NotBase64, decoded

# Below, a key can be factored one day; above, checking costs more than a call.
BITS = range(2048, 4097)
EXPONENT = 65537

_WANTED = {"kty": "RSA", "alg": "RS256", "use": "sig"}

# RFC 8017, 9.2, note 1: "what follows is a SHA-256 digest", in DER.
_SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")


@dataclass(frozen=True, slots=True)
class PublicKey:
    modulus: int

    @property
    def size(self) -> int:
        """How many bytes a signature has."""
        return (self.modulus.bit_length() + 7) // 8


def public_key(told: dict[str, Any]) -> PublicKey | None:
    """Return the key of one entry of a key set (RFC 7517), or None if it is not one that signs by
    RS256, or too weak a one."""
    if {name: told.get(name) for name in _WANTED} != _WANTED:
        return None
    try:
        modulus, exponent = (int.from_bytes(decoded(told[name]), "big") for name in ("n", "e"))
    except (KeyError, NotBase64):
        return None
    if exponent != EXPONENT or modulus.bit_length() not in BITS or modulus % 2 == 0:
        return None
    return PublicKey(modulus)


def is_signed(message: bytes, signature: bytes, key: PublicKey) -> bool:
    number = int.from_bytes(signature, "big")
    if len(signature) != key.size or number >= key.modulus:
        return False
    found = pow(number, EXPONENT, key.modulus).to_bytes(key.size, "big")
    digest = _SHA256 + hashlib.sha256(message).digest()
    filling = b"\xff" * (key.size - len(digest) - 3)
    return found == b"\x00\x01" + filling + b"\x00" + digest
