"""Our codec against itself and against botocore's, which shares no line with it."""

import io

import pytest
from botocore.parsers import RpcV2CBORParser
from hypothesis import given, settings
from hypothesis import strategies as some

from localcloud.marketplace.cbor import NotCbor, decoded, encoded

SCALARS = (
    some.none()
    | some.booleans()
    | some.integers(-(2**64), 2**64 - 1)
    | some.floats(allow_nan=False)
    | some.text()
    | some.binary()
)
VALUES = some.recursive(
    SCALARS, lambda below: some.lists(below) | some.dictionaries(some.text(), below), max_leaves=20
)
FEW = settings(max_examples=200, deadline=None, derandomize=True)


@given(VALUES)
@FEW
def test_what_is_written_is_read_again(value):
    assert decoded(encoded(value)) == value


def without_nothing(value):
    """botocore drops members that are null."""
    if isinstance(value, dict):
        return {k: without_nothing(item) for k, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_nothing(item) for item in value]
    return value


@given(VALUES)
@FEW
def test_botocore_reads_what_is_written(value):
    stream = io.BufferedReader(io.BytesIO(encoded(value)))

    assert RpcV2CBORParser().parse_data_item(stream) == without_nothing(value)


@given(some.binary(max_size=40))
@FEW
def test_any_bytes_are_read_or_refused(data):
    try:
        decoded(data)
    except NotCbor:
        return


@pytest.mark.parametrize(
    ("data", "value"),
    [
        ("9f0102ff", [1, 2]),
        ("bf6161f5ff", {"a": True}),
        ("7f61616162ff", "ab"),
        ("5f41014102ff", b"\x01\x02"),
        ("f93c00", 1.0),
        ("fa3fc00000", 1.5),
        ("f7", None),
    ],
)
def test_lengths_that_come_at_the_end_and_short_numbers_are_read(data, value):
    assert decoded(bytes.fromhex(data)) == value


@pytest.mark.parametrize(
    "data",
    ["", "0101", "1c", "9f01", "81" * 40, "61ff", "a10101", "c26101", "e0", "7f4101ff", "1f"],
)
def test_what_is_no_cbor_is_refused(data):
    with pytest.raises(NotCbor):
        decoded(bytes.fromhex(data))
