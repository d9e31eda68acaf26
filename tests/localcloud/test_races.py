"""Many threads on one item: one of them wins. Without the corrections more than one does."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from adapters.definitions import name_of

THREADS = 12
TABLE = name_of("promo-codes")
ROOT = Path(__file__).parents[2]

# A retry of a call that moto failed would hide what it did.
ONCE = Config(retries={"total_max_attempts": 1}, max_pool_connections=THREADS)


def spend_alone(dynamodb, code, thread):
    dynamodb.update_item(
        TableName=TABLE,
        Key={"code": {"S": code}},
        UpdateExpression="SET spent_by = :me",
        ConditionExpression="attribute_not_exists(spent_by)",
        ExpressionAttributeValues={":me": {"S": str(thread)}},
    )


def spend_in_a_transaction(dynamodb, code, thread):
    spend = {
        "TableName": TABLE,
        "Key": {"code": {"S": code}},
        "UpdateExpression": "SET spent_by = :me",
        "ConditionExpression": "attribute_not_exists(spent_by)",
        "ExpressionAttributeValues": {":me": {"S": str(thread)}},
    }
    note = {"TableName": TABLE, "Item": {"code": {"S": f"{code}-by-{thread}"}}}
    dynamodb.transact_write_items(TransactItems=[{"Update": spend}, {"Put": note}])


def count_one_more(dynamodb, code, thread):
    dynamodb.update_item(
        TableName=TABLE,
        Key={"code": {"S": code}},
        UpdateExpression="ADD uses :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )


def winners(in_threads, dynamodb, spend, code):
    """Return which of the threads were told that they spent the code."""

    def attempt(thread):
        try:
            spend(dynamodb, code, thread)
        except ClientError:
            return False
        return True

    return [thread for thread, won in enumerate(in_threads(THREADS, attempt)) if won]


@pytest.fixture
def client_of_threads(cloud):
    """A client of a cloud whose threads take turns a thousand times more often than usual."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(interval / 1000)
    yield boto3.client("dynamodb", config=ONCE)
    sys.setswitchinterval(interval)


@pytest.mark.parametrize("spend", [spend_alone, spend_in_a_transaction])
def test_a_code_has_one_winner(in_threads, client_of_threads, spend):
    for number in range(10):
        (winner,) = winners(in_threads, client_of_threads, spend, f"CODE{number}")

        key = {"code": {"S": f"CODE{number}"}}
        item = client_of_threads.get_item(TableName=TABLE, Key=key)["Item"]
        assert item["spent_by"] == {"S": str(winner)}


def test_losers_of_a_transaction_leave_nothing_behind(in_threads, client_of_threads):
    (winner,) = winners(in_threads, client_of_threads, spend_in_a_transaction, "CODE")

    items = client_of_threads.scan(TableName=TABLE)["Items"]
    assert {item["code"]["S"] for item in items} == {"CODE", f"CODE-by-{winner}"}


def test_no_acknowledged_count_is_lost(in_threads, client_of_threads):
    for _ in range(5):
        winners(in_threads, client_of_threads, count_one_more, "CODE")

    item = client_of_threads.get_item(TableName=TABLE, Key={"code": {"S": "CODE"}})["Item"]
    assert item["uses"] == {"N": str(5 * THREADS)}


def test_the_race_is_lost_without_the_corrections(in_threads, stock_moto):
    """The control: what the tests above would not see, if they were blind."""
    dynamodb = boto3.client("dynamodb", endpoint_url=stock_moto, config=ONCE)

    rounds = (
        len(winners(in_threads, dynamodb, spend, f"CODE{number}"))
        for number in range(150)
        for spend in (spend_in_a_transaction, spend_alone)
    )

    assert any(won != 1 for won in rounds)


@pytest.fixture
def stock_moto(tmp_path):
    """Return the address of a cloud whose moto races: it needs a process of its own."""
    state = tmp_path / "state.json"
    command = [sys.executable, "-m", "localcloud", "--unhardened", "--state", str(state)]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"STAGE": "local"})
    ready = threading.Event()
    while not state.exists() and process.poll() is None:
        ready.wait(0.05)
    yield json.loads(state.read_text())["AWS_ENDPOINT_URL"]
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=10)
