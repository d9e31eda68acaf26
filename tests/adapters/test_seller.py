"""Speaking to AWS Marketplace as the seller: by a role in the account of the listing."""

from datetime import datetime, timedelta

import pytest
import time_machine

from adapters.aws import client
from adapters.errors import Refused
from adapters.marketplace import TokenUnknown, resolve_customer
from adapters.seller import seller_client

ROLE = "arn:aws:iam::123456789012:role/gatehouse-marketplace"


@pytest.fixture
def signed_by():
    """Note the id of the key that each call of the role's client is signed with."""
    seller_client.cache_clear()
    seen = []

    def note(request, **_):
        credential = request.headers["Authorization"].decode().split("Credential=")[1]
        seen.append(credential.split("/")[0])

    speaker = seller_client("meteringmarketplace", role_arn=ROLE)
    speaker.meta.events.register("before-send.*", note)
    yield seen
    seller_client.cache_clear()


def ask():
    with pytest.raises(TokenUnknown):
        resolve_customer("no-token", role_arn=ROLE)


def test_without_a_role_the_portal_speaks_for_itself():
    mine = seller_client("meteringmarketplace", role_arn="")._request_signer._credentials

    assert mine.access_key == client("sts")._request_signer._credentials.access_key


def test_with_a_role_the_call_is_signed_with_the_roles_keys(signed_by):
    ask()
    ask()

    first, second = signed_by
    assert first == second
    assert first.startswith("ASIA")
    assert first != client("sts")._request_signer._credentials.access_key


def test_the_keys_of_the_role_are_fetched_anew_before_they_end(signed_by):
    ask()

    with time_machine.travel(datetime.now().astimezone() + timedelta(minutes=58)):
        ask()

    first, second = signed_by
    assert first != second


def test_a_role_that_is_none_is_refused():
    with pytest.raises(Refused):
        resolve_customer("no-token", role_arn="gatehouse")
