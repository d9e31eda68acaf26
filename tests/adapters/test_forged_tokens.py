"""Forged and damaged tokens at the adapter: none is taken, and a good one of each kind is."""

import time

import pytest

from adapters import tokens
from adapters.tokens import Pool, TokenRefused, verified_access_token, verified_id_token
from tests.forged_tokens import STRANGER, forged_tokens, good_id_token
from tests.tokens import access_claims, access_token, id_claims, signed


@pytest.fixture
def pool(cloud):
    tokens._keys_at.cache_clear()
    return Pool(cloud.addresses.user_pool_id, cloud.addresses.client_id)


def is_taken(verified, token, pool):
    try:
        verified(token, pool)
    except TokenRefused:
        return False
    return True


def test_of_the_forged_and_damaged_tokens_none_is_taken(pool, record_property):
    forged = forged_tokens()

    taken = [name for name, token in forged.items() if is_taken(verified_id_token, token, pool)]

    assert taken == []
    assert len(forged) >= 100
    assert len(set(forged.values())) == len(forged)
    record_property("figures", f"{len(forged)} forged or damaged tokens, {len(taken)} taken")


def test_the_same_for_access_tokens(pool):
    forged = forged_tokens()
    # The one that is right where an access token is asked for, in two spellings.
    for name in ("an access token", "an access token with aud"):
        assert is_taken(verified_access_token, forged.pop(name), pool)

    taken = [name for name, token in forged.items() if is_taken(verified_access_token, token, pool)]

    assert taken == []


@pytest.mark.parametrize(
    "change",
    [
        {"token_use": "id"},
        {"token_use": None},
        {"client_id": "another-client"},
        {"client_id": None},
        {"iss": "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_other"},
        {"iat": 1, "exp": 3601},
        {"exp": None},
        {"sub": None},
    ],
)
def test_an_access_token_with_another_claim_is_refused(pool, change):
    assert is_taken(verified_access_token, access_token(), pool)

    assert not is_taken(verified_access_token, signed(access_claims(**change)), pool)


def test_a_good_token_is_taken_before_and_after_them(pool):
    for _ in range(2):
        assert is_taken(verified_id_token, good_id_token(), pool)
        for token in forged_tokens().values():
            is_taken(verified_id_token, token, pool)


def test_every_single_character_counts(pool):
    """Each of them in turn is another one: none of a thousand tokens is taken."""
    token = good_id_token()

    for place in range(len(token)):
        changed = "A" if token[place] != "A" else "B"
        if token[place] != ".":
            assert not is_taken(
                verified_id_token, token[:place] + changed + token[place + 1 :], pool
            )


CODES = {
    "alg none": "algorithm",
    "crit": "algorithm",
    "kid unknown": "key_unknown",
    "kid missing": "key_unknown",
    "another key under the same kid": "signature",
    "last bit flipped": "signature",
    "a bit that no decoder reads flipped": "unreadable",
    "another pool": "issuer",
    "another client": "client",
    "an access token": "client",
    "an access token with aud": "use",
    "exp missing": "incomplete",
    "exp in two days": "incomplete",
    "expired": "expired",
    "not yet valid": "not_yet",
    "payload with two subs": "unreadable",
    "a megabyte": "unreadable",
}


@pytest.mark.parametrize("name", CODES)
def test_it_is_refused_for_what_is_wrong_with_it(pool, name):
    with pytest.raises(TokenRefused) as caught:
        verified_id_token(forged_tokens()[name], pool)

    assert caught.value.code == CODES[name]


def test_a_megabyte_is_refused_before_it_is_read(pool):
    token = signed(id_claims(more="x" * 750_000), key=STRANGER)
    started = time.process_time()

    for _ in range(100):
        is_taken(verified_id_token, token, pool)

    assert time.process_time() - started < 0.1
