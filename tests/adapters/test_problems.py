"""Problem details: one shape for every error of the API, and one list of codes."""

import re

import pytest

from adapters.definitions import definition
from adapters.problems import Mistake, pointer, problem
from tests.terraform import INFRA

PROBLEMS = definition("problems")["problems"]
# How the functions name a code: Declined("code", …) and _decline("code", …).
NAMED = re.compile(r'(?:Declined|_?decline)\(\s*"(\w+)"')


def codes_of_the_functions():
    files = (INFRA.parent / "functions").glob("*.py")
    return {code for file in files for code in NAMED.findall(file.read_text())}


def test_a_problem_says_everything_that_rfc_9457_and_readers_of_api_gateway_look_for():
    assert problem("key_unknown", detail="Copy it again.", request_id="request-1") == {
        "type": "/docs/api/problems#key_unknown",
        "title": PROBLEMS["key_unknown"]["title"],
        "status": 403,
        "detail": "Copy it again.",
        "message": "Copy it again.",
        "code": "key_unknown",
        "request_id": "request-1",
    }


def test_mistakes_are_listed_with_the_place_of_each():
    told = problem(
        "qubo_invalid", detail="…", request_id="1", mistakes=[Mistake("#/qubo/0", "is no row")]
    )

    assert told["errors"] == [{"pointer": "#/qubo/0", "detail": "is no row"}]


@pytest.mark.parametrize(
    ("steps", "written"),
    [
        ((), "#"),
        (("qubo", 0, 1), "#/qubo/0/1"),
        (("qubo", "a/b~c"), "#/qubo/a~1b~0c"),
        (("qubo", "0,1"), "#/qubo/0,1"),
        (("qubo", 'é"'), "#/qubo/%C3%A9%22"),
    ],
)
def test_a_pointer_is_a_fragment(steps, written):
    assert pointer(*steps) == written


def test_a_pointer_does_not_repeat_a_name_as_long_as_a_body():
    assert len(pointer("x" * 1_000_000)) < 100


def test_every_code_of_the_functions_is_listed():
    assert len(codes_of_the_functions()) > 10
    assert codes_of_the_functions() <= PROBLEMS.keys()


@pytest.mark.parametrize("code", PROBLEMS)
def test_a_code_is_an_error_with_a_title_and_a_next_step(code):
    entry = PROBLEMS[code]

    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", code)
    assert entry.keys() == {"status", "title", "advice"}
    assert 400 <= entry["status"] < 600
    assert entry["title"]
    assert entry["advice"].endswith(".")
