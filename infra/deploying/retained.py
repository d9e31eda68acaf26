"""What templates keep when their stack is deleted: a stage that is taken down is to be gone."""

from typing import Any

import boto3

from infra.deploying import handover, portal
from infra.deploying.stages import Stage


def delete_pool(stage: Stage, pool: str | None) -> None:
    """Delete the user pool that was the stage's. AWS refuses one that is protected."""
    cognito: Any = boto3.client("cognito-idp", region_name=stage.region)
    if pool and handover.read(stage, "user_pool_id") is None:
        cognito.delete_user_pool(UserPoolId=pool)


def delete_logs(stage: Stage) -> None:
    logs: Any = boto3.client("logs", region_name=stage.region)
    prefix = f"/aws/lambda/gatehouse-{stage.name}-"
    for page in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix):
        for group in page["logGroups"]:
            logs.delete_log_group(logGroupName=group["logGroupName"])


def delete_api(stage: Stage) -> None:
    """Delete the portal's API where Zappa's stack left it."""
    gateway: Any = boto3.client("apigateway", region_name=stage.region)
    for api_id in portal.apis_of(stage):
        gateway.delete_rest_api(restApiId=api_id)
    handover.forget(stage, "portal_api_id")
