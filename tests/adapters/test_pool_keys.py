"""The keys of a pool: asked for once, after a rotation again, and by strangers in measure."""

import json
import time

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from adapters import pool_keys
from adapters.errors import Refused, TryLater
from adapters.pool_keys import KeyUnknown, PoolKeys
from tests.key_sets import entry, key_set

FIRST, SECOND = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in "12")


@pytest.fixture
def published():
    with key_set() as published:
        published.keys = {"first": FIRST}
        yield published


@pytest.fixture
def keys(published):
    return PoolKeys(published.address)


@pytest.fixture
def later(monkeypatch):
    """Let so many seconds pass for the keys."""
    moved = [0.0]

    class Clock:
        @staticmethod
        def monotonic():
            return time.monotonic() + moved[0]

    monkeypatch.setattr(pool_keys, "time", Clock)
    return lambda seconds: moved.__setitem__(0, moved[0] + seconds)


def test_a_key_is_asked_for_once(published, keys):
    found = {keys.key("first").modulus for _ in range(20)}

    assert found == {FIRST.public_key().public_numbers().n}
    assert published.asked == 1


def test_many_at_once_ask_once(published, keys, in_threads):
    published.silent_seconds = 0.2

    found = in_threads(8, lambda _: keys.key("first"))

    assert len(set(found)) == 1
    assert published.asked == 1


def test_strangers_with_keys_of_their_own_make_us_ask_once_a_minute(published, keys, later):
    keys.key("first")

    def knock(count):
        for number in range(count):
            with pytest.raises(KeyUnknown):
                keys.key(f"unknown-{number}")

    knock(50)
    assert published.asked == 1

    later(61)
    knock(50)
    assert published.asked == 2


def test_a_new_key_of_the_pool_is_learned_within_a_minute(published, keys, later):
    keys.key("first")
    published.keys = {"first": FIRST, "second": SECOND}
    with pytest.raises(KeyUnknown):
        keys.key("second")

    later(61)

    assert keys.key("second").modulus == SECOND.public_key().public_numbers().n


def test_a_key_that_the_pool_gave_up_is_not_relied_on_after_an_hour(published, keys, later):
    keys.key("first")
    published.keys = {"second": SECOND}
    assert keys.key("first")

    later(3601)

    with pytest.raises(KeyUnknown):
        keys.key("first")


def test_an_outage_is_bridged_for_a_day_and_not_longer(published, keys, later):
    keys.key("first")
    published.status = 503

    later(86_000)
    assert keys.key("first")

    later(500)
    with pytest.raises(TryLater):
        keys.key("first")


def test_after_an_outage_the_next_ones_ask_again_but_not_all_of_them(published, keys, later):
    published.status = 503
    for _ in range(20):
        with pytest.raises(TryLater):
            keys.key("first")
    assert published.asked == 1

    published.status = 200
    later(3)

    assert keys.key("first")
    assert published.asked == 2


def test_an_unknown_key_in_an_outage_may_be_a_new_one(published, keys, later):
    keys.key("first")
    published.status = 503
    later(61)

    with pytest.raises(TryLater):
        keys.key("second")


def test_nobody_at_the_address_says_try_later():
    with pytest.raises(TryLater):
        PoolKeys("http://127.0.0.1:1/jwks.json").key("first")


def test_a_silent_address_is_given_up(published, keys, monkeypatch):
    monkeypatch.setattr(pool_keys, "READ_SECONDS", 0.2)
    published.silent_seconds = 5
    started = time.monotonic()

    with pytest.raises(TryLater):
        keys.key("first")

    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"{}",
        b'{"keys": 5}',
        b'{"keys": [5]}',
        b'{"keys": [{}]}',
        b"\xff",
        b"[" * 60_000,
    ],
)
def test_what_is_no_key_set_is_refused(published, keys, text):
    published.text = text

    with pytest.raises(Refused):
        keys.key("first")


def test_a_key_set_without_end_is_refused(published, keys):
    published.text = json.dumps({"keys": [entry("first", FIRST)], "more": "x" * 70_000}).encode()

    with pytest.raises(Refused):
        keys.key("first")


def test_a_redirect_is_not_followed(published, keys):
    with key_set() as elsewhere:
        elsewhere.keys = {"first": SECOND}
        published.status, published.headers = 302, {"Location": elsewhere.address}

        with pytest.raises(Refused):
            keys.key("first")

        assert elsewhere.asked == 0


def test_a_key_of_another_kind_does_not_hide_the_others(published, keys):
    other = {"kid": "other", "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig"}
    published.text = json.dumps({"keys": [other, entry("first", FIRST)]}).encode()

    assert keys.key("first")
    with pytest.raises(KeyUnknown):
        keys.key("other")


def test_keys_come_by_tls_or_from_this_machine():
    with pytest.raises(Refused, match="TLS"):
        PoolKeys("http://cognito.example/jwks.json").key("first")
