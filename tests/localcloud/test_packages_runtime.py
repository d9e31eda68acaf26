"""Where deployments are rehearsed, Lambda runs the uploaded package and nothing beside it."""

import io
import json
import time
import zipfile
from types import SimpleNamespace

import pytest

from localcloud.functions_runtime import RUNNER, Context, FunctionFailed
from localcloud.packages_runtime import PackagesRuntime

HANDLER = """
import os, sys, time

calls = 0

def handler(event, context):
    global calls
    calls += 1
    print("this goes to the log")
    if event == "fail":
        raise ValueError("no")
    if event == "wait":
        time.sleep(60)
    if event == "die":
        os._exit(1)
    return {"event": event, "calls": calls, "colour": os.environ.get("COLOUR"),
            "aws": os.environ.get("AWS_ENDPOINT_URL"), "modules": [p for p in sys.path]}

def ask_aws(event, context):
    import boto3
    return boto3.client("sts").get_caller_identity()["Account"]
"""


@pytest.fixture
def runtime(cloud):
    runtime = PackagesRuntime()
    runtime.install()
    yield runtime
    runtime.stop()


@pytest.fixture
def make_function():
    def make(source=HANDLER, *, handler="portal.handler", **environment):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as package:
            package.writestr("portal.py", source)
        return SimpleNamespace(
            function_name="gatehouse-portal-test",
            code_bytes=file.getvalue(),
            code_sha_256=str(hash(source)),
            handler=handler,
            environment_vars=environment,
        )

    return make


def run(function, event="hello", *, seconds=60):
    deadline = time.monotonic() + seconds
    context = Context("gatehouse-portal-test", "arn:aws:lambda:x", "128", deadline)
    return json.loads(RUNNER.run(function, json.dumps(event), context))


def test_the_package_answers_with_its_own_settings(runtime, make_function):
    answer = run(make_function(COLOUR="green"))

    assert (answer["event"], answer["colour"]) == ("hello", "green")


def test_nothing_of_this_repository_is_there(runtime, make_function):
    with pytest.raises(FunctionFailed, match="No module named 'adapters'"):
        run(make_function("import adapters\n" + HANDLER))


def test_a_process_is_used_again_until_its_package_or_its_settings_change(runtime, make_function):
    function = make_function()

    calls = [run(function)["calls"], run(function)["calls"]]

    assert calls == [1, 2]
    assert run(make_function(COLOUR="red"))["calls"] == 1
    assert run(make_function(HANDLER + "# newer"))["calls"] == 1


def test_an_error_is_the_functions_answer_and_the_process_lives(runtime, make_function):
    function = make_function()

    with pytest.raises(FunctionFailed, match="ValueError: no"):
        run(function, "fail")

    assert run(function)["calls"] == 2


def test_a_process_that_died_is_not_used_again(runtime, make_function):
    function = make_function()

    with pytest.raises(FunctionFailed, match="exited"):
        run(function, "die")

    assert run(function)["calls"] == 1


def test_a_process_that_takes_too_long_is_gone(runtime, make_function):
    function = make_function()

    with pytest.raises(FunctionFailed, match="exited"):
        run(function, "wait", seconds=0.5)

    assert run(function)["calls"] == 1


def test_the_package_finds_this_cloud_although_nobody_says_so(runtime, make_function):
    assert run(make_function())["aws"] is None
    assert run(make_function(handler="portal.ask_aws")) == "123456789012"


def test_handlers_run_from_the_repository_again_afterwards(cloud, make_function):
    before = RUNNER.run
    runtime = PackagesRuntime()
    runtime.install()

    runtime.stop()

    assert RUNNER.run == before
