"""A stage that is not whole refuses to start, and says everything that is wrong at once."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from portal.stages import REQUIRED, problems

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def production() -> dict[str, str]:
    lines = (ROOT / "tests/house/production.env").read_text().split()
    return dict(line.split("=", 1) for line in lines)


def test_a_whole_production_stage_has_no_problems(production):
    assert problems("production", production) == []


def test_a_laptop_needs_nothing():
    assert problems("local", {}) == []


def test_every_missing_name_is_told_at_once():
    told = problems("dev", {})

    assert told == [f"{name} is missing" for name in REQUIRED]


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("DEBUG", "true", "DEBUG"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:5000", "AWS_ENDPOINT_URL"),
        ("DATABASE_URL", "sqlite:///portal.sqlite3", "SQLite"),
        ("SECRET_KEY", "short", "SECRET_KEY"),
        ("RATE_LIMITS", "off", "RATE_LIMITS"),
        ("STAFF_SECOND_FACTOR", "off", "STAFF_SECOND_FACTOR"),
        ("NEWSLETTER_ADDRESSES", '{"kit": "http://127.0.0.1:1"}', "NEWSLETTER_ADDRESSES"),
        ("HOSTED_UI_URL", "http://sign-in.example", "HOSTED_UI_URL"),
        ("STATIC_URL", "https://static.example/static", "STATIC_URL"),
        ("STAFF_URL", "https://portal.example/staff", "STAFF_URL"),
        ("STAFF_OIDC_ISSUER", "https://octo.example", "STAFF_OIDC_CLIENT_ID"),
        ("STAFF_OIDC_SECOND_FACTOR", "none", "neither ours nor provider"),
    ],
)
def test_what_belongs_on_a_laptop_is_refused_elsewhere(production, name, value, word):
    [told] = problems("production", {**production, name: value})

    assert word in told


def test_a_provider_of_single_sign_on_is_reached_by_https(production):
    known = {"STAFF_OIDC_CLIENT_ID": "gatehouse", "STAFF_OIDC_CLIENT_SECRET": "secret"}

    [told] = problems("production", {**production, **known, "STAFF_OIDC_ISSUER": "http://octo"})

    assert "HTTPS" in told
    assert problems("production", {**production, **known, "STAFF_OIDC_ISSUER": "https://o"}) == []


def test_the_portal_does_not_start_on_a_broken_stage():
    environment = {"PATH": os.environ["PATH"], "STAGE": "staging"}

    run = subprocess.run(
        [sys.executable, "manage.py", "check"],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode != 0
    assert "SECRET_KEY is missing; DATABASE_URL is missing" in run.stderr
