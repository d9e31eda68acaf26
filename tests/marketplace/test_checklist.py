"""The checklist walks through the portal's real doors, and passes nothing that it did not see."""

import json
import time
from dataclasses import replace
from io import StringIO
from urllib.parse import quote

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from adapters.marketplace_simulator import Simulator
from adapters.visits import Page
from marketplace.checklist import by_hand, life, registration
from marketplace.checklist.cases import Verdict
from marketplace.checklist.running import run_cases
from marketplace.checklist.scene import Scene
from marketplace.management.commands import marketplace_checklist as command
from tests import buyers

KEEPS_NO_TOKEN = next(case for case in registration.CASES if case.key == "registration-token")

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def make_scene(cloud, live_server, run_tasks, settings):
    settings.PORTAL_URL = live_server.url
    settings.RATE_LIMITS = False

    def make(portal: str = live_server.url, between=run_tasks, patience: float = 20) -> Scene:
        return Scene(
            portal,
            Simulator(cloud.addresses.marketplace),
            cloud.addresses.mailbox,
            between=between,
            patience_seconds=patience,
            forms_a_minute=1000,
        )

    return make


@pytest.fixture
def hear(cloud, run_tasks):
    """Do what workers do, and hear from AWS of every purchase."""

    def hear():
        for bought in list(cloud.marketplace.agreements.values()):
            buyers.confirm(bought, tier="pro")
        run_tasks()

    return hear


@pytest.fixture
def checklist(cloud, monkeypatch, tmp_path):
    """Run the command; return what it printed and what it wrote."""
    monkeypatch.setenv("MARKETPLACE_URL", cloud.addresses.marketplace)
    monkeypatch.setenv("MAILBOX_URL", cloud.addresses.mailbox)

    def run(*options: str, fails: bool = False):
        out = StringIO()
        given = ("--output", str(tmp_path), *options)
        if fails:
            with pytest.raises(CommandError):
                call_command("marketplace_checklist", *given, stdout=out)
        else:
            call_command("marketplace_checklist", *given, stdout=out)
        said = json.loads((tmp_path / "checklist.json").read_text())
        assert (tmp_path / "checklist.html").exists()
        return out.getvalue(), {case["case"]: case for case in said["cases"]}

    return run


def verdicts(cases, scene):
    return {finding.case.key: finding.wrong or "passed" for finding in run_cases(cases, scene)}


def test_the_portal_passes_every_case_of_the_registration(make_scene, hear):
    found = verdicts(registration.CASES, make_scene(between=hear))

    assert found == dict.fromkeys((case.key for case in registration.CASES), "passed")


def test_a_portal_whose_workers_stand_still_passes_no_case_of_the_subscription(make_scene):
    scene = make_scene(between=lambda: time.sleep(0.1), patience=0.5)

    findings = list(run_cases(life.CASES, scene))

    assert {finding.verdict for finding in findings} == {Verdict.FAILED}


def test_a_portal_that_is_down_passes_nothing(make_scene):
    scene = make_scene(portal="http://127.0.0.1:9")

    findings = list(run_cases([*registration.CASES, *life.CASES], scene))

    assert {finding.verdict for finding in findings} == {Verdict.FAILED}


@pytest.mark.parametrize(
    ("place", "wrong"),
    [
        ("cookies", "No cookie holds the token."),
        ("location", "No address holds it."),
        ("text", "No page shows it."),
    ],
)
def test_a_portal_that_lets_the_token_out_is_found(make_scene, place, wrong):
    scene = make_scene()
    token = scene.registered.token
    where = {"cookies": {"t": token}, "location": f"/x?t={quote(token)}", "text": f"<p>{token}"}
    page = {"url": "/", "status": 200, "text": "", "location": "", "cookies": {}}
    scene.registered.visitor.seen.append(Page(**{**page, place: where[place]}))

    found = verdicts([KEEPS_NO_TOKEN], scene)

    assert found == {"registration-token": f"Not so: {wrong}"}


def test_the_command_writes_what_it_saw_and_names_what_failed(checklist):
    printed, cases = checklist("--only", "product-code", "billing-metering", "security-root")

    assert cases["product-code"]["verdict"] == "passed"
    assert cases["billing-metering"]["verdict"] == "by hand"
    assert cases["security-root"]["verdict"] == "by hand"
    assert "1 passed, 0 failed, 2 by hand" in printed


def test_a_case_that_breaks_loses_no_evidence_of_the_others(checklist, monkeypatch):
    def breaks(scene, notes):
        raise KeyError("a mistake of ours")

    broken = replace(registration.CASES[0], look=breaks)
    cases = [broken, *by_hand.CASES]
    monkeypatch.setattr(command, "simulated_cases", lambda: cases)

    _, found = checklist(fails=True)

    assert found[broken.key]["verdict"] == "failed"
    assert "The checklist itself broke here: KeyError" in found[broken.key]["wrong"]
    assert len(found) == len(cases)


def test_a_case_that_nobody_knows_is_refused():
    with pytest.raises(CommandError, match="There is no case product-colour"):
        call_command("marketplace_checklist", "--only", "product-colour", "--live", buyers.CONTRACT)


def test_without_a_simulator_the_command_says_what_to_do(monkeypatch):
    monkeypatch.delenv("MARKETPLACE_URL", raising=False)

    with pytest.raises(CommandError, match="Start `make run`"):
        call_command("marketplace_checklist")


def test_a_listing_is_looked_at_without_buying(checklist, cloud, live_server, settings):
    settings.PORTAL_URL = live_server.url

    _, cases = checklist("--live", buyers.CONTRACT, fails=True)

    looked = {key: case["verdict"] for key, case in cases.items() if key.startswith("live-")}
    assert looked == {
        "live-https": "failed",
        "live-role": "passed",
        "live-entitlements": "passed",
        "live-agreements": "passed",
        "live-notices": "failed",
    }
    assert cases["registration-new"]["verdict"] == "by hand"
    assert "test buyer" in cases["registration-new"]["how"]
    operations = {call.operation for call in cloud.marketplace.calls.of()}
    assert operations == {"ResolveCustomer", "GetEntitlements", "SearchAgreements"}
    assert cloud.marketplace.agreements == {}


def test_a_subscription_has_no_entitlements_to_look_at(checklist, live_server, settings):
    settings.PORTAL_URL = live_server.url

    _, cases = checklist("--live", buyers.SUBSCRIPTION, fails=True)

    assert "live-entitlements" not in cases


def test_a_role_that_may_not_is_told(checklist, cloud, live_server, settings):
    from localcloud.marketplace.faults import Fault

    settings.PORTAL_URL = live_server.url
    denied = Fault("error", operation="ResolveCustomer", code="AccessDeniedException")
    cloud.marketplace.faults.add(denied)

    _, cases = checklist("--live", buyers.CONTRACT, "--only", "live-role", fails=True)

    assert cases["live-role"]["verdict"] == "failed"


def test_a_listing_that_the_settings_do_not_name_is_refused():
    with pytest.raises(CommandError, match="MARKETPLACE_PRODUCTS has no product none"):
        call_command("marketplace_checklist", "--live", "none")
