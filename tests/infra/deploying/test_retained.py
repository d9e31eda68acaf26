"""What a stack keeps is gone too when a stage is taken down, and nothing of another stage."""

import boto3

from infra.deploying import handover, retained


def test_the_logs_and_the_api_of_this_stage_are_gone_and_those_of_others_stay(stage, make_stage):
    other = make_stage()
    logs, gateway = boto3.client("logs"), boto3.client("apigateway")
    for each in (stage, other):
        logs.create_log_group(logGroupName=f"/aws/lambda/gatehouse-{each.name}-api")
        gateway.create_rest_api(name=each.portal)

    retained.delete_logs(stage)
    retained.delete_api(stage)

    names = {api["name"] for api in gateway.get_rest_apis()["items"]}
    prefix = "/aws/lambda/gatehouse-"
    groups = logs.describe_log_groups(logGroupNamePrefix=prefix)["logGroups"]
    assert stage.portal not in names
    assert other.portal in names
    kept = {group["logGroupName"] for group in groups}
    assert f"{prefix}{stage.name}-api" not in kept
    assert f"{prefix}{other.name}-api" in kept
    retained.delete_logs(other)
    retained.delete_api(other)


def test_a_pool_is_deleted_only_after_its_stack_let_go_of_it(stage):
    cognito = boto3.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName=stage.name)["UserPool"]["Id"]
    handover.write(stage, "user_pool_id", pool)

    def is_there():
        return pool in [p["Id"] for p in cognito.list_user_pools(MaxResults=60)["UserPools"]]

    retained.delete_pool(stage, pool)
    assert is_there()
    handover.forget(stage, "user_pool_id")
    retained.delete_pool(stage, pool)
    assert not is_there()
