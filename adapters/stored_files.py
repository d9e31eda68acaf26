"""Files in S3, as a whole and in parts: a list of a million codes is never held in memory."""

from collections.abc import Callable, Iterable
from tempfile import TemporaryFile

from botocore.exceptions import ClientError

from adapters.aws import client, speaking_to


def read_range(bucket: str, key: str, *, start: int, most: int) -> bytes:
    """Return at most so many bytes from there on; none at the end of the file.

    Raises NotThere if there is no such file.
    """
    span = f"bytes={start}-{start + most - 1}"
    with speaking_to("s3"):
        try:
            answer = client("s3").get_object(Bucket=bucket, Key=key, Range=span)
        except ClientError as error:
            if error.response["Error"]["Code"] == "InvalidRange":
                return b""
            raise
        return bytes(answer["Body"].read())


def store(bucket: str, key: str, content: bytes) -> None:
    """Write a file, over the one that is there."""
    with speaking_to("s3"):
        client("s3").put_object(Bucket=bucket, Key=key, Body=content)


def exists(bucket: str, key: str) -> bool:
    """Whether there is such a file. Needs the right to list the bucket, or S3 does not say."""
    with speaking_to("s3"):
        found = client("s3").list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1)
    return any(each["Key"] == key for each in found.get("Contents", []))


def join(
    bucket: str, parts: Iterable[str], whole: str, *, before_each: Callable[[], object]
) -> None:
    """Make one file of the parts, at once: it is there as a whole or not at all."""
    with TemporaryFile() as file, speaking_to("s3"):
        for part in parts:
            before_each()
            for piece in client("s3").get_object(Bucket=bucket, Key=part)["Body"]:
                file.write(piece)
        file.seek(0)
        client("s3").put_object(Bucket=bucket, Key=whole, Body=file)


def delete(bucket: str, key: str) -> None:
    """Delete a file; one that is gone already does not matter."""
    with speaking_to("s3"):
        client("s3").delete_object(Bucket=bucket, Key=key)
