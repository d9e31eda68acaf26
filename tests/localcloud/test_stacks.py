"""CloudFormation's change sets: the service transforms SAM, and a stack says what it made."""

import uuid

import boto3
import pytest

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Parameters: {{Colour: {{Type: String, Default: red}}}}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: {name}
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {{Service: lambda.amazonaws.com}}
            Action: sts:AssumeRole
  Function:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: {name}
      Handler: functions.api.handler
      Runtime: python3.13
      Role: !GetAtt Role.Arn
      CodeUri: {code}
      Environment: {{Variables: {{COLOUR: !Ref Colour}}}}
Outputs:
  Arn: {{Value: !GetAtt Function.Arn}}
"""


@pytest.fixture
def bucket(cloud):
    s3 = boto3.client("s3")
    name = f"bucket-{uuid.uuid4().hex[:8]}"
    s3.create_bucket(
        Bucket=name, CreateBucketConfiguration={"LocationConstraint": cloud.addresses.region}
    )
    for key in ("one.zip", "two.zip"):
        s3.put_object(Bucket=name, Key=key, Body=key.encode())
    return name


@pytest.fixture
def change(cloud, bucket):
    """Bring a stack to the template, as deployment tools do: from the bucket, by a change set."""
    name = f"stack-{uuid.uuid4().hex[:8]}"
    cloudformation = boto3.client("cloudformation")

    def make(kind, code, colour):
        text = TEMPLATE.format(name=name, code=f"s3://{bucket}/{code}")
        boto3.client("s3").put_object(Bucket=bucket, Key="template.yaml", Body=text.encode())
        given = [{"ParameterKey": "Colour", "ParameterValue": colour}] if colour else []
        made = cloudformation.create_change_set(
            StackName=name,
            ChangeSetName=f"change-{uuid.uuid4().hex[:8]}",
            ChangeSetType=kind,
            TemplateURL=f"{cloud.addresses.aws}/{bucket}/template.yaml",
            Parameters=given,
        )
        status = cloudformation.describe_change_set(ChangeSetName=made["Id"])["Status"]
        if status == "FAILED":
            return "without changes"
        cloudformation.execute_change_set(ChangeSetName=made["Id"])
        return cloudformation.describe_stacks(StackName=name)["Stacks"][0], function(name)

    yield make
    cloudformation.delete_stack(StackName=name)


def function(name):
    return boto3.client("lambda").get_function_configuration(FunctionName=name)


def test_a_change_set_makes_the_function_with_the_uploaded_code_and_tells_its_outputs(change):
    stack, made = change("CREATE", "one.zip", "red")

    assert made["CodeSize"] == len("one.zip")
    assert made["Environment"]["Variables"] == {"COLOUR": "red"}
    assert [output["OutputValue"] for output in stack["Outputs"]] == [made["FunctionArn"]]


def test_another_change_set_brings_other_code_and_other_settings(change):
    _, before = change("CREATE", "one.zip", "red")

    stack, after = change("UPDATE", "two.zip", "blue")

    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    assert after["CodeSha256"] != before["CodeSha256"]
    assert after["Environment"]["Variables"] == {"COLOUR": "blue"}
    assert stack["Parameters"] == [{"ParameterKey": "Colour", "ParameterValue": "blue"}]


def test_a_change_set_without_changes_says_so_whether_a_default_is_given_or_not(change):
    change("CREATE", "one.zip", "")

    assert change("UPDATE", "one.zip", "red") == "without changes"
    assert change("UPDATE", "one.zip", "blue") != "without changes"
    assert change("UPDATE", "one.zip", "blue") == "without changes"
    assert change("UPDATE", "two.zip", "blue") != "without changes"
