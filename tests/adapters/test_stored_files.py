"""Parts of files in S3."""

import pytest

from adapters.aws import client
from adapters.definitions import name_of
from adapters.errors import NotThere, Refused
from adapters.stored_files import read_range

BUCKET = name_of("exports")


@pytest.fixture(autouse=True)
def letters(cloud):
    client("s3").put_object(Bucket=BUCKET, Key="letters", Body=b"ABCDEFGH")


@pytest.mark.parametrize(
    ("start", "most", "text"), [(0, 3, b"ABC"), (6, 10, b"GH"), (8, 10, b""), (0, 8, b"ABCDEFGH")]
)
def test_so_many_bytes_are_read_from_there_on(start, most, text):
    assert read_range(BUCKET, "letters", start=start, most=most) == text


def test_a_file_that_is_gone_is_not_there():
    with pytest.raises(NotThere):
        read_range(BUCKET, "numbers", start=0, most=1)


def test_a_bucket_that_was_never_made_is_looked_at_by_somebody():
    with pytest.raises(Refused):
        read_range("gatehouse-nowhere", "letters", start=0, most=1)
