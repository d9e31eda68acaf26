"""The estimate of a month: each line's quantity, what of it is free, and what the rest costs."""

from collections.abc import Mapping
from dataclasses import dataclass

from adapters.definitions import definition
from portal.costs.arithmetic import reckon


@dataclass(frozen=True)
class Line:
    """`quantity` is in the price's own unit, of which `free` cost nothing in this line; `cost` is
    with that, `full_cost` without."""

    service: str
    price: str
    what: str
    formula: str
    quantity: float
    free: float
    cost: float
    full_cost: float


@dataclass(frozen=True)
class Share:
    """A service's part of the month, and what changes it."""

    service: str
    cost: float
    percent: int
    advice: str


@dataclass(frozen=True)
class Estimate:
    lines: list[Line]

    @property
    def cost(self) -> float:
        return sum(line.cost for line in self.lines)

    @property
    def full_cost(self) -> float:
        """Without what is free: what the same costs in an account whose free quantities are used
        up by something else."""
        return sum(line.full_cost for line in self.lines)

    def by_service(self) -> list[Share]:
        """The services, the dearest first."""
        costs: dict[str, float] = {}
        for line in self.lines:
            costs[line.service] = costs.get(line.service, 0) + line.cost
        advice = definition("costs")["drivers"]
        return [
            Share(service, cost, round(100 * cost / self.cost) if self.cost else 0, advice[service])
            for service, cost in sorted(costs.items(), key=lambda each: -each[1])
        ]


def scenarios() -> dict[str, str]:
    """The names of the scenarios, and what people call them."""
    return {name: each["label"] for name, each in definition("costs")["scenarios"].items()}


def inputs_of(scenario: str) -> dict[str, float]:
    """What the scenario assumes, by the names of `inputs`."""
    given = definition("costs")["scenarios"][scenario]
    return {name: float(given[name]) for name in definition("costs")["inputs"]}


def estimate(inputs: Mapping[str, float]) -> Estimate:
    """Reckon a month with these assumptions. What is free is given to the lines in their order."""
    content = definition("costs")
    facts = {name: float(fact["value"]) for name, fact in content["facts"].items()}
    left = {name: float(price["free"]) for name, price in content["prices"].items()}
    lines = []
    for each in content["lines"]:
        name, price = each["price"], content["prices"][each["price"]]
        quantity = reckon(each["quantity"], {**facts, **inputs})
        free = min(quantity, left[name])
        left[name] -= free
        unit = price["price"] / price["per"]
        lines.append(
            Line(
                service=price["service"],
                price=name,
                what=each["what"],
                formula=each["quantity"],
                quantity=quantity,
                free=free,
                cost=(quantity - free) * unit,
                full_cost=quantity * unit,
            )
        )
    return Estimate(lines)
