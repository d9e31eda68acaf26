"""SAM's and Zappa's own commands, as a deployment calls them; `make rehearse` is all of it."""

import base64
import hashlib
import io
import json
import sys
import zipfile

import boto3
import pytest

from infra import packages
from infra.deploying import portal, releases, sam
from infra.deploying.running import python_with, run
from infra.deploying.stages import ROOT
from infra.deploying.stopping import Stopped

pytestmark = [pytest.mark.infrastructure, pytest.mark.timeout(400)]


def zipped(text):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as package:
        package.writestr("package.txt", text)
    return file.getvalue()


def hash_of(content):
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


@pytest.fixture
def bucket(stage):
    releases.make_bucket(stage)
    yield stage.bucket
    releases.empty_bucket(stage)


def test_sam_finds_nothing_wrong_with_the_functions(tmp_path):
    words = ["validate", "--lint", "--region", "eu-central-1", "-t", ROOT / "infra/functions.yaml"]

    said = run([python_with("sam"), "-m", "samcli", *words], into=tmp_path / "log")

    assert "is a valid SAM Template" in said


@pytest.fixture
def template(tmp_path, monkeypatch):
    """The real template, in a checkout whose code is small."""
    infra = tmp_path / "checkout/infra"
    infra.mkdir(parents=True)
    (infra / "functions.yaml").write_text((ROOT / "infra/functions.yaml").read_text())
    (tmp_path / "checkout/build").mkdir()
    monkeypatch.setattr(sam, "_INFRA", infra)
    return tmp_path / "checkout/build/functions.zip"


def test_the_functions_are_put_up_and_a_second_plan_is_empty(stage, bucket, template):
    template.write_bytes(zipped("one"))
    packaged = sam.package_functions(stage)

    made = sam.deploy(stage, "functions", packaged, Stage=stage.name, UserPoolId="pool-1")

    planned = sam.plan(stage, "functions", packaged, Stage=stage.name)
    assert "No changes to deploy" in planned
    name = made["ApiArn"].rpartition(":")[2]
    runs = boto3.client("lambda").get_function_configuration(FunctionName=name)
    assert runs["CodeSha256"] == hash_of(template.read_bytes())
    assert runs["Environment"]["Variables"]["USER_POOL_ID"] == "pool-1"
    assert sam.parameters(stage, "functions")["UserPoolId"] == "pool-1"
    sam.delete(stage, "functions")
    with pytest.raises(Stopped, match="no stack"):
        sam.outputs(stage, "functions")


@pytest.fixture
def role(stage):
    iam = boto3.client("iam")
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    name = f"gatehouse-{stage.name}-portal"
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    yield name
    iam.delete_role(RoleName=name)


def test_the_portal_is_put_up_brought_up_to_date_from_the_bucket_and_taken_down(
    stage, bucket, role, tmp_path, monkeypatch
):
    base = json.loads((ROOT / "zappa_settings.json").read_text())["base"]
    own = {"extends": "base", "role_name": role, "s3_bucket": bucket}
    own["aws_environment_variables"] = {"STAGE": stage.name}
    monkeypatch.setattr(portal, "_zappa_settings", lambda _: {"base": base, stage.name: own})
    first, second = zipped("one"), zipped("two")
    (tmp_path / "portal.zip").write_bytes(first)
    boto3.client("s3").put_object(Bucket=bucket, Key="two.zip", Body=second)

    put_up = portal.deploy(stage, str(tmp_path / "portal.zip"), code_hash=hash_of(first))
    brought = portal.deploy(stage, f"s3://{bucket}/two.zip", code_hash=hash_of(second))

    assert (put_up, brought) == ("deploy", "update")
    with pytest.raises(Stopped, match="and not"):
        portal.deploy(stage, f"s3://{bucket}/two.zip", code_hash=hash_of(first))
    portal.undeploy(stage)
    assert portal.running_hash(stage) is None


def test_what_a_tool_says_of_its_failure_is_told(tmp_path):
    words = ["-c", "print('it went wrong'); raise SystemExit(3)"]

    with pytest.raises(Stopped, match="it went wrong(.|\n)*All it said"):
        run([sys.executable, *words], into=tmp_path / "log")

    assert "it went wrong" in run([sys.executable, *words], into=tmp_path / "log", allowed=(3,))


def test_an_environment_is_made_once_for_each_content_of_its_lock(tmp_path):
    lock = tmp_path / "some.txt"
    lock.write_text("")

    first = packages.environment_of(lock, tmp_path)
    (first / "mark").touch()

    assert (packages.environment_of(lock, tmp_path) / "mark").exists()
    lock.write_text("# another")
    assert not (packages.environment_of(lock, tmp_path) / "mark").exists()
