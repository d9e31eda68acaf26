"""A reset forgets what was made and keeps what was built."""

import time

import boto3
import pytest

from adapters.definitions import name_of


def fill(cloud, make_customer, make_key):
    make_customer()
    make_key()
    sqs = boto3.client("sqs")
    sqs.send_message(
        QueueUrl=sqs.get_queue_url(QueueName=name_of("tasks"))["QueueUrl"], MessageBody="work"
    )
    boto3.client("s3").put_object(Bucket=name_of("exports"), Key="codes.csv", Body=b"A")
    boto3.client("dynamodb").put_item(TableName=name_of("promo-codes"), Item={"code": {"S": "A"}})
    boto3.client("sesv2").send_email(
        FromEmailAddress="hello@gatehouse.example",
        Destination={"ToAddresses": ["alice@example.com"]},
        Content={"Simple": {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hi"}}}},
    )


def contents(cloud):
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName=name_of("tasks"))["QueueUrl"]
    users = boto3.client("cognito-idp").list_users(UserPoolId=cloud.addresses.user_pool_id)
    return {
        "users": len(users["Users"]),
        "keys": len(boto3.client("apigateway").get_api_keys()["items"]),
        "plans": len(boto3.client("apigateway").get_usage_plans()["items"]),
        "messages": len(sqs.receive_message(QueueUrl=url).get("Messages", [])),
        "objects": boto3.client("s3").list_objects_v2(Bucket=name_of("exports"))["KeyCount"],
        "items": boto3.client("dynamodb").scan(TableName=name_of("promo-codes"))["Count"],
        "mails": len(cloud.mails()),
    }


def test_a_reset_forgets_what_was_made(cloud, make_customer, make_key):
    empty = contents(cloud)
    fill(cloud, make_customer, make_key)
    full = contents(cloud)

    cloud.reset()

    assert full == {name: count + 1 for name, count in empty.items()}
    assert contents(cloud) == empty


def test_a_reset_keeps_the_ids(cloud, gateway, cognito):
    def ids():
        pools = cognito.list_user_pools(MaxResults=10)["UserPools"]
        plans = gateway.get_usage_plans()["items"]
        apis = gateway.get_rest_apis()["items"]
        return [thing.get("id") or thing["Id"] for thing in [*pools, *plans, *apis]]

    before = ids()

    cloud.reset()

    assert ids() == before
    assert cloud.addresses.user_pool_id in before


def test_a_reset_brings_back_what_was_deleted(cloud, dynamodb, gateway):
    (free,) = [p for p in gateway.get_usage_plans()["items"] if p["name"] == name_of("free")]
    gateway.delete_usage_plan(usagePlanId=free["id"])
    dynamodb.delete_table(TableName=name_of("access"))
    boto3.client("lambda").delete_function(FunctionName=name_of("api"))

    cloud.reset()

    assert gateway.get_usage_plan(usagePlanId=free["id"])["name"] == name_of("free")
    assert dynamodb.describe_table(TableName=name_of("access"))
    assert boto3.client("lambda").get_function(FunctionName=name_of("api"))


def test_a_reset_takes_back_what_was_changed(cloud, gateway, cognito):
    (free,) = [p for p in gateway.get_usage_plans()["items"] if p["name"] == name_of("free")]
    faster = [{"op": "replace", "path": "/throttle/rateLimit", "value": "99"}]
    gateway.update_usage_plan(usagePlanId=free["id"], patchOperations=faster)
    cognito.update_user_pool(UserPoolId=cloud.addresses.user_pool_id, LambdaConfig={})

    cloud.reset()

    plan = gateway.get_usage_plan(usagePlanId=free["id"])
    pool = cognito.describe_user_pool(UserPoolId=cloud.addresses.user_pool_id)["UserPool"]
    assert plan["throttle"] == free["throttle"]
    assert pool["LambdaConfig"]["PreTokenGenerationConfig"]


def test_a_used_up_key_of_a_built_plan_starts_afresh(cloud, gateway, make_key, call, token, echo):
    (free,) = [p for p in gateway.get_usage_plans()["items"] if p["name"] == name_of("free")]
    today = time.strftime("%Y-%m-%d", time.gmtime())
    call(token=token, key=make_key(free["id"]).value)

    cloud.reset()

    usage = gateway.get_usage(usagePlanId=free["id"], startDate=today, endDate=today)
    assert usage.get("items", {}) == {}


def test_a_token_from_before_a_reset_cannot_be_refreshed(cloud, cognito, make_customer, log_in):
    make_customer()
    token = log_in()["RefreshToken"]

    cloud.reset()

    with pytest.raises(cognito.exceptions.NotAuthorizedException):
        cognito.initiate_auth(
            AuthFlow="REFRESH_TOKEN_AUTH",
            ClientId=cloud.addresses.client_id,
            AuthParameters={"REFRESH_TOKEN": token},
        )


@pytest.mark.alone
def test_a_reset_is_fast(cloud, make_customer):
    for number in range(50):
        make_customer(f"customer-{number}@example.com")

    started = time.perf_counter()
    cloud.reset()

    assert time.perf_counter() - started < 0.05
