"""The local cloud as a process of its own: what it listens on, writes and leaves behind."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import boto3
import pytest
import requests

from localcloud.cloud import AlreadyRunning, LocalCloud
from localcloud.server import NotLoopback, PortTaken, Server

ROOT = Path(__file__).parents[2]


@pytest.fixture
def run(tmp_path):
    """Start the process and return it with the file that it writes."""
    processes = []

    def run(*options):
        state = tmp_path / "run" / "state.json"
        process = subprocess.Popen(
            [sys.executable, "-m", "localcloud", "--state", str(state), *options],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        while not state.exists() and process.poll() is None:
            time.sleep(0.05)
        return process, state

    yield run
    for process in processes:
        process.kill()
        process.communicate()


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def test_it_says_where_it_is_and_leaves_nothing_behind(run):
    port = free_port()
    process, file = run("--stage", "rehearsal", "--api-port", str(port))
    state = json.loads(file.read_text())

    aws = boto3.client("dynamodb", endpoint_url=state["AWS_ENDPOINT_URL"])
    tables = aws.list_tables()["TableNames"]
    me = requests.get(f"{state['API_URL']}/v1/me", timeout=10)
    mails = requests.get(f"{state['MAILBOX_URL']}/mails.json", timeout=10)
    process.send_signal(signal.SIGTERM)
    output = process.communicate(timeout=10)

    assert state.keys() == {
        "AWS_ENDPOINT_URL",
        "AWS_REGION",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "USER_POOL_ID",
        "USER_POOL_CLIENT_ID",
        "API_URL",
        "MAILBOX_URL",
        "MARKETPLACE_URL",
        "DNS_SERVERS",
    }
    assert state["API_URL"] == f"http://127.0.0.1:{port}/rehearsal"
    assert "gatehouse-rehearsal-promo-codes" in tables
    assert (me.status_code, mails.json()) == (401, [])
    assert (process.returncode, output) == (0, ("", ""))
    assert not file.exists()


@pytest.mark.parametrize(
    ("option", "kind"),
    [
        ("--aws-port", socket.SOCK_STREAM),
        ("--dns-port", socket.SOCK_STREAM),
        ("--dns-port", socket.SOCK_DGRAM),
    ],
)
def test_a_taken_port_is_said_in_one_sentence(run, option, kind):
    with socket.socket(type=kind) as taken:
        taken.bind(("127.0.0.1", 0))
        if kind is socket.SOCK_STREAM:
            taken.listen()
        port = taken.getsockname()[1]

        process, file = run(option, str(port))
        output, errors = process.communicate(timeout=20)

    assert process.returncode == 1
    assert (output, errors) == ("", f"Port {port} is taken by another program.\n")
    assert not file.exists()


def test_other_machines_are_never_served(run):
    process, file = run("--host", "0.0.0.0")  # noqa: S104
    _, errors = process.communicate(timeout=20)

    assert process.returncode == 1
    assert errors == "The local cloud serves this machine only, not 0.0.0.0.\n"
    assert not file.exists()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "gatehouse.example"])  # noqa: S104
def test_a_server_binds_to_loopback_only(host):
    with pytest.raises(NotLoopback):
        Server(print, host=host, port=0)


def test_a_server_does_not_share_its_port():
    first = Server(print, host="127.0.0.1", port=0, threads=1)
    port = int(first.address.rpartition(":")[2])

    with pytest.raises(PortTaken, match=str(port)):
        Server(print, host="127.0.0.1", port=port, threads=1)

    first.stop()


def test_there_is_one_cloud_in_a_process(cloud):
    with pytest.raises(AlreadyRunning):
        LocalCloud.start()


def test_this_process_talks_to_its_cloud(cloud):
    addresses = cloud.addresses

    assert os.environ["AWS_ENDPOINT_URL"] == addresses.aws
    assert os.environ["USER_POOL_ID"] == addresses.user_pool_id
    assert os.environ["USER_POOL_CLIENT_ID"] == addresses.client_id
    assert os.environ["AWS_REGION"] == os.environ["AWS_DEFAULT_REGION"] == addresses.region
    assert addresses.api.endswith("/local")
