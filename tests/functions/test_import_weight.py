"""The token trigger starts while a person waits: what it imports is bounded."""

import subprocess
import sys

HEAVY = {"boto3", "botocore", "dataclasses", "django", "pydantic", "requests", "urllib3"}


def test_the_token_trigger_imports_no_heavy_package():
    code = "import functions.generate_token, sys; print(*sys.modules)"

    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()

    assert "adapters.signed_requests" in loaded
    assert HEAVY.isdisjoint(loaded)
