"""What Terraform would make is what the local cloud built from the same definitions."""

import json
from operator import itemgetter

import boto3
import pytest

from adapters.definitions import definition, name_of

pytestmark = pytest.mark.infrastructure


@pytest.fixture
def dynamodb(cloud):
    return boto3.client("dynamodb")


@pytest.fixture
def built_queue(cloud):
    """Return the attributes of a queue of the local cloud."""
    sqs = boto3.client("sqs")

    def attributes(thing):
        url = sqs.get_queue_url(QueueName=name_of(thing))["QueueUrl"]
        return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]

    return attributes


def keys_of(schema):
    keys = {key["KeyType"]: key["AttributeName"] for key in schema}
    return keys["HASH"], keys.get("RANGE")


def test_the_same_tables_are_planned_and_built(plan, dynamodb):
    planned = plan.by_name("aws_dynamodb_table")

    assert sorted(planned) == sorted(dynamodb.list_tables()["TableNames"])


@pytest.mark.parametrize("thing", definition("tables"))
def test_a_table_has_the_keys_and_attributes_that_were_built(plan, dynamodb, thing):
    built = dynamodb.describe_table(TableName=name_of(thing))["Table"]

    planned = plan.by_name("aws_dynamodb_table")[name_of(thing)]

    assert (planned["hash_key"], planned["range_key"]) == keys_of(built["KeySchema"])
    assert {a["name"]: a["type"] for a in planned["attribute"]} == {
        a["AttributeName"]: a["AttributeType"] for a in built["AttributeDefinitions"]
    }
    assert planned["billing_mode"] == built["BillingModeSummary"]["BillingMode"]


@pytest.mark.parametrize("thing", definition("tables"))
def test_a_table_has_the_indexes_that_were_built(plan, dynamodb, thing):
    built = dynamodb.describe_table(TableName=name_of(thing))["Table"]

    planned = plan.by_name("aws_dynamodb_table")[name_of(thing)]["global_secondary_index"]

    assert {
        index["name"]: ((index["hash_key"], index["range_key"]), index["projection_type"])
        for index in planned
    } == {
        index["IndexName"]: (keys_of(index["KeySchema"]), index["Projection"]["ProjectionType"])
        for index in built.get("GlobalSecondaryIndexes", [])
    }


@pytest.mark.parametrize("thing", definition("tables"))
def test_a_table_forgets_and_remembers_as_built(plan, dynamodb, thing):
    ttl = dynamodb.describe_time_to_live(TableName=name_of(thing))["TimeToLiveDescription"]
    backups = dynamodb.describe_continuous_backups(TableName=name_of(thing))
    recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]

    planned = plan.by_name("aws_dynamodb_table")[name_of(thing)]

    # A plan leaves out what was not asked for.
    planned_ttl = [(ttl["attribute_name"], ttl["enabled"]) for ttl in planned.get("ttl", [])]
    is_on = ttl["TimeToLiveStatus"] == "ENABLED"
    assert planned_ttl == ([(ttl["AttributeName"], True)] if is_on else [])
    [planned_recovery] = planned["point_in_time_recovery"]
    assert planned_recovery["enabled"] is (recovery["PointInTimeRecoveryStatus"] == "ENABLED")


def test_every_table_is_encrypted(plan):
    tables = plan.of_type("aws_dynamodb_table")

    assert all(table["server_side_encryption"][0]["enabled"] for table in tables)


def test_production_refuses_to_lose_a_table_or_a_full_bucket(plan):
    tables = plan.of_type("aws_dynamodb_table")
    [bucket] = plan.of_type("aws_s3_bucket")

    assert {table["deletion_protection_enabled"] for table in tables} == {True}
    assert bucket["force_destroy"] is False


def test_the_same_queues_are_planned_and_built(plan, cloud):
    urls = boto3.client("sqs").list_queues()["QueueUrls"]

    planned = plan.by_name("aws_sqs_queue")

    assert sorted(planned) == sorted(url.rpartition("/")[2] for url in urls)
    assert all(queue["sqs_managed_sse_enabled"] for queue in planned.values())


@pytest.mark.parametrize("thing", definition("queues"))
def test_a_queue_hides_and_keeps_messages_as_built(plan, built_queue, thing):
    for name in (thing, definition("queues")[thing]["dead_letter_queue"]):
        built = built_queue(name)

        planned = plan.by_name("aws_sqs_queue")[name_of(name)]

        assert str(planned["visibility_timeout_seconds"]) == built["VisibilityTimeout"]
        assert str(planned["message_retention_seconds"]) == built["MessageRetentionPeriod"]


def test_messages_that_fail_go_where_they_go_as_built(plan, built_queue):
    built = [json.loads(built_queue(thing)["RedrivePolicy"]) for thing in definition("queues")]

    planned = plan.of_type("aws_sqs_queue_redrive_policy")

    by_target = itemgetter("deadLetterTargetArn")
    policies = [json.loads(redrive["redrive_policy"]) for redrive in planned]
    assert sorted(policies, key=by_target) == sorted(built, key=by_target)


def test_the_bucket_of_exports_is_the_one_that_was_built(plan, cloud):
    built = boto3.client("s3").list_buckets()["Buckets"]

    planned = plan.of_type("aws_s3_bucket")

    assert [bucket["bucket"] for bucket in planned] == [bucket["Name"] for bucket in built]


def test_the_bucket_of_exports_is_private_and_forgets(plan):
    [block] = plan.of_type("aws_s3_bucket_public_access_block")
    [ownership] = plan.of_type("aws_s3_bucket_ownership_controls")
    [encryption] = plan.of_type("aws_s3_bucket_server_side_encryption_configuration")
    [lifecycle] = plan.of_type("aws_s3_bucket_lifecycle_configuration")

    switches = {name: value for name, value in block.items() if name.endswith(("acls", "buckets"))}
    assert set(switches.values()) == {True}
    assert block["block_public_policy"] is True
    assert ownership["rule"] == [{"object_ownership": "BucketOwnerEnforced"}]
    [rule] = encryption["rule"]
    assert rule["apply_server_side_encryption_by_default"][0]["sse_algorithm"] == "AES256"
    assert {rule["status"] for rule in lifecycle["rule"]} == {"Enabled"}
    forgotten = {
        rule["filter"][0]["prefix"]: rule["expiration"][0]["days"]
        for rule in lifecycle["rule"]
        if rule["expiration"]
    }
    assert forgotten == {"exports/": 7}


def test_an_upload_that_broke_off_is_removed_wherever_it_was_going(plan):
    [lifecycle] = plan.of_type("aws_s3_bucket_lifecycle_configuration")

    [rule] = [rule for rule in lifecycle["rule"] if rule["abort_incomplete_multipart_upload"]]

    assert rule["abort_incomplete_multipart_upload"][0]["days_after_initiation"] == 1
    assert not rule["filter"][0]["prefix"]


def test_nobody_reaches_the_bucket_without_tls(plan):
    [statement] = plan.policy("aws_s3_bucket_policy", "exports")
    arn = f"arn:aws:s3:::{name_of('exports')}"

    assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    assert statement["Action"] == "s3:*"
    assert sorted(statement["Resource"]) == [arn, f"{arn}/*"]
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_only_ses_tells_the_topic_and_only_the_topic_fills_the_queue_of_mail_events(plan):
    topic, queue = (
        plan.policy(kind, "mail_events")
        for kind in ("aws_sns_topic_policy", "aws_sqs_queue_policy")
    )

    [told], [filled] = topic, queue
    assert (told["Principal"], told["Action"]) == ({"Service": "ses.amazonaws.com"}, "sns:Publish")
    assert set(told["Condition"]["StringEquals"]) == {"AWS:SourceAccount", "AWS:SourceArn"}
    assert filled["Principal"] == {"Service": "sns.amazonaws.com"}
    assert filled["Resource"].endswith(f":{name_of('mail-events')}")
    assert filled["Condition"]["ArnEquals"] == {"aws:SourceArn": told["Resource"]}


def test_the_configuration_set_is_the_one_that_mails_name(plan, settings):
    [planned] = plan.of_type("aws_sesv2_configuration_set")

    assert planned["configuration_set_name"] == settings.MAIL_CONFIGURATION_SET
