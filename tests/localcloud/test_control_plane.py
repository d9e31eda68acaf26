"""API Gateway lets itself be managed only so often, where a test asks for that.

https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
"""

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError


@pytest.fixture
def impatient(cloud):
    """A client that does not repeat what was refused."""
    return boto3.client("apigateway", config=Config(retries={"total_max_attempts": 1}))


def refusals(work, times: int) -> list[str]:
    codes = []
    for number in range(times):
        try:
            work(number)
        except ClientError as error:
            codes.append(error.response["Error"]["Code"])
    return codes


def test_nothing_is_limited_unless_it_is_asked_for(cloud, impatient):
    assert refusals(lambda n: impatient.create_api_key(name=f"key-{n}"), 12) == []


def test_a_sixth_key_within_a_second_is_refused_as_aws_does_it(cloud, impatient):
    cloud.control_plane.factor = 0.01  # as good as no time passes

    assert (
        refusals(lambda n: impatient.create_api_key(name=f"key-{n}"), 7)
        == ["TooManyRequestsException"] * 2
    )
    assert cloud.control_plane.rejected == ["CreateApiKey"] * 2


def test_all_calls_together_are_limited_too(cloud, impatient):
    cloud.control_plane.factor = 0.01

    assert refusals(lambda _: impatient.get_usage_plans(), 42) == ["TooManyRequestsException"] * 2


def test_a_refused_key_takes_nothing_from_the_other_calls(cloud, impatient):
    cloud.control_plane.factor = 0.01
    refusals(lambda n: impatient.create_api_key(name=f"key-{n}"), 20)

    assert refusals(lambda _: impatient.get_usage_plans(), 35) == []


def test_deleting_has_a_rate_of_its_own(cloud, impatient):
    ids = [impatient.create_api_key(name=f"key-{n}")["id"] for n in range(6)]
    cloud.control_plane.factor = 0.01

    assert len(refusals(lambda n: impatient.delete_api_key(apiKey=ids[n]), 6)) == 1


def test_the_buckets_fill_again_with_time(cloud, impatient, monkeypatch):
    cloud.control_plane.factor = 0.01
    refusals(lambda n: impatient.create_api_key(name=f"key-{n}"), 6)

    cloud.control_plane.factor = 100_000

    assert refusals(lambda n: impatient.create_api_key(name=f"more-{n}"), 6) == []


def test_the_limits_end_with_a_reset(cloud, impatient):
    cloud.control_plane.factor = 0.01

    cloud.reset()

    assert cloud.control_plane.factor is None
    assert refusals(lambda n: impatient.create_api_key(name=f"key-{n}"), 12) == []
