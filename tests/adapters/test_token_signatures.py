"""RS256 by the standard library, held against the cryptography package."""

import hashlib

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from hypothesis import given, settings
from hypothesis import strategies as some

from adapters.base64url import NotBase64, decoded, encoded
from adapters.token_signatures import PublicKey, is_signed, public_key

KEYS = [rsa.generate_private_key(public_exponent=65537, key_size=size) for size in (2048, 3072)]
PRIVATE = KEYS[0]
NUMBERS = PRIVATE.private_numbers()
PUBLIC = PublicKey(NUMBERS.public_numbers.n)
SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")


def number(value):
    return encoded(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def entry(**changed):
    n = NUMBERS.public_numbers.n
    return {"kty": "RSA", "alg": "RS256", "use": "sig", "n": number(n), "e": "AQAB"} | changed


def theirs(message, signature):
    try:
        PRIVATE.public_key().verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def raw(block):
    """Sign a whole block as it stands, which no honest signer does."""
    found = pow(int.from_bytes(block, "big"), NUMBERS.d, NUMBERS.public_numbers.n)
    return found.to_bytes(256, "big")


@given(message=some.binary(max_size=300), key=some.sampled_from(KEYS))
@settings(max_examples=40, deadline=None)
def test_what_the_holder_of_the_key_signed_is_signed(message, key):
    signature = key.sign(message, padding.PKCS1v15(), hashes.SHA256())

    assert is_signed(message, signature, PublicKey(key.private_numbers().public_numbers.n))


@given(place=some.integers(0, 255), bits=some.integers(1, 255))
@settings(max_examples=100, deadline=None)
def test_one_bit_makes_it_another_signature_for_both(place, bits):
    good = bytearray(PRIVATE.sign(b"message", padding.PKCS1v15(), hashes.SHA256()))
    good[place] ^= bits

    assert is_signed(b"message", bytes(good), PUBLIC) is theirs(b"message", bytes(good)) is False


@given(signature=some.binary(min_size=250, max_size=260))
@settings(max_examples=100, deadline=None)
def test_noise_is_no_signature(signature):
    assert not is_signed(b"message", signature, PUBLIC)


SHA1 = bytes.fromhex("3021300906052b0e03021a05000414")
DIGEST = SHA256 + hashlib.sha256(b"message").digest()
BLOCKS = {
    "as it should be": (True, b"\x00\x01" + b"\xff" * 202 + b"\x00" + DIGEST),
    "rubbish after": (False, b"\x00\x01" + b"\xff" * 8 + b"\x00" + DIGEST + b"\x01" * 194),
    "rubbish before": (False, b"\x00\x01" + b"\xff" * 8 + b"\x00" + b"\x01" * 194 + DIGEST),
    "short filling, zeros": (False, b"\x00\x01" + b"\xff" * 8 + b"\x00" * 195 + DIGEST),
    "another filling": (False, b"\x00\x01" + b"\xfe" * 202 + b"\x00" + DIGEST),
    "block type 2": (False, b"\x00\x02" + b"\xff" * 202 + b"\x00" + DIGEST),
    "no filling": (False, b"\x00" * 205 + DIGEST),
    "a bare digest": (False, b"\x00\x01" + b"\xff" * 221 + b"\x00" + DIGEST[-32:]),
    "named SHA-1": (False, b"\x00\x01" + b"\xff" * 206 + b"\x00" + SHA1 + DIGEST[-32:]),
}


@pytest.mark.parametrize("name", BLOCKS)
def test_the_padding_is_compared_to_the_last_byte(name):
    good, block = BLOCKS[name]
    assert len(block) == 256
    signature = raw(block)

    assert is_signed(b"message", signature, PUBLIC) is good is theirs(b"message", signature)


def test_a_signature_plus_the_modulus_is_another_text():
    good = int.from_bytes(PRIVATE.sign(b"m", padding.PKCS1v15(), hashes.SHA256()), "big")
    same = good + NUMBERS.public_numbers.n

    assert not is_signed(b"m", same.to_bytes(257, "big"), PUBLIC)
    if same < 2**2048:
        assert not is_signed(b"m", same.to_bytes(256, "big"), PUBLIC)


def test_a_shorter_text_of_the_same_number_is_refused():
    for text in range(2000):  # one in 256 begins with a zero
        good = PRIVATE.sign(b"%d" % text, padding.PKCS1v15(), hashes.SHA256())
        if good[0] == 0:
            assert is_signed(b"%d" % text, good, PUBLIC)
            assert not is_signed(b"%d" % text, good[1:], PUBLIC)
            return
    pytest.fail("no signature began with a zero")


def test_a_key_of_a_key_set_is_read():
    assert public_key(entry()) == PUBLIC


@pytest.mark.parametrize(
    "change",
    [
        {"kty": "EC"},
        {"kty": "oct", "k": "c2VjcmV0"},
        {"alg": "RS512"},
        {"alg": None},
        {"use": "enc"},
        {"e": "AQ"},
        {"e": "Aw"},
        {"n": number(2**1023 + 1)},
        {"n": number(2**4096 + 1)},
        {"n": number(2**2047)},
        {"n": "="},
        {"n": 7},
        {"n": None},
        {"n": ""},
    ],
)
def test_a_key_of_another_kind_or_a_weak_one_is_none(change):
    assert public_key(entry(**change)) is None


@given(some.binary(max_size=40))
def test_a_content_is_read_as_it_was_written(content):
    assert decoded(encoded(content)) == content


@pytest.mark.parametrize(
    "text", ["A", "AB", "AA==", "AA=", "A+==", "AA/A", "AA A", "AAA\n", "ÄAAA", 5]
)
def test_each_content_has_one_spelling(text):
    """ "AB" has bits that nobody reads: with "AA" in its place the content would be the same."""
    with pytest.raises(NotBase64):
        decoded(text)
