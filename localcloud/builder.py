"""Builds everything that infra/ defines, through the same calls that a deployment makes."""

import json
import os
from dataclasses import dataclass
from typing import Any

import boto3

from adapters.definitions import definition, name_of, stage
from localcloud import templates
from localcloud.rest_api import build_api, build_plans

SENDER = "hello@gatehouse.example"
_SENDER_DOMAIN = SENDER.partition("@")[2]


@dataclass(frozen=True)
class Built:
    user_pool_id: str
    client_id: str


def build() -> Built:
    build_tables()
    build_queues()
    build_storage()
    build_senders()
    functions = templates.apply("functions", stack=name_of("functions"), Stage=stage())
    identity = templates.apply(
        "identity",
        stack=name_of("identity"),
        Stage=stage(),
        PreTokenFunctionArn=functions["GenerateTokenArn"],
    )
    api_id = build_api(pool_arn=identity["UserPoolArn"], functions={"api": functions["ApiArn"]})
    build_plans(api_id)
    return Built(user_pool_id=identity["UserPoolId"], client_id=identity["ClientId"])


def build_tables() -> None:
    dynamodb: Any = boto3.client("dynamodb")
    for thing, table in definition("tables").items():
        dynamodb.create_table(**_table_request(name_of(thing), table))
        _set_table_options(dynamodb, name_of(thing), table)


def _table_request(name: str, table: dict[str, Any]) -> dict[str, Any]:
    request: dict[str, Any] = {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": _key_schema(table),
        "AttributeDefinitions": [
            {"AttributeName": attribute, "AttributeType": kind}
            for attribute, kind in table["attributes"].items()
        ],
    }
    indexes = [
        {
            "IndexName": index_name,
            "KeySchema": _key_schema(index),
            "Projection": {"ProjectionType": index["projection"]},
        }
        for index_name, index in table["indexes"].items()
    ]
    return request | ({"GlobalSecondaryIndexes": indexes} if indexes else {})


def _key_schema(definition: dict[str, Any]) -> list[dict[str, str]]:
    keys = [("HASH", definition["hash_key"]), ("RANGE", definition["range_key"])]
    return [{"AttributeName": name, "KeyType": kind} for kind, name in keys if name]


def _set_table_options(dynamodb: Any, name: str, table: dict[str, Any]) -> None:
    if table["ttl_attribute"]:
        dynamodb.update_time_to_live(
            TableName=name,
            TimeToLiveSpecification={"AttributeName": table["ttl_attribute"], "Enabled": True},
        )
    if table["point_in_time_recovery"]:
        dynamodb.update_continuous_backups(
            TableName=name,
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
        )


def build_queues() -> None:
    sqs: Any = boto3.client("sqs")
    for thing, queue in definition("queues").items():
        dead = sqs.create_queue(
            QueueName=name_of(queue["dead_letter_queue"]),
            Attributes={"MessageRetentionPeriod": str(queue["dead_letter_retention_seconds"])},
        )["QueueUrl"]
        answer = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])
        redrive = {
            "deadLetterTargetArn": answer["Attributes"]["QueueArn"],
            "maxReceiveCount": queue["max_receive_count"],
        }
        sqs.create_queue(
            QueueName=name_of(thing),
            Attributes={
                "VisibilityTimeout": str(queue["visibility_timeout_seconds"]),
                "MessageRetentionPeriod": str(queue["retention_seconds"]),
                "RedrivePolicy": json.dumps(redrive),
            },
        )


def build_storage() -> None:
    s3: Any = boto3.client("s3")
    s3.create_bucket(
        Bucket=name_of("exports"),
        CreateBucketConfiguration={"LocationConstraint": os.environ["AWS_REGION"]},
    )


def build_senders() -> None:
    ses: Any = boto3.client("sesv2")
    ses.create_configuration_set(ConfigurationSetName=name_of("mail"))
    for identity in (_SENDER_DOMAIN, SENDER):
        ses.create_email_identity(EmailIdentity=identity)
