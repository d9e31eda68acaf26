"""What Terraform lets reach the portal's function is what that function answers."""

import io
import json
import zipfile

import boto3
import pytest

from adapters.definitions import definition, name_of
from portal import lambda_entry
from tests.infra.conftest import CERTIFICATE_ARN, one_at_a_time
from tests.local_cloud import running_cloud
from tests.terraform import Failed, local_variables

pytestmark = pytest.mark.infrastructure

PORTAL = "gatehouse-portal-local"
DOMAINS = {"portal_domain": "portal.gatehouse.example", "staff_domain": "staff.gatehouse.example"}


def make_portal():
    """Make a function of the name that Zappa gives the portal's."""
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("portal.py", "")
    role = boto3.client("iam").create_role(RoleName="zappa", AssumeRolePolicyDocument="{}")["Role"]
    boto3.client("lambda").create_function(
        FunctionName=PORTAL,
        Runtime="python3.13",
        Handler="portal.lambda_entry.handler",
        Role=role["Arn"],
        Code={"ZipFile": package.getvalue()},
    )


def make_domains():
    """Make what the edge and Zappa made, and return the id of Zappa's API."""
    gateway = boto3.client("apigateway")
    api = gateway.create_rest_api(name=PORTAL)
    [root] = gateway.get_resources(restApiId=api["id"])["items"]
    method = {"restApiId": api["id"], "resourceId": root["id"], "httpMethod": "GET"}
    gateway.put_method(**method, authorizationType="NONE")
    gateway.put_integration(**method, type="MOCK")
    gateway.create_deployment(restApiId=api["id"], stageName="local")
    for name in DOMAINS.values():
        gateway.create_domain_name(domainName=name, regionalCertificateArn=CERTIFICATE_ARN)
    return api["id"]


def mapped(name):
    [mapping] = boto3.client("apigateway").get_base_path_mappings(domainName=name)["items"]
    return mapping["restApiId"], mapping["stage"], mapping["basePath"]


def applied(root):
    cloud = running_cloud()
    cloud.reset()
    make_portal()
    variables = local_variables("local") | DOMAINS | {"portal_api_id": make_domains()}
    root.apply(aws=cloud.addresses.aws, **variables)
    root.expect_no_changes(aws=cloud.addresses.aws, **variables)
    events, functions = boto3.client("events"), boto3.client("lambda")
    policy = json.loads(functions.get_policy(FunctionName=PORTAL)["Policy"])
    told = {
        "mappings": functions.list_event_source_mappings()["EventSourceMappings"],
        "targets": {
            rule["Name"]: events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
            for rule in events.list_rules()["Rules"]
        },
        "rules": events.list_rules()["Rules"],
        "policy": policy["Statement"],
        "leads to": {name: mapped(name) for name in DOMAINS.values()},
        "portal_api_id": variables["portal_api_id"],
    }
    root.destroy(aws=cloud.addresses.aws, **variables)
    told["left"] = functions.list_event_source_mappings()["EventSourceMappings"]
    functions.delete_function(FunctionName=PORTAL)
    boto3.client("iam").delete_role(RoleName="zappa")
    return told


@pytest.fixture(scope="module")
def wiring(root_of, shared_folder):
    """What came of one apply, made by whichever process comes first."""
    file, root = shared_folder / "wiring-applied.json", root_of("wiring")
    with one_at_a_time(shared_folder):
        if not file.exists():
            file.write_text(json.dumps(applied(root), default=str))
    return json.loads(file.read_text())


@pytest.fixture(scope="module")
def planned(plan_of):
    return plan_of("wiring")


def test_every_queue_is_handed_over_and_says_which_messages_failed(wiring):
    mappings = {each["EventSourceArn"].rpartition(":")[2]: each for each in wiring["mappings"]}

    assert mappings.keys() == {name_of(thing) for thing in definition("queues")}
    for mapping in mappings.values():
        assert mapping["FunctionArn"].endswith(f":function:{PORTAL}")
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_a_task_comes_alone_and_few_come_at_once(planned):
    mappings = {
        each["event_source_arn"].rpartition(":")[2]: each
        for each in planned.of_type("aws_lambda_event_source_mapping")
    }

    assert mappings[name_of("tasks")]["batch_size"] == 1
    at_once = [each["scaling_config"][0]["maximum_concurrency"] for each in mappings.values()]
    assert all(2 <= number <= 10 for number in at_once)


@pytest.mark.parametrize("thing", definition("queues"))
def test_a_message_stays_hidden_for_longer_than_the_function_may_run(thing):
    with open("zappa_settings.json") as file:
        seconds = json.load(file)["base"]["timeout_seconds"]

    assert definition("queues")[thing]["visibility_timeout_seconds"] >= 3 * seconds


@pytest.mark.parametrize("name", definition("schedule"))
def test_the_portal_knows_each_rule_that_wakes_it(wiring, name):
    rules = {rule["Name"]: rule for rule in wiring["rules"]}
    rule = rules[name_of(name)]
    event = {"detail-type": "Scheduled Event", "resources": [rule["Arn"]]}

    assert rule["ScheduleExpression"] == definition("schedule")[name]["eventbridge"]
    assert lambda_entry._scheduled_task(event) == definition("schedule")[name]["task"]
    [target] = wiring["targets"][name_of(name)]
    assert target["Arn"].endswith(f":function:{PORTAL}")


def test_only_these_rules_may_invoke_the_portal(wiring):
    allowed = [
        (statement["Principal"]["Service"], statement["Condition"]["ArnLike"]["AWS:SourceArn"])
        for statement in wiring["policy"]
    ]

    rules = [("events.amazonaws.com", rule["Arn"]) for rule in wiring["rules"]]
    assert sorted(allowed) == sorted(rules)


def test_both_host_names_lead_to_the_portals_api_and_its_stage(wiring):
    led = (wiring["portal_api_id"], "local", "(none)")

    assert {name: tuple(to) for name, to in wiring["leads to"].items()} == dict.fromkeys(
        DOMAINS.values(), led
    )


def test_a_domain_that_would_lead_nowhere_is_refused(root_of, shared_folder):
    root = root_of("wiring")

    with one_at_a_time(shared_folder), pytest.raises(Failed, match="deploy the portal first"):
        root.plan(**local_variables("local"), **DOMAINS)


def test_taken_down_nothing_is_delivered_any_more(wiring):
    assert wiring["left"] == []
