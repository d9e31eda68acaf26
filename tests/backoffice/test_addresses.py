"""Where a request came from: what our proxies say, and nothing that the client says."""

import pytest

from backoffice.addresses import client_address

PEER = "192.0.2.1"
CLIENT = "203.0.113.7"
PROXY = "198.51.100.2"
FORGED = "10.0.0.1"
NOWHERE = "0.0.0.0"  # noqa: S104 - nothing is bound here


@pytest.fixture
def address(rf, settings):
    def address(proxies, forwarded=None, *, peer=PEER):
        settings.TRUSTED_PROXIES = proxies
        headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
        return client_address(rf.get("/", headers=headers, REMOTE_ADDR=peer))

    return address


@pytest.mark.parametrize("forwarded", [None, "", CLIENT, f"{FORGED}, {CLIENT}"])
def test_without_proxies_the_peer_is_the_client_whatever_the_header_says(address, forwarded):
    assert address(0, forwarded) == PEER


@pytest.mark.parametrize(
    "forwarded", [CLIENT, f"{FORGED}, {CLIENT}", f"{FORGED},{FORGED},{CLIENT}", f",, ,{CLIENT}"]
)
def test_behind_one_proxy_the_last_entry_is_the_client(address, forwarded):
    assert address(1, forwarded) == CLIENT


@pytest.mark.parametrize(
    "forwarded", [f"{CLIENT}, {PROXY}", f"{FORGED}, {CLIENT}, {PROXY}", f"x, y, {CLIENT} ,{PROXY}"]
)
def test_behind_two_proxies_the_entry_before_the_last_is_the_client(address, forwarded):
    assert address(2, forwarded) == CLIENT


@pytest.mark.parametrize(("proxies", "forwarded"), [(1, None), (1, ""), (2, None), (2, PROXY)])
def test_a_request_past_the_proxies_is_known_by_its_peer(address, proxies, forwarded):
    assert address(proxies, forwarded) == PEER


@pytest.mark.parametrize(
    "unreadable", ["unknown", "_hidden", "1.2.3.4:5678", "<script>", "x" * 999]
)
def test_unreadable_addresses_share_one_limit(address, unreadable):
    assert address(1, unreadable) == NOWHERE


def test_a_request_without_a_peer_shares_that_limit_too(address):
    assert address(0, peer="") == NOWHERE


def test_an_address_of_version_six_has_one_spelling(address):
    assert address(1, "2001:DB8:0:0:0:0:0:1") == address(1, "2001:db8::1") == "2001:db8::1"
