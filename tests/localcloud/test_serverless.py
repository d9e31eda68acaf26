"""The part of SAM that the local cloud transforms."""

import pytest

from localcloud.serverless import NotUnderstood, transformed
from localcloud.templates import template


def sam(shared=None, **properties):
    function = {"Type": "AWS::Serverless::Function", "DependsOn": "Logs", "Properties": properties}
    return {
        "Transform": "AWS::Serverless-2016-10-31",
        "Globals": {"Function": shared or {}},
        "Resources": {"Api": function, "Logs": {"Type": "AWS::Logs::LogGroup"}},
    }


def test_a_function_becomes_a_plain_one():
    plain = transformed(sam(Handler="functions.api.handler", CodeUri="../build"))

    api = plain["Resources"]["Api"]
    assert (api["Type"], api["DependsOn"]) == ("AWS::Lambda::Function", "Logs")
    assert api["Properties"]["Handler"] == "functions.api.handler"
    assert "CodeUri" not in api["Properties"]
    assert plain.keys() == {"Resources"}


def test_other_resources_stay_as_they_are():
    assert transformed(sam())["Resources"]["Logs"] == {"Type": "AWS::Logs::LogGroup"}


def test_a_function_has_the_shared_properties_and_its_own():
    shared = {"Timeout": 3, "Environment": {"Variables": {"STAGE": "dev"}}}

    plain = transformed(sam(shared, Timeout=5, Environment={"Variables": {"MORE": "1"}}))

    properties = plain["Resources"]["Api"]["Properties"]
    assert properties["Timeout"] == 5
    assert properties["Environment"] == {"Variables": {"STAGE": "dev", "MORE": "1"}}


def test_what_is_not_understood_is_not_dropped():
    with pytest.raises(NotUnderstood, match="Events"):
        transformed(sam(Events={}))


def test_no_policy_names_an_action_or_a_table_by_wildcard():
    roles = [
        r for r in template("functions")["Resources"].values() if r["Type"] == "AWS::IAM::Role"
    ]

    statements = [
        statement
        for role in roles
        for policy in role["Properties"]["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
    ]
    assert len(statements) >= 11
    lists = {"Fn::Sub": "arn:${AWS::Partition}:s3:::gatehouse-${Stage}-exports/batches/*"}
    assert not [s for s in statements if "*" in str(s["Action"])]
    assert [s["Resource"] for s in statements if "*" in str(s["Resource"])] == [lists]
