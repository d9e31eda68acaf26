"""What is in an account, counted by kind: a stage that was taken down has left nothing."""

from functools import cache
from typing import Any

import boto3

_LISTS = {
    "tables": ("dynamodb", "list_tables", "TableNames"),
    "queues": ("sqs", "list_queues", "QueueUrls"),
    "topics": ("sns", "list_topics", "Topics"),
    "buckets": ("s3", "list_buckets", "Buckets"),
    "roles": ("iam", "list_roles", "Roles"),
    "functions": ("lambda", "list_functions", "Functions"),
    "event source mappings": ("lambda", "list_event_source_mappings", "EventSourceMappings"),
    "stacks": ("cloudformation", "describe_stacks", "Stacks"),
    "APIs": ("apigateway", "get_rest_apis", "items"),
    "usage plans": ("apigateway", "get_usage_plans", "items"),
    "API keys": ("apigateway", "get_api_keys", "items"),
    "domains": ("apigateway", "get_domain_names", "items"),
    "distributions": ("cloudfront", "list_distributions", "DistributionList.Items"),
    "origin access controls": (
        "cloudfront",
        "list_origin_access_controls",
        "OriginAccessControlList.Items",
    ),
    "rules": ("events", "list_rules", "Rules"),
    "log groups": ("logs", "describe_log_groups", "logGroups"),
    "alarms": ("cloudwatch", "describe_alarms", "MetricAlarms"),
    "configuration sets": ("sesv2", "list_configuration_sets", "ConfigurationSets"),
    "parameters": ("ssm", "describe_parameters", "Parameters"),
}


@cache
def client(service: str) -> Any:
    return boto3.client(service)


def counted() -> dict[str, int]:
    """Return how many there are of each kind."""
    counts = {kind: _count(*question) for kind, question in _LISTS.items()}
    pools = client("cognito-idp").list_user_pools(MaxResults=60)["UserPools"]
    return {**counts, "user pools": len(pools)}


def _count(service: str, operation: str, key: str) -> int:
    """Count all pages: some lists end after ten."""
    asked = client(service)
    if asked.can_paginate(operation):
        answer = asked.get_paginator(operation).paginate().build_full_result()
    else:
        answer = getattr(asked, operation)()
    for name in key.split("."):
        answer = answer.get(name) or {}
    return len(answer)
