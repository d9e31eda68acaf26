"""`manage.py estimate_cost`: what a month costs, line by line, with its formulas."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from adapters.definitions import definition
from portal.costs.estimating import estimate, inputs_of, scenarios


class Command(BaseCommand):
    help = (
        "Estimates what a month of a stage costs at AWS, from the list prices, formulas and "
        "scenarios in infra/definitions/costs.json. It asks AWS nothing. Without a scenario it "
        "prints the sums of all; with one, each line with its formula, what is free, and what "
        "drives the cost."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("scenario", nargs="?", choices=list(scenarios()))
        parser.add_argument(
            "--set",
            action="append",
            default=[],
            metavar="NAME=NUMBER",
            help="another assumption than the scenario's: --set api_calls=2000000; more than once",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        content = definition("costs")
        self.stdout.write(
            f"List prices of {content['region']} in {content['currency']}, as of {content['as_of']}"
        )
        if options["scenario"] is None:
            if options["set"]:
                raise CommandError("name the scenario whose assumptions are to be changed")
            for name, label in scenarios().items():
                found = estimate(inputs_of(name))
                free = f"{found.full_cost:,.2f} without what is free"
                self.stdout.write(f"{name:8} {found.cost:12,.2f}   {free:32}  {label}")
            return
        inputs = inputs_of(options["scenario"]) | _changes(options["set"])
        self._tell(inputs)

    def _tell(self, inputs: dict[str, float]) -> None:
        found = estimate(inputs)
        self.stdout.write("\nAssumed")
        for name, about in definition("costs")["inputs"].items():
            self.stdout.write(f"  {name:12} {inputs[name]:>16,.10g}  {about}")
        self.stdout.write("\nLines: quantity, of which free, cost")
        for line in found.lines:
            self.stdout.write(
                f"  {line.service:12} {line.quantity:>18,.2f} {line.free:>16,.2f}"
                f" {line.cost:>12,.2f}  {line.what}\n{'':16}= {line.formula}"
            )
        self.stdout.write("\nBy service, and what drives it")
        for share in found.by_service():
            self.stdout.write(
                f"  {share.service:12} {share.cost:>12,.2f} {share.percent:>4} %  {share.advice}"
            )
        self.stdout.write(
            f"\nA month: {found.cost:,.2f}; without what is free {found.full_cost:,.2f}"
        )


def _changes(given: list[str]) -> dict[str, float]:
    changes = {}
    for each in given:
        name, _equals, number = each.partition("=")
        try:
            changes[name] = float(number)
        except ValueError:
            raise CommandError(f"{each} is no NAME=NUMBER") from None
        if name not in definition("costs")["inputs"]:
            known = ", ".join(definition("costs")["inputs"])
            raise CommandError(f"there is no assumption {name}; there are {known}")
        if changes[name] < 0:
            raise CommandError(f"{name} cannot be less than nothing")
    return changes
