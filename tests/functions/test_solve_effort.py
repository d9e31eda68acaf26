"""How hard to look: reads, sweeps and time limits, within what the tier allows."""

import random
import time
from types import SimpleNamespace

import pytest

from adapters.definitions import definition
from functions.annealing import STEPS_PER_SECOND, Effort, TooSlow, solve, steps_for, units_for
from functions.solve_requests import LEAST_SECONDS
from tests.functions.calls import open_key, post
from tests.functions.calls import solve as call

TIERS = definition("tiers")
FREE = TIERS["free"]


@pytest.fixture(autouse=True)
def key():
    open_key()


def noise(size, seed=1):
    chance = random.Random(seed)
    return [[chance.uniform(-1, 1) for _ in range(size)] for _ in range(size)]


def flat(size):
    return [[0] * size for _ in range(size)]


def wrong(**fields):
    status, answer = call(qubo=[[1]], **fields)
    return status, answer["code"], answer["errors"][0]["pointer"]


@pytest.mark.parametrize("name", ["reads", "sweeps"])
@pytest.mark.parametrize("value", [0, -1, 1.5, "1", True, None, [1]])
def test_what_is_no_count_is_refused(name, value):
    assert wrong(**{name: value}) == (400, f"{name}_invalid", f"#/{name}")


@pytest.mark.parametrize("value", [0, -1, LEAST_SECONDS / 2, "1", True, None])
def test_what_is_no_time_limit_is_refused(value):
    assert wrong(time_limit=value) == (400, "time_limit_invalid", "#/time_limit")


def test_a_time_limit_that_is_no_number_is_refused():
    assert post('{"qubo": [[1]], "time_limit": NaN}')[2]["code"] == "time_limit_invalid"


@pytest.mark.parametrize("name", ["reads", "sweeps", "time_limit"])
@pytest.mark.parametrize("beyond", [1, 10**4200])
def test_more_than_the_tier_allows_is_refused_with_the_number_it_allows(name, beyond):
    most = FREE[{"time_limit": "max_seconds"}.get(name, f"max_{name}")]

    allowed = call(qubo=[[1]], **{name: most})
    status, answer = call(qubo=[[1]], **{name: most + beyond})

    assert allowed[0] == 200
    assert (status, answer["code"]) == (400, "above_tier")
    assert str(most) in answer["detail"]


def test_an_endless_time_limit_is_more_than_the_tier_allows():
    assert post('{"qubo": [[1]], "time_limit": Infinity}')[2]["code"] == "above_tier"


def test_size_reads_and_sweeps_together_are_bounded_by_the_tier():
    open_key("enterprise")

    status, answer = call(qubo=flat(256), reads=200)

    assert (status, answer["code"]) == (400, "too_much_work")


@pytest.mark.parametrize("tier", TIERS)
def test_a_tier_allows_the_usual_effort_at_its_largest_size(tier):
    steps = steps_for(TIERS[tier]["max_variables"], Effort())

    assert steps <= TIERS[tier]["max_seconds"] * STEPS_PER_SECOND


def test_more_reads_cost_more():
    _, usual = call(qubo=flat(16))
    _, many = call(qubo=flat(16), reads=20, sweeps=1000)

    assert (usual["units"], many["units"]) == (1, 6)


def test_what_is_metered_is_what_was_done():
    open_key("enterprise")

    _, answer = call(qubo=flat(64), reads=40, time_limit=1)

    assert answer["units"] == units_for(64, Effort(16, 300)) == 20


def test_without_a_time_limit_the_answer_says_nothing_of_being_complete():
    assert "complete" not in call(qubo=flat(16))[1]


def test_a_time_limit_that_is_long_enough_leaves_the_answer_as_it_is():
    _, without = call(qubo=noise(16), seed=1)
    _, within = call(qubo=noise(16), seed=1, time_limit=2)

    assert within == {**without, "complete": True}


def test_a_time_limit_that_is_too_short_takes_fewer_reads_and_says_so():
    open_key("starter")

    _, cut = call(qubo=noise(64), seed=1, reads=4, time_limit=0.1)
    _, one = call(qubo=noise(64), seed=1, reads=1)

    assert cut == {**one, "complete": False}


def test_a_time_limit_that_not_one_read_fits_into_takes_fewer_sweeps():
    open_key("enterprise")

    _, cut = call(qubo=flat(256), seed=1, time_limit=0.1)

    assert (cut["complete"], cut["units"]) == (False, 2)


def test_the_same_seed_and_time_limit_give_the_same_answer_on_a_slow_machine(monkeypatch):
    open_key("starter")
    wish = {"qubo": noise(64), "seed": 3, "time_limit": 0.2}
    _, quick = call(**wish)
    original = random.Random.random
    slow = type("Slow", (random.Random,), {"random": lambda self: dawdle() or original(self)})
    monkeypatch.setattr("functions.annealing.random.Random", slow)

    _, slowly = call(**wish)

    assert slowly == quick


def dawdle():
    for _ in range(20):
        pass


@pytest.mark.parametrize(
    ("steps", "fits"),
    [
        (100 * 300 * 4, Effort(4, 300)),
        (100 * 300 * 4 - 1, Effort(3, 300)),
        (100 * 300, Effort(1, 300)),
        (100 * 300 - 1, Effort(1, 299)),
        (100, Effort(1, 1)),
        (1, Effort(1, 1)),
        (10**9, Effort(4, 300)),
    ],
)
def test_an_effort_is_cut_to_what_fits(steps, fits):
    assert Effort(4, 300).within(steps, variables=10) == fits


def test_one_read_of_one_sweep_is_an_answer_too():
    found = solve(noise(20), seed=1, effort=Effort(1, 1))

    assert found.energy < 0


def test_small_problems_are_solved_to_the_optimum_whatever_the_effort():
    assert solve(noise(12), seed=1, effort=Effort(1, 1)) == solve(noise(12), seed=2)


def test_a_machine_that_does_not_get_through_answers_an_error_and_no_half_answer():
    asked = []
    with pytest.raises(TooSlow):
        solve(noise(20), seed=1, is_late=lambda: bool(asked.append(1)) or len(asked) > 5)

    assert len(asked) == 6


def test_a_call_whose_time_is_nearly_over_is_answered_before_lambda_ends_it():
    late = SimpleNamespace(get_remaining_time_in_millis=lambda: 2_900)

    status, _, answer = post('{"terms": [[15, 15, -1]]}', context=late)

    assert (status, answer["code"]) == (504, "took_too_long")
    assert "solution" not in answer


def test_a_call_with_time_left_is_solved():
    early = SimpleNamespace(get_remaining_time_in_millis=lambda: 29_000)

    assert post('{"terms": [[15, 15, -1]]}', context=early)[0] == 200


@pytest.mark.alone
@pytest.mark.parametrize("size", [13, 16, 64])
def test_a_second_is_long_enough_for_the_steps_of_a_second(size):
    """Where one giant keeps the schedule hot, nearly every flip is taken: it is never slower."""
    qubo = [[value / 1000 for value in row] for row in noise(size)]
    qubo[0][0] = 1e9
    effort = Effort(1000, 300).within(STEPS_PER_SECOND // 5, variables=size)
    started = time.process_time()

    solve(qubo, seed=1, effort=effort)

    # Twice, because the machine that runs the tests may be half as fast as one vCPU of Lambda.
    assert time.process_time() - started < 2 / 5
