"""Reading what AWS Marketplace tells."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.marketplace_notices import Read, Unreadable, license_id_of, read_notice
from tests import notices as bodies

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)
NAMES = ("detail-type", "detail", "time", "id", "Message", "MessageId", "Timestamp", "action")
INNER = ("agreement", "product", "license", "acceptor", "offer", "id", "arn", "code", "endTime")
events = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(NAMES, values),
        "detail-type": st.text(),
        "time": st.text() | st.sampled_from(["0001-01-01T00:00:00+23:59", "2026-11-01"]),
        "detail": st.dictionaries(
            st.sampled_from(INNER), values | st.dictionaries(st.sampled_from(INNER), values)
        ),
    },
)


@given(st.text() | values.map(json.dumps) | events.map(json.dumps))
def test_whatever_comes_is_read_or_unreadable(body):
    try:
        read = read_notice(body)
    except Unreadable:
        return

    assert isinstance(read, Read)
    assert read.message_id


@pytest.mark.parametrize(
    "arn",
    [
        "aws:license-manager:us-east-1:123456789012:l-e52c0f",
        "arn:aws:license-manager::123456789012:license/l-e52c0f",
        "arn:aws:license-manager::123456789012:license:l-e52c0f",
    ],
)
def test_the_license_is_the_same_in_every_layout(arn):
    assert license_id_of(arn) == "l-e52c0f"


@pytest.mark.parametrize("role", ["Proposer", "Manufacturer", "Acceptor"])
def test_the_party_that_aws_told_makes_no_difference(role):
    told = read_notice(bodies.event("License Updated", 1, role=role)).told

    assert told == read_notice(bodies.licensed(1)).told
    assert (told.kind, told.names.account_id) == ("License Updated", bodies.ACCOUNT)


def test_a_kind_that_is_new_to_us_is_a_value():
    told = read_notice(bodies.event("Purchase Agreement Teleported", 1)).told

    assert (told.kind, told.is_known) == ("Purchase Agreement Teleported", False)


@pytest.mark.parametrize("body", ["", "[]", "1", '"x"', "{}", '{"Message": "x"}', "[" * 100_000])
def test_junk_is_unreadable(body):
    with pytest.raises(Unreadable):
        read_notice(body)
