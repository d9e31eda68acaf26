"""The API that Terraform makes is the one that the local cloud builds, and serves calls."""

import json
from typing import Any

import boto3
import pytest
import requests

from adapters.definitions import definition
from adapters.rights import AccessItem, PermissionItem, write_access, write_permission
from localcloud import templates
from localcloud.place import ACCOUNT, REGION
from tests.distributions import CORS
from tests.infra.conftest import CERTIFICATE_ARN, EDGE, one_at_a_time
from tests.infra.rest_apis import api_called, described
from tests.local_cloud import running_cloud
from tests.terraform import local_variables

pytestmark = pytest.mark.infrastructure

STAGE = "rehearsal"
PASSWORD = "Correct-horse-7-battery"
EMAIL = "alice@example.com"


def make_customer(cloud):
    """Return token and key of a customer who may call: the key is on a plan of the new stage."""
    cognito, gateway = boto3.client("cognito-idp"), boto3.client("apigateway")
    pool = {"UserPoolId": cloud.addresses.user_pool_id, "Username": EMAIL}
    given = {"email": EMAIL, "email_verified": "true", "custom:tenant_id": "tenant-1"}
    attributes = [{"Name": name, "Value": value} for name, value in given.items()]
    user = cognito.admin_create_user(**pool, MessageAction="SUPPRESS", UserAttributes=attributes)
    cognito.admin_set_user_password(**pool, Password=PASSWORD, Permanent=True)
    who = user["User"]["Username"]
    write_permission(PermissionItem(who, "tenant-1", "owner", ("me", "solve"), (), "pro", "open"))
    key = gateway.create_api_key(name="key", enabled=True)
    write_access(AccessItem(key["id"], "tenant-1", "open", "pro", "", "grant:1"))
    plans = {plan["name"]: plan["id"] for plan in gateway.get_usage_plans(limit=500)["items"]}
    plan_id = plans[f"gatehouse-{STAGE}-pro"]
    gateway.create_usage_plan_key(usagePlanId=plan_id, keyId=key["id"], keyType="API_KEY")
    login = cognito.initiate_auth(
        AuthFlow="USER_PASSWORD_AUTH",
        ClientId=cloud.addresses.client_id,
        AuthParameters={"USERNAME": EMAIL, "PASSWORD": PASSWORD},
    )
    return login["AuthenticationResult"]["IdToken"], key["value"]


def call(method, path, *, token="", key="", stage=f"/{STAGE}", host="", **options):
    """Call the new stage, which the local gateway serves beside its own."""
    base = running_cloud().addresses.api.removesuffix("/local")
    given = {"Authorization": token, "x-api-key": key, "Host": host}
    headers = {name: value for name, value in given.items() if value}
    answer = requests.request(
        method, f"{base}{stage}{path}", headers=headers, timeout=30, **options
    )
    return {"status": answer.status_code, "headers": dict(answer.headers), "text": answer.text}


def some_calls(token, key):
    whole = {"token": token, "key": key}
    return {
        "me": call("GET", "/v1/me", **whole),
        "solve": call("POST", "/v1/solve", **whole, json={"qubo": [[-1, 2], [0, -2]], "seed": 1}),
        "without token": call("GET", "/v1/me", key=key),
        "without key": call("GET", "/v1/me", token=token),
        "wrong body": call("POST", "/v1/solve", **whole, json={"qubo": "no"}),
        "elsewhere": call("GET", "/v1/nothing", **whole),
        "document": call("GET", "/v1/openapi.json"),
        "by its domain": call("GET", "/v1/me", **whole, stage="", host=EDGE["api_domain"]),
        "preflight": call("OPTIONS", "/v1/solve"),
    }


def firewall_of(api_id):
    """Return the name of the firewall that stands before the stage."""
    stage = f"arn:aws:apigateway:{REGION}::/restapis/{api_id}/stages/{STAGE}"
    return boto3.client("wafv2").get_web_acl_for_resource(ResourceArn=stage)["WebACL"]["Name"]


def ask_for_a_file(cloud):
    """Return what the distribution has, what it has not, and what the bucket tells a stranger."""
    bucket = f"gatehouse-{STAGE}-{ACCOUNT}-static"
    for key in ("static/site.css", "elsewhere/site.css"):
        boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=b"body{}")
    bare = f"{cloud.addresses.aws}/{bucket}/static/site.css"
    return [
        call("GET", f"/{path}/site.css", stage=f"/_cdn/gatehouse-{STAGE}-static")
        for path in ("static", "elsewhere")
    ] + [{"status": requests.get(bare, timeout=10).status_code}]


def policy_of(bucket):
    return json.loads(boto3.client("s3").get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]


def applied(root):
    """Make the stage as a deployment does, functions first, and tell what came of it."""
    cloud = running_cloud()
    cloud.reset()
    addresses = cloud.addresses
    pool = boto3.client("cognito-idp").describe_user_pool(UserPoolId=addresses.user_pool_id)
    its = {"UserPoolId": addresses.user_pool_id, "UserPoolClientId": addresses.client_id}
    functions = f"gatehouse-{STAGE}-functions"
    templates.apply("functions", stack=functions, Stage=STAGE, **its)
    # The pool is read where CloudFormation leaves it.
    given = {name: value for name, value in EDGE.items() if name != "user_pool_arn"}
    variables: dict[str, Any] = local_variables(STAGE) | given
    boto3.client("ssm").put_parameter(
        Name=f"/gatehouse/{STAGE}/user_pool_arn",
        Value=pool["UserPool"]["Arn"],
        Type="String",
        Overwrite=True,
    )
    root.apply(aws=addresses.aws, **variables)
    root.expect_no_changes(aws=addresses.aws, **variables)
    pages = boto3.client("ssm").get_paginator("get_parameters_by_path")
    ssm = pages.paginate(Path=f"/gatehouse/{STAGE}").build_full_result()["Parameters"]
    told = {
        "made": described(f"gatehouse-{STAGE}-api", STAGE),
        "built": described("gatehouse-local-api", "local"),
        "stage": boto3.client("apigateway").get_stage(
            restApiId=api_called(f"gatehouse-{STAGE}-api")["id"], stageName=STAGE
        ),
        "firewall": firewall_of(api_called(f"gatehouse-{STAGE}-api")["id"]),
        "api_id": api_called(f"gatehouse-{STAGE}-api")["id"],
        "parameters": {p["Name"].rpartition("/")[2]: p["Value"] for p in ssm},
        "static": ask_for_a_file(cloud),
        "static policy": policy_of(f"gatehouse-{STAGE}-{ACCOUNT}-static"),
        "calls": some_calls(*make_customer(cloud)),
    }
    told["lines"] = boto3.client("logs").filter_log_events(
        logGroupName=f"/gatehouse/{STAGE}/api-access"
    )["events"]
    boto3.client("cloudformation").delete_stack(StackName=functions)
    return told


@pytest.fixture(scope="module")
def edge(root_of, shared_folder):
    """What came of one apply, made by whichever process comes first."""
    file, root = shared_folder / "edge-applied.json", root_of("edge")
    with one_at_a_time(shared_folder):
        if not file.exists():
            file.write_text(json.dumps(applied(root), default=str))
    return json.loads(file.read_text())


PARTS = (
    "key from",
    "authorizers",
    "validators",
    "models",
    "methods",
    "refusals",
    "limits",
    "plans",
    "line of the access log",
)


@pytest.mark.parametrize("part", PARTS)
def test_terraform_makes_the_api_that_the_local_cloud_builds(edge, part):
    assert edge["made"][part] == edge["built"][part]
    assert edge["made"][part]


def test_every_part_of_an_api_is_compared(edge):
    assert edge["made"].keys() == set(PARTS)


def test_a_call_with_token_and_key_reaches_the_function(edge):
    me, solve = edge["calls"]["me"], edge["calls"]["solve"]

    assert (me["status"], json.loads(me["text"])["tenant_id"]) == (200, "tenant-1")
    assert (solve["status"], json.loads(solve["text"])["solution"]) == (200, [0, 1])


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("without token", 401, "token_invalid"),
        ("without key", 403, "key_invalid"),
        ("wrong body", 400, "body_invalid"),
        ("elsewhere", 404, "not_found"),
    ],
)
def test_what_the_gateway_refuses_is_a_problem(edge, name, status, code):
    answer = edge["calls"][name]

    assert (answer["status"], json.loads(answer["text"])["code"]) == (status, code)
    assert answer["headers"]["Content-Type"] == "application/problem+json"


def test_the_document_and_the_question_of_a_browser_need_neither_token_nor_key(edge):
    document, preflight = edge["calls"]["document"], edge["calls"]["preflight"]

    assert (document["status"], preflight["status"]) == (200, 204)
    assert preflight["headers"]["Access-Control-Allow-Origin"] == "*"


def test_the_api_answers_at_its_own_domain_and_the_next_tools_are_told_so(edge):
    answer, told = edge["calls"]["by its domain"], edge["parameters"]

    assert (answer["status"], json.loads(answer["text"])["tenant_id"]) == (200, "tenant-1")
    assert told["api_id"] == edge["api_id"]
    assert told["api_url"] == f"https://{EDGE['api_domain']}"


def test_each_domain_has_its_certificate_and_takes_no_old_tls(edge_plan):
    domains = edge_plan.of_type("aws_api_gateway_domain_name")

    assert {domain["domain_name"] for domain in domains} == {
        EDGE[f"{use}_domain"] for use in ("api", "portal", "staff")
    }
    assert {domain["regional_certificate_arn"] for domain in domains} == {CERTIFICATE_ARN}
    assert {domain["security_policy"] for domain in domains} == {"TLS_1_2"}
    assert [domain["endpoint_configuration"][0]["types"] for domain in domains] == [
        ["REGIONAL"]
    ] * 3


def test_the_portal_is_told_both_its_host_names_and_whoever_deploys_where_they_lead(edge):
    told = edge["parameters"]

    assert told["portal_url"] == f"https://{EDGE['portal_domain']}"
    assert told["staff_url"] == f"https://{EDGE['staff_domain']}"
    names = {EDGE[f"{use}_domain"] for use in ("api", "portal", "staff")}
    assert json.loads(told["dns"]).keys() == names
    assert all("execute-api" in target for target in json.loads(told["dns"]).values())


def test_static_files_are_read_by_the_distribution_and_by_nobody_else(edge):
    told = edge["parameters"]

    assert told["static_bucket"] == f"gatehouse-{STAGE}-{ACCOUNT}-static"
    assert told["static_url"].startswith("https://")
    assert told["static_url"].endswith(".cloudfront.net/static/")
    by_cdn, elsewhere, alone = edge["static"]
    assert by_cdn["text"] == "body{}"
    assert by_cdn["headers"]["Access-Control-Allow-Origin"] == "*"
    assert (elsewhere["status"], alone["status"]) == (403, 403)
    [read, tls] = edge["static policy"]
    assert read["Condition"].keys() == {"StringEquals"}
    assert (tls["Effect"], tls["Principal"], tls["Action"]) == ("Deny", "*", "s3:*")


def test_the_bucket_of_static_files_is_private_encrypted_and_forgets_nothing(edge_plan):
    [bucket] = edge_plan.of_type("aws_s3_bucket")
    [block] = edge_plan.of_type("aws_s3_bucket_public_access_block")
    [ownership] = edge_plan.of_type("aws_s3_bucket_ownership_controls")
    [encryption] = edge_plan.of_type("aws_s3_bucket_server_side_encryption_configuration")

    switches = {name: on for name, on in block.items() if name.startswith(("block", "ignore"))}
    assert set(switches.values()) == {True} == {block["restrict_public_buckets"]}
    assert ownership["rule"] == [{"object_ownership": "BucketOwnerEnforced"}]
    [rule] = encryption["rule"]
    assert rule["apply_server_side_encryption_by_default"][0]["sse_algorithm"] == "AES256"
    assert bucket["force_destroy"] is False
    assert edge_plan.of_type("aws_s3_bucket_lifecycle_configuration") == []


def test_the_distribution_signs_takes_https_alone_and_lets_every_page_use_its_fonts(edge_plan):
    [distribution] = edge_plan.of_type("aws_cloudfront_distribution")
    [control] = edge_plan.of_type("aws_cloudfront_origin_access_control")

    [behaviour] = distribution["default_cache_behavior"]
    assert behaviour["viewer_protocol_policy"] == "https-only"
    assert sorted(behaviour["allowed_methods"]) == ["GET", "HEAD"]
    # AWS's policies CachingOptimized and CORS-and-SecurityHeadersPolicy.
    assert behaviour["cache_policy_id"] == "658327ea-f89d-4fab-a63d-7e88639e58f6"
    assert behaviour["response_headers_policy_id"] == CORS
    assert (control["signing_behavior"], control["signing_protocol"]) == ("always", "sigv4")


def test_the_firewall_holds_off_an_address_and_stands_before_the_stage(edge, edge_plan):
    [wall] = edge_plan.of_type("aws_wafv2_web_acl")

    [rule] = wall["rule"]
    [rate] = rule["statement"][0]["rate_based_statement"]
    assert (rate["limit"], rate["aggregate_key_type"]) == (EDGE["most_calls_in_five_minutes"], "IP")
    assert rule["action"][0]["block"][0]["custom_response"][0]["response_code"] == 429
    assert edge["firewall"] == f"gatehouse-{STAGE}-api"


def test_each_call_is_a_line_of_json_that_holds_no_secret_and_no_address(edge_plan):
    [stage] = edge_plan.of_type("aws_api_gateway_stage")
    [settings] = stage["access_log_settings"]

    line = json.loads(settings["format"])

    assert settings["destination_arn"].endswith(":/gatehouse/local/api-access")
    assert {"request_id", "status", "key_id", "tenant_id", "latency"} <= line.keys()
    told = " ".join(line.values())
    assert not [word for word in ("sourceIp", "apiKey ", "Authorization", "email") if word in told]
    assert line["key_id"] == "$context.identity.apiKeyId"


def test_each_call_of_the_stage_has_its_line_there(edge):
    lines = {}
    for event in edge["lines"]:
        line = json.loads(event["message"])
        lines[line["request_id"]] = line

    ids = {
        name: value
        for name, call in edge["calls"].items()
        for header, value in call["headers"].items()
        if header.lower() == "x-amz-apigw-id"
    }

    assert lines.keys() == set(ids.values())
    assert lines[ids["without token"]]["refused_by"] == "UNAUTHORIZED"
    assert lines[ids["me"]]["tenant_id"] == "tenant-1"


def test_the_plans_are_not_there_without_their_stage(edge_plan):
    plans = edge_plan.by_name("aws_api_gateway_usage_plan")

    assert plans.keys() == {f"gatehouse-local-{tier}" for tier in definition("tiers")}
    assert {plan["api_stages"][0]["stage"] for plan in plans.values()} == {"local"}
