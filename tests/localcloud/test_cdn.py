"""A distribution serves what is in its bucket, if the bucket lets it and nobody else."""

import boto3
import pytest
import requests

from tests.distributions import CORS, let_read, make_bucket, make_distribution

BUCKET = "gatehouse-local-static"


@pytest.fixture
def bucket(cloud):
    make_bucket(BUCKET).put_object(
        Bucket=BUCKET,
        Key="static/site.css",
        Body=b"body{}",
        ContentType="text/css; charset=utf-8",
        CacheControl="public, max-age=31536000, immutable",
    )
    yield BUCKET
    cloud.reset()


@pytest.fixture
def ask(cloud):
    base = cloud.addresses.api.removesuffix("/local")

    def ask(key="static/site.css", name=BUCKET, method="GET"):
        return requests.request(method, f"{base}/_cdn/{name}/{key}", timeout=10)

    return ask


def test_a_file_comes_with_its_own_headers_and_those_of_the_policy(bucket, ask):
    let_read(bucket, make_distribution(bucket))

    answer = ask()

    assert (answer.status_code, answer.text) == (200, "body{}")
    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert ask(method="POST").status_code == 405


@pytest.mark.parametrize(
    "instead",
    [
        {"Principal": {"Service": "s3.amazonaws.com"}},
        {"Resource": f"arn:aws:s3:::{BUCKET}/other/*"},
        {"Condition": {"StringEquals": {"AWS:SourceArn": "arn:aws:cloudfront::1:distribution/E"}}},
        {"Effect": "Deny"},
    ],
)
def test_a_policy_that_is_another_one_keeps_the_file(bucket, ask, instead):
    let_read(bucket, make_distribution(bucket), **instead)

    assert ask().status_code == 403


def test_a_distribution_that_signs_nothing_reads_nothing(bucket, ask):
    let_read(bucket, make_distribution(bucket, control=False))

    assert ask().status_code == 403


def test_what_is_not_there_is_refused_as_by_s3(bucket, ask):
    let_read(bucket, make_distribution(bucket))

    assert ask("static/none.css").status_code == 403
    assert ask(name="another").status_code == 404


def test_a_distribution_that_is_off_serves_nothing(bucket, ask):
    let_read(bucket, make_distribution(bucket, enabled=False))

    assert ask().status_code == 404


def test_a_distribution_remembers_its_access_control(bucket):
    make_distribution(bucket)

    cloudfront = boto3.client("cloudfront")
    [listed] = cloudfront.list_distributions()["DistributionList"]["Items"]
    config = cloudfront.get_distribution_config(Id=listed["Id"])["DistributionConfig"]
    assert config["Origins"]["Items"][0]["OriginAccessControlId"]
    behaviour = config["DefaultCacheBehavior"]
    assert behaviour["ResponseHeadersPolicyId"] == CORS
    assert "ForwardedValues" not in behaviour
    assert "SSLSupportMethod" not in config["ViewerCertificate"]
