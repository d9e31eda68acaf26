"""The portal's role allows what the portal does, and nothing that it does not."""

import json
import re
from contextlib import contextmanager
from datetime import timedelta
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.endpoint import Endpoint

from adapters.definitions import definition, name_of
from backoffice.audit import SYSTEM
from campaigns import exports, generation, imports
from localcloud.place import ACCOUNT, REGION
from marketplace.models import Agreement
from tenants import sweep
from tests.buyers import CONSUMPTION, fill_in
from tests.codes import put_code
from tests.infra.conftest import SELLER_ARN, USER_POOL_ARN
from tests.infra.whole_life import live_through_every_verb
from tests.metering import hours_ago, metered_since, use

pytestmark = [pytest.mark.infrastructure, pytest.mark.django_db(transaction=True)]

MANAGEMENT = f"arn:aws:apigateway:{REGION}::"
LOGS = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/gatehouse-portal-local"
ACCESS_LOG = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/gatehouse/local/api-access"
IDENTITY = f"arn:aws:ses:{REGION}:{ACCOUNT}:identity/gatehouse.example"

# Zappa makes it.
PORTAL = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:gatehouse-portal-local"

KEYS = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/gatehouse/local/newsletters"

MAIL_SET = f"arn:aws:ses:{REGION}:{ACCOUNT}:configuration-set/gatehouse-local-mail"

# AWS Marketplace has no resources that a policy could name, and SES none for its list of addresses.
EVERYTHING = "*"

# Where AWS gives the id, or the name is made at run time.
STARS = {
    EVERYTHING,
    f"{MANAGEMENT}/apikeys/*",
    f"{MANAGEMENT}/usageplans/*",
    f"{MANAGEMENT}/usageplans/*/keys",
    f"{MANAGEMENT}/usageplans/*/keys/*",
    f"{MANAGEMENT}/usageplans/*/usage",
    f"arn:aws:s3:::{name_of('exports')}/*",
    f"{LOGS}:*",
    f"{ACCESS_LOG}:*",
    f"{KEYS}/*",
}

# What Lambda and API Gateway do with the portal's role, and exports, which a laptop keeps in files.
NEVER_ON_A_LAPTOP = {
    "lambda:InvokeFunction",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:GetObject",
    "s3:ListBucket",
    "s3:PutObject",
}

# Half-made accounts, a sign-up that is repeated when its code is used up, a campaign whose
# redemptions are capped, a visitor who is released, codes that are held until an address is
# confirmed, and a rebuilt list of redemptions.
RARE = {
    ("dynamodb:UpdateItem", "redemptions"),
    ("dynamodb:Query", "redemptions"),
    ("dynamodb:DeleteItem", "windows"),
    ("dynamodb:Scan", "redemptions"),
    ("dynamodb:Query", "redemptions/index/by-hold"),
    ("dynamodb:GetItem", "access"),
    ("dynamodb:GetItem", "permissions"),
    ("dynamodb:GetItem", "redemptions"),
    ("dynamodb:Query", "promo-codes/index/by-status"),
}


# Keys are looked for by name only where an earlier try may have made one.
AFTER_A_LOST_ANSWER = ("apigateway:GET", f"{MANAGEMENT}/apikeys")

# Notices of AWS Marketplace, and the seller's role; no customer of this test comes from there.
OF_MARKETPLACE = {
    EVERYTHING,
    SELLER_ARN,
    *(f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name_of(thing)}" for thing in ("notices", "notices-dead")),
}

# What others tell is only taken: nobody of ours sends there, and nobody has looked at what was
# given up. A taken message is given back only where a database fails.
TOLD_BY_OTHERS = {
    *(
        (f"sqs:{action}", f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name_of(thing)}")
        for thing in ("mail-events", "registrations")
        for action in ("SendMessage", "ChangeMessageVisibility")
    ),
    *(
        (f"sqs:{action}", f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name_of(thing)}")
        for thing in ("mail-events-dead", "registrations-dead")
        for action in (
            "ChangeMessageVisibility",
            "DeleteMessage",
            "GetQueueAttributes",
            "ReceiveMessage",
        )
    ),
}

# What a worker on a host does with the tasks that it holds when it stops.
WHEN_A_WORKER_STOPS = ("sqs:ChangeMessageVisibility", "tasks")


def listed(value):
    return value if isinstance(value, list) else [value]


@pytest.fixture
def statements(plan):
    return plan.policy("aws_iam_role_policy", "portal")


@pytest.fixture
def allowed(statements):
    """Return every pair of action and resource that the role allows."""
    return {
        (action, resource)
        for statement in statements
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    }


@pytest.fixture
def asked_for(cloud, monkeypatch):
    """Collect what IAM would be asked about each call of this process."""
    seen = set()
    original = Endpoint.make_request

    def make_request(endpoint, operation, request):
        seen.update(asks(operation, request))
        return original(endpoint, operation, request)

    monkeypatch.setattr(Endpoint, "make_request", make_request)
    return seen


def asks(operation, request):
    """Return the pairs of action and resource that AWS checks before it does this."""
    service, name = operation.service_model.signing_name, operation.name
    body = json.loads(request["body"]) if request["body"] else {}
    match service:
        case "dynamodb":
            return {(f"dynamodb:{action}", table_arn(t)) for action, t in parts(name, body)}
        case "apigateway":
            path = urlsplit(request["url_path"]).path
            return {(f"apigateway:{request['method']}", f"{MANAGEMENT}{path}")}
        case "cognito-idp":
            return {(f"cognito-idp:{name}", USER_POOL_ARN)}
        case "sqs":
            # SQS asks for the right to do it to one message before it does it to ten.
            queue = body["QueueUrl"].rpartition("/")[2]
            return {(f"sqs:{name.removesuffix('Batch')}", queue_arn(queue))}
        case "aws-marketplace":
            return {(f"aws-marketplace:{name}", EVERYTHING)}
        case "logs":
            group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{body['logGroupName']}"
            return {(f"logs:{name}", f"{group}:log-stream:")}
        case "ssm":
            return {(f"ssm:{name}", f"{KEYS.partition('/')[0]}{body['Name']}")}
        case "ses":
            # https://github.com/anymail/django-anymail/issues/384: the second one is asked too.
            if name == "DeleteSuppressedDestination":
                return {(f"ses:{name}", EVERYTHING)}
            things = (IDENTITY, MAIL_SET)
            return {
                (f"ses:{name}", thing) for name in ("SendEmail", "SendRawEmail") for thing in things
            }
    raise AssertionError(f"the portal's role knows nothing of {service} {name}")


def parts(name, body):
    """Return the actions of one call and their tables: several calls are sums of others."""
    match name:
        case "TransactWriteItems":
            names = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem"}
            items = [item for action in body["TransactItems"] for item in action.items()]
            return {(names[kind], part["TableName"]) for kind, part in items}
        case "BatchExecuteStatement":
            found = [re.match(r'INSERT INTO "(.+?)"', s["Statement"]) for s in body["Statements"]]
            return {("PartiQLInsert", insert[1]) for insert in found}
        case "BatchGetItem":
            return {(name, table) for table in body["RequestItems"]}
    index = f"/index/{body['IndexName']}" if "IndexName" in body else ""
    return {(name, f"{body['TableName']}{index}")}


def table_arn(table):
    return f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table}"


def queue_arn(queue):
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}"


def is_allowed(ask, allowed):
    return any(ask[0] == action and fnmatchcase(ask[1], arn) for action, arn in allowed)


@contextmanager
def not_counted(asked_for):
    """What the simulator sends is AWS's own doing."""
    before = set(asked_for)
    yield
    asked_for.intersection_update(before)


def test_no_statement_has_a_wildcard_in_an_action(plan):
    policies = [
        plan.policy("aws_iam_role_policy", "portal"),
        plan.policy("aws_s3_bucket_policy", "exports"),
    ]
    allowing = [s for policy in policies for s in policy if s["Effect"] == "Allow"]

    assert allowing
    assert [s for s in allowing if "*" in str(s.get("Action", "*"))] == []
    assert [s for policy in policies for s in policy if "NotAction" in s] == []


def test_each_star_in_a_resource_is_one_that_has_a_reason(allowed):
    assert {resource for _, resource in allowed if "*" in resource} == STARS


def test_every_other_resource_is_one_that_the_local_cloud_built(allowed, cloud):
    dynamodb = boto3.client("dynamodb")
    tables = [dynamodb.describe_table(TableName=name_of(t))["Table"] for t in definition("tables")]
    built = {table["TableArn"] for table in tables}
    for table in tables:
        indexes = table.get("GlobalSecondaryIndexes", [])
        built |= {f"{table['TableArn']}/index/{index['IndexName']}" for index in indexes}
    sqs = boto3.client("sqs")
    dead = [queue["dead_letter_queue"] for queue in definition("queues").values()]
    for thing in (*definition("queues"), *dead):
        url = sqs.get_queue_url(QueueName=name_of(thing))["QueueUrl"]
        answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        built.add(answer["Attributes"]["QueueArn"])
    built |= {
        f"arn:aws:s3:::{bucket['Name']}" for bucket in boto3.client("s3").list_buckets()["Buckets"]
    }
    named_elsewhere = {USER_POOL_ARN, IDENTITY, f"{MANAGEMENT}/apikeys", f"{MANAGEMENT}/usageplans"}
    named_elsewhere |= {SELLER_ARN, MAIL_SET, PORTAL}

    assert {resource for _, resource in allowed} - STARS - named_elsewhere <= built


def test_only_lambda_and_the_api_in_front_of_it_take_the_role(plan, allowed):
    role = plan.by_name("aws_iam_role")[name_of("portal")]
    [statement] = json.loads(role["assume_role_policy"])["Statement"]

    services = {"apigateway.amazonaws.com", "lambda.amazonaws.com"}
    assert set(statement["Principal"].pop("Service")) == services
    assert (statement["Principal"], statement["Action"]) == ({}, "sts:AssumeRole")
    assert {resource for action, resource in allowed if action.startswith("lambda:")} == {PORTAL}


def test_the_portal_takes_on_the_sellers_role_and_no_other(allowed):
    taken_on = {resource for action, resource in allowed if action == "sts:AssumeRole"}

    assert taken_on == {SELLER_ARN}


def test_the_bare_star_is_for_what_has_no_resources(allowed):
    actions = {action for action, resource in allowed if resource == EVERYTHING}

    of_marketplace = {action for action in actions if action.startswith("aws-marketplace:")}
    assert actions - of_marketplace == {"ses:DeleteSuppressedDestination"}


def test_a_buyers_life_needs_what_the_role_allows_and_all_that_it_allows_of_marketplace(
    arrive, buy, cloud, run_tasks, allowed, asked_for
):
    with not_counted(asked_for):
        bought = buy(CONSUMPTION, dimensions={"starter": 1})
        bought.starts_at -= timedelta(hours=5)
    fill_in(arrive(bought))
    sweep.run_due()
    run_tasks()
    with not_counted(asked_for):
        row = Agreement.objects.get()
        metered_since(row, hours_ago(3))
        use(row, 1500, at=hours_ago(2))
    sweep.run_due()
    run_tasks()
    assert cloud.marketplace.usage
    with not_counted(asked_for):
        cloud.marketplace.cancel(bought.id)
    sweep.run_due()
    run_tasks()

    assert sorted(ask for ask in asked_for if not is_allowed(ask, allowed)) == []
    of_marketplace = {pair for pair in allowed if pair[0].startswith("aws-marketplace:")}
    assert of_marketplace <= asked_for


def test_a_customers_whole_life_needs_what_the_role_allows_and_all_of_it(
    client, make_campaign, run_tasks, allowed, asked_for
):
    campaign = make_campaign()
    generation.generate_codes(campaign, count=5, max_uses=1, act=SYSTEM)
    run_tasks()
    exports.export_campaign(campaign, SYSTEM)
    values = {"file_name": "vanity.txt", "label": "", "max_uses": 1, "act": SYSTEM}
    row = imports.start_import(campaign, text="VANITY-2026\n", lines=1, **values)
    run_tasks()
    imports.import_codes(row, SYSTEM)
    run_tasks()
    for max_uses in (1, 2):
        live_through_every_verb(client, run_tasks, put_code(campaign, max_uses=max_uses))

    assert sorted(ask for ask in asked_for if not is_allowed(ask, allowed)) == []
    used = {pair for pair in allowed for ask in asked_for if is_allowed(ask, {pair})}
    rare = {(action, table_arn(name_of(thing))) for action, thing in RARE}
    action, queue = WHEN_A_WORKER_STOPS
    rare |= {(action, queue_arn(name_of(queue))), AFTER_A_LOST_ANSWER}
    unused = {
        (action, resource)
        for action, resource in allowed - used - rare - TOLD_BY_OTHERS
        if resource not in OF_MARKETPLACE
    }
    assert sorted(pair for pair in unused if pair[0] not in NEVER_ON_A_LAPTOP) == []
