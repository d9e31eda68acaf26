"""No role of a stage may do more than somebody wrote down a reason for."""

import json

import pytest
from moto.iam.aws_managed_policies import aws_managed_policies_data

from adapters.definitions import name_of
from localcloud.templates import template

pytestmark = pytest.mark.infrastructure

# Actions on everything, by the policy that allows them: AWS knows no narrower resource.
ON_EVERYTHING = {
    # AWS Marketplace has no resources; SES none for its list of addresses.
    "portal": {
        "aws-marketplace:BatchMeterUsage",
        "aws-marketplace:DescribeAgreement",
        "aws-marketplace:GetEntitlements",
        "aws-marketplace:ResolveCustomer",
        "aws-marketplace:SearchAgreements",
        "ses:DeleteSuppressedDestination",
    },
    # Lambda makes network interfaces for the function, which have no name before.
    "portal_network": {
        "ec2:AssignPrivateIpAddresses",
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:UnassignPrivateIpAddresses",
    },
    # API Gateway takes a role for its logs only if it may do this to all of them.
    "gateway": {
        "logs:CreateLogGroup",
        "logs:CreateLogStream",
        "logs:DescribeLogGroups",
        "logs:DescribeLogStreams",
        "logs:FilterLogEvents",
        "logs:GetLogEvents",
        "logs:PutLogEvents",
    },
}


def listed(value):
    return value if isinstance(value, list) else [value]


@pytest.fixture(scope="module")
def policies(plan, edge_plan):
    """Return the statements of every policy of a role, by the name that its file gives it."""
    found = {
        thing["name"]: json.loads(thing["values"]["policy"])["Statement"]
        for each in (plan, edge_plan)
        for thing in each.resources
        if thing["type"] == "aws_iam_role_policy"
    }
    for name, role in roles_of_functions().items():
        [policy] = role["Properties"]["Policies"]
        found[name] = policy["PolicyDocument"]["Statement"]
    return found


def roles_of_functions():
    things = template("functions")["Resources"]
    return {name: thing for name, thing in things.items() if thing["Type"] == "AWS::IAM::Role"}


def managed(name):
    """Return the actions of a policy that AWS itself publishes."""
    statements = json.loads(aws_managed_policies_data)[name]["Document"]["Statement"]
    return {action for statement in statements for action in listed(statement["Action"])}


def test_every_role_is_looked_at(policies):
    assert {"portal", "portal_network", "event_bus", "gateway"} < policies.keys()
    assert len(policies) >= 4 + 6


def test_every_statement_names_actions_one_by_one(policies):
    for statements in policies.values():
        for statement in statements:
            assert statement["Effect"] == "Allow"
            assert not statement.keys() & {"NotAction", "NotResource", "NotPrincipal"}
            assert [action for action in listed(statement["Action"]) if "*" in action] == []


def test_everything_is_touched_only_by_actions_with_a_reason(policies):
    on_everything = {
        name: {
            action
            for statement in statements
            if "*" in listed(statement["Resource"])
            for action in listed(statement["Action"])
        }
        for name, statements in policies.items()
    }

    assert {name: actions for name, actions in on_everything.items() if actions} == ON_EVERYTHING


def test_every_role_is_for_one_service_of_aws_and_the_portals_for_the_gateway_too(plan, edge_plan):
    trusts = {
        role["name"]: json.loads(role["assume_role_policy"])
        for each in (plan, edge_plan)
        for role in each.of_type("aws_iam_role")
    }
    for name, role in roles_of_functions().items():
        trusts[name] = role["Properties"]["AssumeRolePolicyDocument"]

    for name, trust in trusts.items():
        [statement] = trust["Statement"]
        assert statement["Action"] == "sts:AssumeRole"
        assert statement["Principal"].keys() == {"Service"}
        services = listed(statement["Principal"]["Service"])
        assert len(services) == (2 if name == name_of("portal") else 1), name


def test_api_gateway_may_do_to_logs_what_aws_says_it_needs_and_no_more():
    assert ON_EVERYTHING["gateway"] == managed("AmazonAPIGatewayPushToCloudWatchLogs")


def test_the_portal_may_do_to_the_network_no_more_than_aws_says_lambda_needs():
    assert ON_EVERYTHING["portal_network"] <= managed("AWSLambdaVPCAccessExecutionRole")


def test_the_bus_is_all_that_eventbridge_may_write_to(policies):
    [statement] = policies["event_bus"]

    assert statement["Action"] == "events:PutEvents"
    assert statement["Resource"].endswith(f":event-bus/{name_of('agreements')}")


def test_the_portal_signs_in_to_the_database_as_two_users_and_nobody_else(policies):
    [connect] = [s for s in policies["portal_network"] if s["Action"] == "rds-db:connect"]

    users = {resource.rpartition("/")[2] for resource in connect["Resource"]}
    assert users == {"gatehouse_owner", "gatehouse_portal"}
