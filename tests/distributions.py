"""A CDN in the local cloud: a bucket, a distribution and the policy that joins them."""

import json
from typing import Any

import boto3

from localcloud.place import REGION

# AWS's policy CORS-and-SecurityHeadersPolicy.
CORS = "e61eb60c-9c35-4d20-a928-2b84e02af89c"


def make_bucket(name: str) -> Any:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    return s3


def make_distribution(bucket: str, *, control: bool = True, enabled: bool = True) -> str:
    """Make a distribution of the bucket, called like it, and return its ARN."""
    cloudfront = boto3.client("cloudfront")
    said = {
        "Name": bucket,
        "SigningProtocol": "sigv4",
        "SigningBehavior": "always",
        "OriginAccessControlOriginType": "s3",
    }
    made = cloudfront.create_origin_access_control(OriginAccessControlConfig=said)
    origin = {
        "Id": "bucket",
        "DomainName": f"{bucket}.s3.{REGION}.amazonaws.com",
        "S3OriginConfig": {"OriginAccessIdentity": ""},
        "OriginAccessControlId": made["OriginAccessControl"]["Id"] if control else "",
    }
    distribution = cloudfront.create_distribution(
        DistributionConfig={
            "CallerReference": bucket,
            "Comment": bucket,
            "Enabled": enabled,
            "Origins": {"Quantity": 1, "Items": [origin]},
            "DefaultCacheBehavior": {
                "TargetOriginId": "bucket",
                "ViewerProtocolPolicy": "https-only",
                "CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6",
                "ResponseHeadersPolicyId": CORS,
            },
        }
    )["Distribution"]
    return str(distribution["ARN"])


def let_read(bucket: str, arn: str, **instead: Any) -> None:
    """Let a distribution read the bucket, with another statement in parts if need be."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/static/*",
        "Condition": {"StringEquals": {"AWS:SourceArn": arn}},
    }
    policy = {"Version": "2012-10-17", "Statement": [statement | instead]}
    boto3.client("s3").put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
