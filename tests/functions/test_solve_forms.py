"""A problem as a matrix, as a list of terms, or as a dictionary: the same problem each time."""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.definitions import definition
from functions.json_bodies import MOST_CHARACTERS
from tests.functions.calls import open_key, post, refusal, solve

MOST = definition("tiers")["free"]["max_variables"]
NUMBERS = st.floats(-1e6, 1e6).map(lambda number: round(number, 3))


@pytest.fixture(autouse=True)
def key():
    open_key()


def test_a_matrix_is_answered_by_a_list():
    assert solve(qubo=[[-1, 2], [0, -2]], seed=1) == (
        200,
        {"solution": [0, 1], "energy": -2.0, "units": 1},
    )


def test_terms_are_answered_by_a_list():
    assert solve(terms=[[0, 0, -1], [0, 1, 2], [1, 1, -2]])[1]["solution"] == [0, 1]


def test_repeated_terms_are_added_without_rounding_in_between():
    terms = [[0, 0, 1e20], [0, 0, -1.0], [0, 0, -1e20]]

    assert solve(terms=terms)[1] == {"solution": [1], "energy": -1.0, "units": 1}


def test_a_variable_that_no_term_names_is_there_all_the_same():
    _, answer = solve(terms=[[2, 2, -1]])

    assert len(answer["solution"]) == 3
    assert answer["solution"][2] == 1


def test_a_dictionary_of_pairs_is_answered_with_its_own_labels():
    _, answer = solve(qubo={"a,a": -1, "a,b": 2, "b,b": -2})

    assert answer == {"solution": {"a": 0, "b": 1}, "energy": -2.0, "units": 1}


def test_a_dictionary_of_dictionaries_is_answered_with_its_own_labels():
    _, answer = solve(qubo={"left": {"left": -1, "right": 2}, "right": {"right": -2}})

    assert answer["solution"] == {"left": 0, "right": 1}


def test_both_ways_round_a_pair_counts_twice():
    assert solve(qubo={"a,b": -1, "b,a": -1})[1]["energy"] == -2


def test_labels_may_be_in_any_language_and_have_blanks_around_them():
    _, answer = solve(qubo={" größe , größe ": -1, "größe,寸": 2})

    assert answer["solution"] == {"größe": 1, "寸": 0}


def test_half_a_character_is_a_label_like_any_other():
    status, _, answer = post('{"qubo": {"\\ud800,\\ud800": -1}}')

    assert (status, answer["solution"]) == (200, {"\ud800": 1})


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.integers(1, 5).flatmap(
        lambda n: st.lists(st.lists(NUMBERS, min_size=n, max_size=n), min_size=n, max_size=n)
    )
)
def test_the_same_problem_in_each_form_has_the_same_answer(matrix):
    cells = [(i, j, value) for i, row in enumerate(matrix) for j, value in enumerate(row)]
    names = [f"x{index}" for index in range(len(matrix))]
    pairs = {f"{names[i]},{names[j]}": value for i, j, value in cells}
    nested = {a: {b: pairs[f"{a},{b}"] for b in names} for a in names}
    shuffled = random.Random(1).sample(cells, len(cells))

    _, first = solve(qubo=matrix, seed=1)
    answers = [
        solve(terms=[list(cell) for cell in shuffled], seed=1)[1],
        solve(qubo=pairs, seed=1)[1],
        solve(qubo=nested, seed=1)[1],
    ]

    assert {answer["energy"] for answer in answers} == {first["energy"]}
    assert answers[0]["solution"] == first["solution"]
    assert list(answers[1]["solution"].values()) == first["solution"]
    assert answers[1] == answers[2]


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"terms": []}, "#/terms"),
        ({"terms": {}}, "#/terms"),
        ({"terms": [[0, 0]]}, "#/terms/0"),
        ({"terms": [[0, 0, 1], 7]}, "#/terms/1"),
        ({"terms": [[0, -1, 1]]}, "#/terms/0/1"),
        ({"terms": [[0.0, 1, 1]]}, "#/terms/0/0"),
        ({"terms": [["a", "b", 1]]}, "#/terms/0/0"),
        ({"terms": [[True, 0, 1]]}, "#/terms/0/0"),
        ({"terms": [[0, 0, "1"]]}, "#/terms/0/2"),
        ({"qubo": {}}, "#/qubo"),
        ({"qubo": {"a": {}}}, "#/qubo"),
        ({"qubo": {"a": 1}}, "#/qubo/a"),
        ({"qubo": {"a,b,c": 1}}, "#/qubo/a,b,c"),
        ({"qubo": {"a,": 1}}, "#/qubo/a,"),
        ({"qubo": {"a,b": "1"}}, "#/qubo/a,b"),
        ({"qubo": {"a,b": [1]}}, "#/qubo/a,b"),
        ({"qubo": {"a,b": None}}, "#/qubo/a,b"),
        ({"qubo": {"a": {"b": True}}}, "#/qubo/a/b"),
        ({"qubo": {"a": {" ": 1}}}, "#/qubo/a/%20"),
        ({"qubo": {"a": {"b": {"c": 1}}}}, "#/qubo/a/b"),
        ({"qubo": {"x" * 65 + ",y": 1}}, f"#/qubo/{'x' * 65},y"),
        ({"qubo": [[1, 2], [3]]}, "#/qubo/1"),
        ({"qubo": [[1, None], [3, 4]]}, "#/qubo/0/1"),
    ],
)
def test_what_cannot_be_read_is_pointed_at(fields, place):
    assert refusal(fields) == ("qubo_invalid", place)


@pytest.mark.parametrize("pairs", ['"a,b": 1, "a, b": 2', '"a": {"b": 1}, "a,b": 2'])
def test_keys_that_mean_the_same_pair_are_refused(pairs):
    assert refusal(f'{{"qubo": {{{pairs}}}}}')[0] == "qubo_invalid"


@pytest.mark.parametrize(
    "body",
    [
        '{"qubo": {"a,b": 1, "a,b": 2}}',
        '{"qubo": {"a": {"b": 1, "b": 2}}}',
        '{"qubo": [[1]], "qubo": [[2]]}',
    ],
)
def test_a_name_that_stands_twice_is_refused_and_not_half_forgotten(body):
    _, _, answer = post(body)

    assert answer["code"] == "body_not_json"
    assert "twice" in answer["detail"]


@pytest.mark.parametrize("fields", [{}, {"seed": 1}, {"qubo": [[1]], "terms": [[0, 0, 1]]}])
def test_one_form_is_sent_and_not_two(fields):
    assert refusal(fields)[0] == "field_missing"


def test_a_list_of_terms_that_was_sent_as_a_matrix_is_told_apart():
    _, answer = solve(qubo=[[0, 1, 2.5], [1, 1, -1]])

    assert '"terms"' in answer["detail"]


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"qubo": [[0] * (MOST + 1)] * (MOST + 1)}, "#/qubo"),
        ({"terms": [[0, 0, 1], [MOST, 0, 1]]}, "#/terms/1/0"),
        ({"terms": [[0, 10**9, 1]]}, "#/terms/0/1"),
        ({"terms": [[0, 10**4200, 1]]}, "#/terms/0/1"),
        ({"qubo": {f"x{n},x{n}": 1 for n in range(MOST + 1)}}, f"#/qubo/x{MOST},x{MOST}"),
        ({"qubo": {"a": {f"x{n}": 1 for n in range(MOST)}}}, f"#/qubo/a/x{MOST - 1}"),
    ],
)
def test_more_variables_than_the_tier_allows_are_refused_in_every_form(fields, place):
    assert refusal(fields) == ("too_many_variables", place)


def test_as_many_variables_as_the_tier_allows_are_solved_in_every_form():
    forms = [
        {"qubo": [[0] * MOST] * MOST},
        {"terms": [[MOST - 1, 0, 1]]},
        {"qubo": {f"x{n},x{n}": -1 for n in range(MOST)}},
    ]

    answers = [solve(**form) for form in forms]

    assert [status for status, _ in answers] == [200] * 3
    assert {len(answer["solution"]) for _, answer in answers} == {MOST}


def test_more_terms_than_there_are_pairs_are_refused():
    within, beyond = ([[0, 0, -1]] * count for count in (MOST**2, MOST**2 + 1))

    assert solve(terms=within)[1]["energy"] == -(MOST**2)
    assert refusal({"terms": beyond}) == ("too_many_terms", "#/terms")


def test_the_largest_numbers_in_every_place_still_give_a_number():
    forms = [{"terms": [[0, 0, -1e300]] * MOST**2}, {"qubo": [[-1e300] * MOST] * MOST}]

    energies = [solve(**form)[1]["energy"] for form in forms]

    assert energies == [pytest.approx(-(MOST**2) * 1e300)] * 2


def test_a_body_of_ten_million_characters_is_refused_unread():
    status, _, answer = post('{"qubo": [' + "[1]," * 2_500_000 + "[1]]}")

    assert (status, answer["code"]) == (413, "body_too_large")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from Linux")
@pytest.mark.parametrize("piece", ["[],", "{},", '{"":0},', "1,", "[[[[[]]]]],", "1.5e7,"])
def test_the_largest_body_is_read_in_less_memory_than_the_function_has(piece):
    """512 MiB would do; infra/functions.yaml gives it more for the processor that comes with it."""
    script = f"""
from functions.json_bodies import MOST_CHARACTERS, read_object
piece = {piece!r}
body = '{{"qubo": [' + piece * ((MOST_CHARACTERS - 20) // len(piece)) + "0]}}"
read_object(body, known=["qubo"])
print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert int(done.stdout) < 256 * 1024


def test_a_body_of_the_most_characters_is_read():
    assert refusal(json.dumps({"qubo": [[1]], "seed": 1}).ljust(MOST_CHARACTERS)) == (None, None)
