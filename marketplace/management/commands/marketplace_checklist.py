"""`manage.py marketplace_checklist` and `manage.py marketplace_checklist --live PRODUCT`"""

import os
from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from adapters.marketplace_simulator import Simulator
from marketplace.checklist.cases import Case, Finding, Verdict
from marketplace.checklist.listing import live_cases, live_scene, simulated_cases
from marketplace.checklist.report import write_report
from marketplace.checklist.running import broken, run_case
from marketplace.checklist.scene import Scene
from marketplace.products import ProductUnknown

_SIGNS = {
    Verdict.PASSED: "ok    ",
    Verdict.FAILED: "FAILED",
    Verdict.BY_HAND: "person",
}


class Command(BaseCommand):
    help = (
        "Walk through what AWS asks of a SaaS listing before it is published, and write the "
        "evidence as HTML and JSON: each case with what AWS asks, what was done, what was seen, "
        "and passed, failed, or by hand (with how). Without an option it runs while "
        "`make run` does, in a second terminal: it buys in the Marketplace simulator and comes in "
        "by the portal's own pages, so it leaves test customers in the local database. With --live "
        "it asks AWS about one limited listing of this stage; it buys and changes nothing, and "
        "lists what a person does with a test buyer. It ends with an error if a case failed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--live",
            metavar="PRODUCT",
            help="the product code of a limited listing, as in MARKETPLACE_PRODUCTS",
        )
        parser.add_argument(
            "--output",
            type=Path,
            default=Path("marketplace-checklist"),
            metavar="FOLDER",
            help="where checklist.html and checklist.json go (default: marketplace-checklist)",
        )
        parser.add_argument(
            "--only", nargs="+", metavar="CASE", default=[], help="run these cases alone, by name"
        )

    def handle(self, **options: Any) -> None:
        live = options["live"]
        subject, scene, cases = self._live(live) if live else self._simulated()
        findings: list[Finding] = []
        for case in _chosen(cases, options["only"]):
            try:
                finding = run_case(case, scene)
            except Exception as error:  # One broken case loses no evidence of the others.
                finding = broken(case, error)
            findings.append(finding)
            self._say(finding)
        page, data = write_report(options["output"], findings, subject=subject, at=timezone.now())
        counts = Counter(finding.verdict for finding in findings)
        self.stdout.write(", ".join(f"{counts[verdict]} {verdict}" for verdict in Verdict))
        self.stdout.write(f"{page}\n{data}")
        if counts[Verdict.FAILED]:
            raise CommandError(f"{counts[Verdict.FAILED]} of {len(findings)} cases failed.")

    def _live(self, product_code: str) -> tuple[str, Any, list[Case]]:
        try:
            scene = live_scene(product_code)
        except ProductUnknown as error:
            known = ", ".join(settings.MARKETPLACE_PRODUCTS) or "none"
            raise CommandError(
                f"MARKETPLACE_PRODUCTS has no product {product_code}. It has: {known}."
            ) from error
        subject = f"{scene.product.title} ({product_code}) at {scene.portal}"
        return subject, scene, live_cases(scene.product)

    def _simulated(self) -> tuple[str, Any, list[Case]]:
        address = os.environ.get("MARKETPLACE_URL", "")
        mailbox = os.environ.get("MAILBOX_URL", "")
        if not (settings.IS_LOCAL and address and mailbox):
            raise CommandError(
                "There is no Marketplace simulator here. Start `make run` and run this in a second "
                "terminal, or name a limited listing with --live PRODUCT."
            )
        scene = Scene(settings.PORTAL_URL.rstrip("/"), Simulator(address), mailbox)
        return f"the Marketplace simulator, portal {scene.portal}", scene, simulated_cases()

    def _say(self, finding: Finding) -> None:
        line = f"{_SIGNS[finding.verdict]} {finding.case.key:<28} {finding.case.asks}"
        self.stdout.write(line if not finding.wrong else f"{line}\n       {finding.wrong}")


def _chosen(cases: list[Case], only: list[str]) -> list[Case]:
    if missing := set(only) - {case.key for case in cases}:
        known = ", ".join(case.key for case in cases)
        raise CommandError(f"There is no case {', '.join(sorted(missing))}. There are: {known}.")
    return [case for case in cases if not only or case.key in only]
