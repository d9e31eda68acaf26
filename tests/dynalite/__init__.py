"""dynalite, a DynamoDB that has no line of code in common with the local cloud, for tests."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3

from adapters.aws import client
from adapters.definitions import definition, name_of
from localcloud import builder

FOLDER = Path(__file__).resolve().parent
INSTALLED = FOLDER / "node_modules" / "dynalite"


@contextmanager
def running() -> Iterator[str]:
    """Run an empty dynalite with our tables, and give its address."""
    command = ["node", str(FOLDER / "server.js")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        address = f"http://127.0.0.1:{process.stdout.readline().strip()}"
        _build_tables(boto3.client("dynamodb", endpoint_url=address))
        yield address
        process.stdin.close()


@contextmanager
def instead_of_the_local_cloud(address: str) -> Iterator[None]:
    """Point the adapters' clients for DynamoDB there; the rest of AWS stays where it is."""
    os.environ["AWS_ENDPOINT_URL_DYNAMODB"] = address
    client.cache_clear()
    try:
        yield
    finally:
        del os.environ["AWS_ENDPOINT_URL_DYNAMODB"]
        client.cache_clear()


def _build_tables(dynamodb: Any) -> None:
    """As infra/definitions says, but for TTL and backups, which dynalite does not have."""
    for thing, table in definition("tables").items():
        dynamodb.create_table(**builder._table_request(name_of(thing), table))
        dynamodb.get_waiter("table_exists").wait(
            TableName=name_of(thing), WaiterConfig={"Delay": 1, "MaxAttempts": 30}
        )
