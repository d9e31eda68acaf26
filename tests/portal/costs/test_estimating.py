"""The estimate of a month: reckoned from the file that is shown, and the same as by hand."""

import re
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from adapters.definitions import definition
from portal.costs.arithmetic import names_in, reckon
from portal.costs.estimating import estimate, inputs_of, scenarios

DOCS = Path(__file__).resolve().parent.parent.parent.parent / "docs/cost.md"


def rows_of_the_docs(heading):
    """The lines of a table, each cell's last number."""
    part = DOCS.read_text().partition(f"## {heading}")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in part.splitlines() if line.startswith("| ")]
    return [(cells[0].strip(), [last_number(cell) for cell in cells[1:]]) for cells in rows[1:]]


def last_number(cell):
    return float(re.findall(r"[\d,]+\.\d\d(?!\d)", cell)[-1].replace(",", ""))


@pytest.mark.parametrize("place", [0, 1, 2])
def test_it_is_what_the_docs_reckon_by_hand(place):
    found = estimate(inputs_of(list(scenarios())[place]))
    by_hand = [(what, numbers[place]) for what, numbers in rows_of_the_docs("By hand")]
    *lines, (total_words, total) = by_hand

    assert total_words == "**sum**"
    assert sum(cost for _what, cost in lines) == pytest.approx(total)
    assert total == pytest.approx(found.cost, abs=0.05)
    ours = sorted(round(line.cost, 2) for line in found.lines if line.cost >= 0.005)
    firewall = [5, 2, -7]  # one line by hand, two of ours
    theirs = sorted([cost for _what, cost in lines if cost] + firewall)
    theirs = sorted(cost for cost in theirs if cost not in (7, -7))
    assert ours == pytest.approx(theirs, abs=0.011)


def test_the_sums_in_the_docs_are_those_that_are_reckoned():
    text = DOCS.read_text()

    for name in scenarios():
        found = estimate(inputs_of(name))
        assert re.search(
            rf"\| `{name}`:.*\| {found.cost:,.2f} \| {found.full_cost:,.2f} \|", text
        ), name


def test_every_name_in_a_formula_has_a_number_and_every_number_a_use():
    content = definition("costs")
    used = set().union(*(names_in(line["quantity"]) for line in content["lines"]))

    assert used == set(content["facts"]) | set(content["inputs"])
    assert {line["price"] for line in content["lines"]} == set(content["prices"])
    for scenario in content["scenarios"].values():
        assert scenario.keys() - {"label"} == content["inputs"].keys()


def test_every_price_has_a_page_and_every_service_advice():
    content = definition("costs")

    assert all(each["source"].startswith("https://aws.") for each in content["prices"].values())
    assert {each["service"] for each in content["prices"].values()} == set(content["drivers"])


def test_what_is_free_is_given_once():
    found = estimate(inputs_of("growth"))

    given = [line.free for line in found.lines if line.price == "lambda-gb-seconds"]
    assert sum(given) == definition("costs")["prices"]["lambda-gb-seconds"]["free"]


def test_nothing_costs_nothing_but_the_floor():
    nothing = dict.fromkeys(definition("costs")["inputs"], 0.0)

    assert {share.service for share in estimate(nothing).by_service() if share.cost > 0.5} == {
        "Network",
        "SQS",
        "WAF",
        "CloudWatch",
    }


def test_twice_the_calls_cost_more_and_never_less():
    inputs = inputs_of("growth")

    assert estimate(inputs | {"api_calls": 4e7}).cost > estimate(inputs).cost * 1.4


@pytest.mark.parametrize(
    ("formula", "comes_to"),
    [("2 + 3 * 4", 14), ("(2 + 3) * calls", 50), ("calls / 4 - 1", 1.5), ("7", 7)],
)
def test_a_formula_is_reckoned(formula, comes_to):
    assert reckon(formula, {"calls": 10}) == comes_to


@pytest.mark.parametrize(
    "formula", ["unknown", "calls ** 9", "len(calls)", "calls.real", "'a'", "-calls", "True and 1"]
)
def test_nothing_else_is(formula):
    with pytest.raises(ValueError, match="not a formula"):
        reckon(formula, {"calls": 10})


def test_the_command_prints_three_sums(capsys):
    call_command("estimate_cost")

    said = capsys.readouterr().out
    assert definition("costs")["as_of"] in said
    assert [line.split()[0] for line in said.splitlines()[1:]] == list(scenarios())


def test_the_command_shows_formulas_and_takes_other_numbers(capsys):
    call_command("estimate_cost", "start", "--set", "people=20000")

    said = capsys.readouterr().out
    assert "= api_calls + page_views" in said
    assert "150.00" in said  # 10,000 people beyond those that are free


@pytest.mark.parametrize("given", ["people", "people=many", "nonsense=1", "people=-1"])
def test_the_command_says_what_is_wrong(given):
    with pytest.raises(CommandError):
        call_command("estimate_cost", "start", "--set", given)


def test_numbers_without_a_scenario_are_no_estimate():
    with pytest.raises(CommandError, match="name the scenario"):
        call_command("estimate_cost", "--set", "people=1")
