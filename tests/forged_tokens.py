"""Tokens that are forged, damaged or not for us, each made of a good one. None may be taken.

They are ID tokens where an ID token is asked for, but for the ones about that.
"""

import hmac
import json
import time
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from adapters.base64url import decoded
from tests.tokens import HEADER, access_claims, id_claims, part, pool_key, signed

STRANGER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
CURVE = ec.generate_private_key(ec.SECP256R1())
ISSUER = "https://cognito-idp.{}.amazonaws.com/{}"
ELSEWHERE = "https://attacker.example/jwks.json"


def forged_tokens() -> dict[str, str]:
    """Return them all, by what is wrong with each."""
    made = {**_by_header(), **_by_signature(), **_by_claims(), **_by_times(), **_by_text()}
    return {name: make() for name, make in made.items()}


Makers = dict[str, Callable[[], str]]


def good_id_token() -> str:
    return signed(id_claims())


def _unsigned(algorithm: str) -> str:
    return f"{part({**HEADER, 'alg': algorithm})}.{part(id_claims())}."


def _by_header() -> Makers:
    none = {
        f"alg {alg}": lambda alg=alg: _unsigned(alg) for alg in ("none", "None", "NONE", "nOnE")
    }
    jwk = {"kty": "RSA", "alg": "RS256", "use": "sig", "e": "AQAB", "n": part(_modulus(STRANGER))}
    return {
        **none,
        "alg none with the signature of a good one": lambda: ".".join(
            [part({**HEADER, "alg": "none"}), *good_id_token().split(".")[1:]]
        ),
        "alg missing": lambda: _with_header(alg=None),
        "alg empty": lambda: _with_header(alg=""),
        "alg in small letters": lambda: _with_header(alg="rs256"),
        "alg a list": lambda: _with_header(alg=["RS256"]),
        "alg RS512 with an RS256 signature": lambda: _with_header(alg="RS512"),
        "alg ES256 with an RS256 signature": lambda: _with_header(alg="ES256"),
        "alg PS256 with an RS256 signature": lambda: _with_header(alg="PS256"),
        "HS256 with the public key, as PEM, as secret": lambda: _by_hmac(_pem()),
        "HS256 with the modulus as secret": lambda: _by_hmac(_modulus(pool_key())),
        "HS256 with an empty secret": lambda: _by_hmac(b""),
        "HMAC under the name RS256": lambda: _by_hmac(_pem(), "RS256"),
        "ES256 by a stranger": _by_curve,
        "PS256 by the pool's own key": _by_pss,
        "kid missing": lambda: _with_header(kid=None),
        "kid empty": lambda: _with_header(kid=""),
        "kid unknown": lambda: _with_header(kid="another"),
        "kid a list": lambda: _with_header(kid=["dummy"]),
        "kid a path": lambda: _with_header(STRANGER, kid="../../../dev/null"),
        "jku of an attacker": lambda: _with_header(STRANGER, jku=ELSEWHERE),
        "jku of an attacker, and a kid of theirs": lambda: _with_header(
            STRANGER, jku=ELSEWHERE, kid="theirs"
        ),
        "x5u of an attacker": lambda: _with_header(STRANGER, x5u=ELSEWHERE),
        "jwk of an attacker": lambda: _with_header(STRANGER, jwk=jwk),
        "x5c of an attacker": lambda: _with_header(STRANGER, x5c=["MIIB"]),
        "crit": lambda: _with_header(crit=["exp"]),
        "crit empty": lambda: _with_header(crit=[]),
        "header a list": lambda: signed(id_claims(), ["RS256"]),
        "header no JSON": lambda: signed(id_claims(), "RS256"),
        "header with two algs": lambda: signed(
            id_claims(), '{"alg":"none","alg":"RS256","kid":"dummy"}'
        ),
    }


def _by_signature() -> Makers:
    return {
        "another key under the same kid": lambda: signed(id_claims(), key=STRANGER),
        "signature empty": lambda: _with_signature(b""),
        "signature of zeros": lambda: _with_signature(b"\x00" * 256),
        "signature of ones": lambda: _with_signature(b"\x00" * 255 + b"\x01"),
        "signature of all bits": lambda: _with_signature(b"\xff" * 256),
        "first bit flipped": lambda: _flipped(0, 0x80),
        "bit in the middle flipped": lambda: _flipped(128, 0x10),
        "last bit flipped": lambda: _flipped(255, 0x01),
        "a bit that no decoder reads flipped": _spare_bit_flipped,
        "signature one byte short": lambda: _with_signature(_signature()[:-1]),
        "signature one byte long": lambda: _with_signature(_signature() + b"\x00"),
        "signature with a zero before it": lambda: _with_signature(b"\x00" + _signature()),
        "signature of another token": lambda: _with_signature(
            decoded(signed(id_claims(sub="sub-2")).split(".")[2])
        ),
        "SHA-1 under the name RS256": _by_sha1,
    }


def _by_claims() -> Makers:
    return {
        "payload swapped": lambda: _with_payload(id_claims(sub="sub-2", permissions="all")),
        "another pool": lambda: signed(id_claims(iss=ISSUER.format("eu-central-1", "x_y"))),
        "another Region": lambda: signed(
            id_claims(iss=id_claims()["iss"].replace("eu-central-1", "us-east-1"))
        ),
        "iss with a slash at its end": lambda: signed(id_claims(iss=id_claims()["iss"] + "/")),
        "iss without TLS": lambda: signed(id_claims(iss=id_claims()["iss"].replace("s:", ":"))),
        "iss a list": lambda: signed(id_claims(iss=[id_claims()["iss"]])),
        "iss missing": lambda: signed(id_claims(iss=None)),
        "another client": lambda: signed(id_claims(aud="another-client")),
        "aud missing": lambda: signed(id_claims(aud=None)),
        "aud ours and another": lambda: signed(id_claims(aud=[id_claims()["aud"], "another"])),
        "aud a list of ours": lambda: signed(id_claims(aud=[id_claims()["aud"]])),
        "client_id instead of aud": lambda: signed(
            id_claims(aud=None, client_id=id_claims()["aud"])
        ),
        "an access token": lambda: signed(access_claims()),
        "an access token with aud": lambda: signed(access_claims(aud=id_claims()["aud"])),
        "token_use missing": lambda: signed(id_claims(token_use=None)),
        "token_use of a refresh token": lambda: signed(id_claims(token_use="refresh")),
        "sub missing": lambda: signed(id_claims(sub=None)),
        "sub empty": lambda: signed(id_claims(sub="")),
        "sub a number": lambda: signed(id_claims(sub=7)),
        "payload a list": lambda: signed([id_claims()]),
        "payload text": lambda: signed('"sub-1"'),
        "payload null": lambda: signed("null"),
        "payload no JSON": lambda: signed("sub=sub-1"),
        "payload empty": lambda: signed(""),
        "payload not UTF-8": lambda: signed(_written(id_claims()).replace(b"alice", b"\xff\xfe")),
        "payload in UTF-16": lambda: signed(_written(id_claims()).decode().encode("utf-16")),
        "payload with two subs": lambda: signed(_twice("sub", "sub-2")),
        "payload with two exps": lambda: signed(_twice("exp", int(time.time()) + 3600)),
        "payload nested without end": lambda: signed("[" * 7000),
    }


def _by_times() -> Makers:
    now = int(time.time())
    moments: dict[str, dict[str, Any]] = {
        "expired": {"iat": now - 3660, "exp": now - 60},
        "expired long ago": {"iat": 1, "exp": 3601},
        "not yet valid": {"nbf": now + 60},
        "nbf as text": {"nbf": str(now)},
        "iat in the future": {"iat": now + 60},
        "iat missing": {"iat": None},
        "iat a fraction": {"iat": now + 0.5},
        "exp missing": {"exp": None},
        "exp as text": {"exp": str(now + 3600)},
        "exp true": {"exp": True},
        "exp a fraction": {"exp": now + 3600.5},
        "exp without end": {"exp": 10**400},
        "exp in a thousand years": {"exp": now + 10**10},
        "exp in two days": {"exp": now + 172_800},
        "exp negative": {"exp": -now},
        "exp zero": {"exp": 0},
        "exp before iat": {"iat": now, "exp": now - 5},
        "exp a list": {"exp": [now + 3600]},
    }
    made: Makers = {
        name: lambda change=change: signed(id_claims(**change)) for name, change in moments.items()
    }
    for word in ("NaN", "Infinity", "1e400"):
        text = _written(id_claims(exp=None)).decode()[:-1] + f', "exp": {word}}}'
        made[f"exp {word}"] = lambda text=text: signed(text)
    return made


def _by_text() -> Makers:
    cuts = {
        f"cut to {share} percent": lambda share=share: _cut(share / 100)
        for share in (1, 20, 50, 99)
    }
    return {
        **cuts,
        "without its last character": lambda: good_id_token()[:-1],
        "empty": lambda: "",
        "dots": lambda: "..",
        "two parts": lambda: good_id_token().rpartition(".")[0],
        "four parts": lambda: good_id_token() + ".AAAA",
        "five parts, as if encrypted": lambda: good_id_token() + "..",
        "first dot doubled": lambda: good_id_token().replace(".", "..", 1),
        "dots doubled": lambda: good_id_token().replace(".", ".."),
        "dot before it": lambda: "." + good_id_token(),
        "dot after it": lambda: good_id_token() + ".",
        "space in it": lambda: good_id_token().replace(".", " .", 1),
        "tab in it": lambda: good_id_token().replace(".", ".\t", 1),
        "padded": lambda: good_id_token() + "==",
        "plus and slash for minus and underscore": _ordinary_base64,
        "two tokens": lambda: f"{good_id_token()},{good_id_token()}",
        "a megabyte": lambda: signed(id_claims(more="x" * 750_000)),
        "a little too large": lambda: signed(id_claims(more="x" * 8_000)),
        "a megabyte of dots": lambda: "." * 2**20,
        "not ASCII": lambda: good_id_token()[:-1] + "Ä",
        "digits of another script": lambda: good_id_token()[:-1] + "\u0661",
        "JSON serialization": _as_json,
    }


def _with_header(key: rsa.RSAPrivateKey | None = None, **changed: Any) -> str:
    header = {name: value for name, value in {**HEADER, **changed}.items() if value is not None}
    return signed(id_claims(), header, key)


def _with_signature(signature: bytes) -> str:
    return ".".join([*good_id_token().split(".")[:2], part(signature)])


def _with_payload(claims: Any) -> str:
    header, _, signature = good_id_token().split(".")
    return f"{header}.{part(claims)}.{signature}"


def _signature() -> bytes:
    return decoded(good_id_token().split(".")[2])


def _flipped(place: int, bits: int) -> str:
    header, claims, signature = good_id_token().split(".")
    changed = bytearray(decoded(signature))
    changed[place] ^= bits
    return f"{header}.{claims}.{part(bytes(changed))}"


def _spare_bit_flipped() -> str:
    """256 bytes are 342 characters, and the last one has four bits that mean nothing."""
    token = good_id_token()
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + letters[letters.index(token[-1]) ^ 1]


def _by_hmac(secret: bytes, algorithm: str = "HS256") -> str:
    text = f"{part({**HEADER, 'alg': algorithm})}.{part(id_claims())}"
    return f"{text}.{part(hmac.digest(secret, text.encode(), sha256))}"


def _by_curve() -> str:
    text = f"{part({**HEADER, 'alg': 'ES256'})}.{part(id_claims())}"
    return f"{text}.{part(CURVE.sign(text.encode(), ec.ECDSA(hashes.SHA256())))}"


def _by_pss() -> str:
    text = f"{part({**HEADER, 'alg': 'PS256'})}.{part(id_claims())}"
    filling = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    return f"{text}.{part(pool_key().sign(text.encode(), filling, hashes.SHA256()))}"


def _by_sha1() -> str:
    text = f"{part(HEADER)}.{part(id_claims())}"
    signature = pool_key().sign(text.encode(), padding.PKCS1v15(), hashes.SHA1())  # noqa: S303
    return f"{text}.{part(signature)}"


def _pem() -> bytes:
    return pool_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _modulus(key: rsa.RSAPrivateKey) -> bytes:
    return key.public_key().public_numbers().n.to_bytes(256, "big")


def _written(claims: Any) -> bytes:
    return json.dumps(claims).encode()


def _twice(name: str, value: Any) -> str:
    return _written(id_claims()).decode()[:-1] + f', "{name}": {json.dumps(value)}}}'


def _cut(share: float) -> str:
    token = good_id_token()
    return token[: int(len(token) * share)]


def _ordinary_base64() -> str:
    """The same bytes in another alphabet; so many signatures that one has such a symbol."""
    for number in range(1000):
        token = signed(id_claims(jti=str(number)))
        changed = token.replace("-", "+").replace("_", "/")
        if changed != token:
            return changed
    raise AssertionError("no signature has such a symbol")


def _as_json() -> str:
    header, claims, signature = good_id_token().split(".")
    return json.dumps({"protected": header, "payload": claims, "signature": signature})
