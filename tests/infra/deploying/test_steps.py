"""Steps run in order, stop at the first failure and say how to go on."""

import pytest
from botocore.exceptions import ClientError

from infra.deploying.steps import Step, run_all
from infra.deploying.stopping import BeginAnew, Stopped


@pytest.fixture
def ran():
    return []


@pytest.fixture
def steps(ran):
    def step(name):
        return Step(name, f"about {name}", lambda: ran.append(name) or f"{name} found")

    return [step("one"), step("two"), step("three")]


def failing(name):
    def fail():
        raise Stopped("the tool said no")

    return Step(name, "", fail)


def test_steps_run_in_order_and_print_what_they_found(steps, ran, capsys):
    run_all(steps)

    said = capsys.readouterr().out
    assert ran == ["one", "two", "three"]
    assert "[ 2/3] two" in said
    assert "two found" in said


def test_the_first_failure_stops_and_says_how_to_go_on(steps, ran):
    with pytest.raises(Stopped) as stopped:
        run_all([steps[0], failing("two"), steps[2]], again="make deploy STAGE=dev")

    assert ran == ["one"]
    assert "the tool said no" in str(stopped.value)
    assert "make deploy STAGE=dev FROM=two" in str(stopped.value)


def test_what_needs_the_steps_before_is_not_sent_back_to_itself(steps):
    def without_package():
        raise BeginAnew("there is no package")

    with pytest.raises(Stopped) as stopped:
        run_all([*steps, Step("four", "", without_package)], again="make deploy STAGE=dev")

    assert str(stopped.value).endswith(
        "there is no package\nBegin anew with: make deploy STAGE=dev"
    )


def test_what_aws_refuses_stops_in_words_too(steps):
    def refused():
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "PutParameter")

    with pytest.raises(Stopped, match="AccessDenied(.|\n)*FROM=four"):
        run_all([*steps, Step("four", "", refused)])


def test_whoever_interrupts_is_told_how_to_go_on(steps):
    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(Stopped, match="FROM=four"):
        run_all([*steps, Step("four", "", interrupted)])


def test_one_goes_on_with_the_step_that_failed(steps, ran):
    run_all(steps, start="two")

    assert ran == ["two", "three"]


def test_a_step_that_there_is_not_is_refused_before_anything_runs(steps, ran):
    with pytest.raises(Stopped, match="one two three"):
        run_all(steps, start="four")

    assert ran == []
