"""Somebody hears of it, and finds written down what to do."""

import json
import re
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from adapters.definitions import definition, name_of
from localcloud.place import ACCOUNT, REGION
from tests.infra.conftest import MONTHLY_BUDGET

pytestmark = pytest.mark.infrastructure

ROOT = Path(__file__).resolve().parent.parent.parent
ROOMS = ("portal", "marketplace", "tenants", "campaigns", "backoffice")
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:{name_of('alarms')}"


@pytest.fixture(scope="module")
def alarms(plan, edge_plan):
    """Return every alarm by its name without the stage."""
    found = [
        *plan.of_type("aws_cloudwatch_metric_alarm"),
        *edge_plan.of_type("aws_cloudwatch_metric_alarm"),
    ]
    return {alarm["alarm_name"].removeprefix(name_of("")): alarm for alarm in found}


def metrics_of_the_code():
    files = [file for room in ROOMS for file in (ROOT / room).rglob("*.py")]
    return {name for file in files for name in re.findall(r'"metric (\w+):', file.read_text())}


def runbook():
    """Return the text of each section by its heading."""
    text = (ROOT / "docs/runbooks.md").read_text()
    return dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", text, re.M | re.S))


def test_every_metric_that_the_portal_logs_is_counted_and_no_other(plan):
    filters = plan.of_type("aws_cloudwatch_log_metric_filter")

    counted = {each["metric_transformation"][0]["name"] for each in filters}
    assert counted == metrics_of_the_code()
    assert {each["log_group_name"] for each in filters} == {"/aws/lambda/gatehouse-portal-local"}
    for each in filters:
        [what] = each["metric_transformation"]
        assert each["pattern"] == f'{{ $.metric = "{what["name"]}" }}'
        assert (what["namespace"], what["value"]) == ("Gatehouse/local", "$.value")


def test_every_alarm_on_a_metric_of_ours_has_one_that_is_counted(plan, edge_plan, alarms):
    filters = plan.of_type("aws_cloudwatch_log_metric_filter")
    filters += edge_plan.of_type("aws_cloudwatch_log_metric_filter")
    counted = {each["metric_transformation"][0]["name"] for each in filters}

    ours = {a["metric_name"] for a in alarms.values() if a["namespace"] == "Gatehouse/local"}

    # Of each address that came back a line; staff are alarmed by what waits for them.
    assert counted - ours == {"suppressed_address"}
    assert ours <= counted


def test_every_alarm_reaches_the_topic_and_is_calm_while_nothing_is_measured(alarms):
    assert len(alarms) > 20
    for alarm in alarms.values():
        assert alarm["alarm_actions"] == [TOPIC]
        assert alarm["treat_missing_data"] == "notBreaching"


def test_every_alarm_names_its_section_of_the_runbook_which_says_what_to_do(alarms):
    sections = runbook()

    for name, alarm in alarms.items():
        section = alarm["alarm_description"].partition("docs/runbooks.md#")[2]
        assert section in sections, name
        for part in ("mean", "**First look:**", "**Mend:**"):
            assert part in sections[section], section
        assert section == name or f"`{name}`" in sections[section], name


def test_no_section_is_left_of_an_alarm_that_is_gone(alarms):
    named = {a["alarm_description"].partition("docs/runbooks.md#")[2] for a in alarms.values()}

    assert runbook().keys() - named == {"The budget and odd costs"}


def test_keys_alarm_where_the_portal_says_that_room_is_tight(alarms):
    room = definition("control_plane")["apigateway"]["api keys"]

    assert alarms["keys-nearly-full"]["threshold"] == room["most"] * room["alarm_percent"] / 100


@pytest.mark.parametrize("thing", definition("queues"))
def test_what_is_given_up_and_what_waits_too_long_alarms(alarms, thing):
    dead, late = alarms[f"dead-{thing}"], alarms[f"late-{thing}"]
    of_dead = name_of(definition("queues")[thing]["dead_letter_queue"])

    assert (dead["dimensions"], dead["threshold"]) == ({"QueueName": of_dead}, 0)
    assert late["dimensions"] == {"QueueName": name_of(thing)}
    assert late["metric_name"] == "ApproximateAgeOfOldestMessage"


def test_only_alarms_budget_and_odd_costs_of_this_account_may_speak_to_the_topic(plan):
    [statement] = plan.policy("aws_sns_topic_policy", "alarms")

    assert (statement["Action"], statement["Resource"]) == ("sns:Publish", TOPIC)
    assert sorted(statement["Principal"]["Service"]) == [
        "budgets.amazonaws.com",
        "cloudwatch.amazonaws.com",
        "costalerts.amazonaws.com",
    ]
    assert statement["Condition"] == {"StringEquals": {"AWS:SourceAccount": ACCOUNT}}


def test_whoever_is_named_gets_alarms_by_mail(plan):
    [told] = [s for s in plan.of_type("aws_sns_topic_subscription") if s["protocol"] == "email"]

    assert told["endpoint"] == "operators@gatehouse.example"


def test_the_budget_tells_before_it_is_spent(plan):
    [budget] = plan.of_type("aws_budgets_budget")

    assert (budget["limit_amount"], budget["time_unit"]) == (str(MONTHLY_BUDGET), "MONTHLY")
    kinds = {n["notification_type"]: n["threshold"] for n in budget["notification"]}
    assert kinds == {"ACTUAL": 80, "FORECASTED": 100}
    assert all(n["subscriber_sns_topic_arns"] == [TOPIC] for n in budget["notification"])


def test_a_service_that_suddenly_costs_more_is_told_of_at_once(plan):
    [monitor] = plan.of_type("aws_ce_anomaly_monitor")
    [told] = plan.of_type("aws_ce_anomaly_subscription")

    assert (monitor["monitor_type"], monitor["monitor_dimension"]) == ("DIMENSIONAL", "SERVICE")
    assert told["frequency"] == "IMMEDIATE"
    assert told["subscriber"] == [{"address": TOPIC, "type": "SNS"}]


def test_the_dashboard_shows_metrics_that_are_there(plan, edge_plan):
    [dashboard] = edge_plan.of_type("aws_cloudwatch_dashboard")
    filters = plan.of_type("aws_cloudwatch_log_metric_filter")
    counted = {each["metric_transformation"][0]["name"] for each in filters}
    queues = plan.by_name("aws_sqs_queue")

    widgets = json.loads(dashboard["dashboard_body"])["widgets"]

    shown = [metric for widget in widgets for metric in widget["properties"]["metrics"]]
    assert {m[1] for m in shown if m[0] == "Gatehouse/local"} <= counted
    assert {m[3] for m in shown if m[0] == "AWS/SQS"} == queues.keys()
    assert len({(widget["x"], widget["y"]) for widget in widgets}) == len(widgets)


def test_notices_of_aws_marketplace_reach_the_queue_by_way_of_a_bus_here(plan):
    [role] = [r for r in plan.of_type("aws_iam_role") if r["name"] == name_of("agreements")]
    [allowed] = plan.policy("aws_iam_role_policy", "event_bus")
    [filled] = plan.policy("aws_sqs_queue_policy", "notices")
    rules = plan.of_type("aws_cloudwatch_event_rule")
    trust = json.loads(role["assume_role_policy"])["Statement"][0]

    assert trust["Principal"] == {"Service": "events.amazonaws.com"}
    assert allowed["Action"] == "events:PutEvents"
    assert allowed["Resource"].endswith(f":event-bus/{name_of('agreements')}")
    assert filled["Resource"].endswith(f":{name_of('notices')}")
    [rule] = filled["Condition"]["ArnEquals"].values()
    name = name_of("agreements")
    assert fnmatchcase(rule, f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{name}/{name}")
    assert {r["event_pattern"] for r in rules} == {'{"source":["aws.agreement-marketplace"]}'}
