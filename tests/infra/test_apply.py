"""Terraform really makes a stage, in the local cloud, and then has nothing left to do."""

import json

import boto3
import pytest

from adapters.definitions import definition, name_of
from tests.terraform import DATA, local_variables

pytestmark = pytest.mark.infrastructure

STAGE = "rehearsal"


def described(name):
    """Return what DynamoDB says of a table, without its name and its age."""
    table = boto3.client("dynamodb").describe_table(TableName=name)["Table"]
    attributes = {a["AttributeName"]: a["AttributeType"] for a in table["AttributeDefinitions"]}
    indexes = {
        index["IndexName"]: (index["KeySchema"], index["Projection"])
        for index in table.get("GlobalSecondaryIndexes", [])
    }
    return table["KeySchema"], attributes, indexes


# Terraform watches a new queue for 25 seconds, and its redrive policy for 25 more.
@pytest.mark.timeout(400)
def test_a_stage_is_made_as_the_local_cloud_builds_its_own_and_stays_as_it_is(cloud, data_root):
    variables = {
        **local_variables(STAGE),
        **DATA,
        "alarm_addresses": ["operators@gatehouse.example"],
        "sells_on_marketplace": True,
    }

    data_root.apply(aws=cloud.addresses.aws, **variables)

    data_root.expect_no_changes(aws=cloud.addresses.aws, **variables)
    for thing in definition("tables"):
        assert described(f"gatehouse-{STAGE}-{thing}") == described(name_of(thing))
    policy = boto3.client("iam").get_role_policy(
        RoleName=f"gatehouse-{STAGE}-portal", PolicyName="least"
    )
    allowed = json.dumps(policy["PolicyDocument"])
    assert f"table/gatehouse-{STAGE}-access" in allowed
    assert "cognito-idp" not in allowed, "no pool was named, so none may be touched"
    ses = boto3.client("sesv2")
    [told] = ses.get_configuration_set_event_destinations(
        ConfigurationSetName=f"gatehouse-{STAGE}-mail"
    )["EventDestinations"]
    assert {"BOUNCE", "COMPLAINT"} <= set(told["MatchingEventTypes"])
    parameter = boto3.client("ssm").get_parameter(Name=f"/gatehouse/{STAGE}/tasks_queue_url")
    assert parameter["Parameter"]["Value"].endswith(f"/gatehouse-{STAGE}-tasks")
