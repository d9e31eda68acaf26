"""What the functions import: bounded where a person waits, and packaged with them."""

import subprocess
import sys

from infra.packages import FUNCTION_MODULES

FUNCTIONS = ("api", "generate_codes", "generate_token", "redeem_code", "validate_code")
HEAVY = {"boto3", "botocore", "dataclasses", "django", "pydantic", "requests", "urllib3"}


def test_the_token_trigger_imports_no_heavy_package():
    code = "import functions.generate_token, sys; print(*sys.modules)"

    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()

    assert "adapters.signed_requests" in loaded
    assert HEAVY.isdisjoint(loaded)


def test_the_package_has_what_the_functions_import_of_campaigns_and_nothing_else():
    code = (
        f"import {', '.join(f'functions.{each}' for each in FUNCTIONS)}, sys; print(*sys.modules)"
    )

    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()

    shared = {name.removeprefix("campaigns.") for name in loaded if name.startswith("campaigns.")}
    assert "django" not in loaded
    assert shared | {"__init__"} == set(FUNCTION_MODULES)
