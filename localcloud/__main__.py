"""Run the local cloud in the foreground: python -m localcloud --state FILE."""

import argparse
import json
import os
import signal
import sys
import threading
import warnings
from pathlib import Path

from localcloud.cloud import LocalCloud
from localcloud.server import NotLoopback, PortTaken


def main() -> int:
    options = _options()
    warnings.filterwarnings("ignore", module="moto")
    asked_to_stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: asked_to_stop.set())
    try:
        cloud = LocalCloud.start(
            stage=options.stage,
            aws_port=options.aws_port,
            api_port=options.api_port,
            mailbox_port=options.mailbox_port,
            marketplace_port=options.marketplace_port,
            dns_port=options.dns_port,
            host=options.host,
            hardened=not options.unhardened,
            empty=options.empty,
        )
    except (NotLoopback, PortTaken) as error:
        print(error, file=sys.stderr)
        return 1
    _write_state(options.state, cloud)
    asked_to_stop.wait()
    options.state.unlink(missing_ok=True)
    cloud.stop()
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m localcloud",
        description="AWS on this machine, built from infra/. It forgets everything at the end.",
    )
    parser.add_argument("--stage", default="local", help="the stage to build (default: local)")
    for thing in ("aws", "api", "mailbox", "marketplace", "dns"):
        parser.add_argument(f"--{thing}-port", type=int, default=0, help="default: any free port")
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address")
    parser.add_argument(
        "--state", type=Path, required=True, help="file to write the addresses to, once ready"
    )
    parser.add_argument(
        "--unhardened", action="store_true", help="leave moto's races in, to test a test of races"
    )
    parser.add_argument(
        "--empty", action="store_true", help="build nothing and run what is uploaded to Lambda"
    )
    return parser.parse_args()


def _write_state(path: Path, cloud: LocalCloud) -> None:
    """Write the file in one step: who finds it finds all of it."""
    addresses = cloud.addresses
    state = {
        "AWS_ENDPOINT_URL": addresses.aws,
        "AWS_REGION": addresses.region,
        "AWS_ACCESS_KEY_ID": os.environ["AWS_ACCESS_KEY_ID"],
        "AWS_SECRET_ACCESS_KEY": os.environ["AWS_SECRET_ACCESS_KEY"],
        "USER_POOL_ID": addresses.user_pool_id,
        "USER_POOL_CLIENT_ID": addresses.client_id,
        "API_URL": addresses.api,
        "MAILBOX_URL": addresses.mailbox,
        "MARKETPLACE_URL": addresses.marketplace,
        "DNS_SERVERS": addresses.dns,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_text(json.dumps(state, indent=2) + "\n")
    draft.replace(path)


if __name__ == "__main__":
    sys.exit(main())
