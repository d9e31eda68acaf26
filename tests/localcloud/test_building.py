"""What the local cloud builds is what infra/definitions says."""

import json

import boto3
import pytest

from adapters.definitions import definition, name_of


@pytest.mark.parametrize("thing", definition("tables"))
def test_a_table_is_as_defined(dynamodb, thing):
    wanted = definition("tables")[thing]

    table = dynamodb.describe_table(TableName=name_of(thing))["Table"]
    keys = {key["KeyType"]: key["AttributeName"] for key in table["KeySchema"]}
    indexes = {index["IndexName"] for index in table.get("GlobalSecondaryIndexes", [])}
    ttl = dynamodb.describe_time_to_live(TableName=name_of(thing))["TimeToLiveDescription"]
    backups = dynamodb.describe_continuous_backups(TableName=name_of(thing))
    recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]

    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert (keys["HASH"], keys.get("RANGE")) == (wanted["hash_key"], wanted["range_key"])
    assert indexes == wanted["indexes"].keys()
    assert ttl.get("AttributeName") == wanted["ttl_attribute"]
    assert (recovery["PointInTimeRecoveryStatus"] == "ENABLED") is wanted["point_in_time_recovery"]


@pytest.mark.parametrize("thing", definition("queues"))
def test_a_queue_is_as_defined(cloud, thing):
    wanted = definition("queues")[thing]
    sqs = boto3.client("sqs")

    url = sqs.get_queue_url(QueueName=name_of(thing))["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    redrive = json.loads(queue["RedrivePolicy"])

    assert queue["VisibilityTimeout"] == str(wanted["visibility_timeout_seconds"])
    assert queue["MessageRetentionPeriod"] == str(wanted["retention_seconds"])
    assert int(redrive["maxReceiveCount"]) == wanted["max_receive_count"]
    assert redrive["deadLetterTargetArn"].endswith(f":{name_of(wanted['dead_letter_queue'])}")


@pytest.mark.parametrize("tier", definition("tiers"))
def test_a_tier_has_its_usage_plan(gateway, tier):
    wanted = definition("tiers")[tier]
    (api,) = gateway.get_rest_apis()["items"]

    plans = {plan["name"]: plan for plan in gateway.get_usage_plans()["items"]}
    plan = plans[name_of(tier)]

    assert plan["throttle"] == {"rateLimit": wanted["rate"], "burstLimit": wanted["burst"]}
    assert plan["quota"] == wanted["quota"]
    assert plan["apiStages"] == [{"apiId": api["id"], "stage": "local"}]


def test_each_route_that_is_not_public_asks_for_token_and_key(gateway):
    (api,) = gateway.get_rest_apis()["items"]
    resources = gateway.get_resources(restApiId=api["id"])["items"]
    methods = {
        (name, resource["path"]): method
        for resource in resources
        for name, method in resource.get("resourceMethods", {}).items()
    }

    routes = {(route["method"], route["path"]): route for route in definition("api")["routes"]}
    preflights = {("OPTIONS", path) for _, path in routes}
    assert methods.keys() == routes.keys() | preflights
    for route, defined in routes.items():
        public = defined.get("public", False)
        assert methods[route]["authorizationType"] == ("NONE" if public else "COGNITO_USER_POOLS")
        assert methods[route]["apiKeyRequired"] is not public
        assert methods[route]["requestValidatorId"]
        assert methods[route]["methodIntegration"]["type"] == "AWS_PROXY"


def test_the_stage_is_deployed(gateway):
    (api,) = gateway.get_rest_apis()["items"]

    stages = gateway.get_stages(restApiId=api["id"])["item"]

    assert api["name"] == name_of("api")
    assert [stage["stageName"] for stage in stages] == ["local"]


def test_there_is_a_bucket_for_exports(cloud):
    buckets = boto3.client("s3").list_buckets()["Buckets"]

    assert [bucket["Name"] for bucket in buckets] == [name_of("exports")]


@pytest.mark.parametrize(
    ("thing", "handler", "timeout"),
    [
        ("api", "functions.api.handler", 29),
        ("generate-token", "functions.generate_token.handler", 5),
        ("validate-code", "functions.validate_code.handler", 60),
        ("redeem-code", "functions.redeem_code.handler", 120),
        ("generate-codes", "functions.generate_codes.handler", 900),
    ],
)
def test_a_function_is_as_in_its_template(cloud, thing, handler, timeout):
    function = boto3.client("lambda").get_function(FunctionName=name_of(thing))["Configuration"]

    assert (function["Handler"], function["Timeout"]) == (handler, timeout)
    assert function["Environment"]["Variables"]["STAGE"] == "local"
    assert (function["Runtime"], function["Architectures"]) == ("python3.13", ["x86_64"])


def test_lambda_runs_the_handler_when_it_is_invoked(cloud, run_function):
    run_function("api", lambda event, context: {"seen": event})

    answer = boto3.client("lambda").invoke(FunctionName=name_of("api"), Payload=b'{"a": 1}')

    assert json.loads(answer["Payload"].read()) == {"seen": {"a": 1}}


def test_an_invoked_handler_that_raises_is_reported(cloud, run_function):
    def handler(event, context):
        raise KeyError("missing")

    run_function("api", handler)

    answer = boto3.client("lambda").invoke(FunctionName=name_of("api"), Payload=b"{}")

    assert answer["FunctionError"] == "Unhandled"
