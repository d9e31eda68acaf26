"""A policy's conditions and principals count, so a bucket is open to whom it says."""

import json

import boto3
import pytest
import requests
from botocore.exceptions import ClientError

from tests.distributions import make_bucket

BUCKET = "gatehouse-local-guarded"
EVERYTHING = [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]
WITHOUT_TLS = {"Bool": {"aws:SecureTransport": "false"}}
DENY = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": EVERYTHING}
READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": EVERYTHING[1]}


@pytest.fixture
def guard(cloud):
    """Give a bucket with one file a policy of one statement."""
    s3 = make_bucket(BUCKET)
    s3.put_object(Bucket=BUCKET, Key="file", Body=b"content")

    def guard(**statement):
        policy = {"Version": "2012-10-17", "Statement": [statement]}
        s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy))

    yield guard
    cloud.reset()


def put():
    boto3.client("s3").put_object(Bucket=BUCKET, Key="another", Body=b"content")


def stranger_reads(cloud):
    return requests.get(f"{cloud.addresses.aws}/{BUCKET}/file", timeout=10).status_code


def test_who_comes_by_tls_is_not_denied(guard):
    guard(**DENY, Condition=WITHOUT_TLS)

    put()


def test_who_is_denied_whatever_they_do_is_denied(guard):
    guard(**DENY)

    with pytest.raises(ClientError, match="403"):
        put()


def test_what_a_service_may_read_a_stranger_may_not(guard, cloud):
    guard(**READ, Principal={"Service": "cloudfront.amazonaws.com"})

    assert stranger_reads(cloud) == 403


def test_what_everybody_may_read_a_stranger_may(guard, cloud):
    guard(**READ, Principal="*")

    assert stranger_reads(cloud) == 200
