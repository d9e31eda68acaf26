"""Files in S3, as a whole and in parts."""

import pytest

from adapters import stored_files
from adapters.aws import client
from adapters.definitions import name_of
from adapters.errors import NotThere, OutsideError, Refused
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


class TestWholeFiles:
    def test_a_file_that_is_stored_again_is_replaced(self):
        for content in (b"one\n", b"two\n"):
            stored_files.store(BUCKET, "lists/a", content)

        assert stored_files.read_range(BUCKET, "lists/a", start=0, most=99) == b"two\n"

    def test_a_file_is_there_or_not_whatever_has_a_longer_name(self):
        stored_files.store(BUCKET, "lists/a.csv.old", b"A\n")

        assert stored_files.exists(BUCKET, "lists/a.csv.old") is True
        assert stored_files.exists(BUCKET, "lists/a.csv") is False

    def test_parts_become_one_file_in_their_order(self):
        for number in range(3):
            stored_files.store(BUCKET, f"parts/{number}", f"{number}\n".encode())
        asked = []

        for _ in range(2):
            stored_files.join(
                BUCKET,
                ["parts/0", "parts/1", "parts/2"],
                "whole",
                before_each=lambda: asked.append(1),
            )

        assert stored_files.read_range(BUCKET, "whole", start=0, most=99) == b"0\n1\n2\n"
        assert len(asked) == 6

    def test_without_a_part_there_is_no_whole(self):
        stored_files.store(BUCKET, "parts/0", b"0\n")

        with pytest.raises(NotThere):
            stored_files.join(BUCKET, ["parts/0", "parts/1"], "whole", before_each=lambda: None)

        assert stored_files.exists(BUCKET, "whole") is False

    def test_deleting_twice_is_deleting_once(self):
        stored_files.store(BUCKET, "lists/a", b"A\n")

        stored_files.delete(BUCKET, "lists/a")
        stored_files.delete(BUCKET, "lists/a")

        assert stored_files.exists(BUCKET, "lists/a") is False

    @pytest.mark.parametrize("verb", ["exists", "delete"])
    def test_a_bucket_that_is_not_there_is_said_so(self, verb):
        with pytest.raises(OutsideError):
            getattr(stored_files, verb)("no-such-bucket", "lists/a")
