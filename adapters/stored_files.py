"""Parts of files in S3: a list of a million codes is never read as a whole."""

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
