"""A worker that is killed with -9 at a chosen AWS call: python -m tests.killed_worker --help."""

import argparse
import os
import signal
from typing import Any


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("tenant")
    parser.add_argument("--service", required=True)
    parser.add_argument("--operation", required=True)
    parser.add_argument("--when", choices=("before", "after"), required=True)
    options = parser.parse_args()

    import django

    django.setup()
    from adapters.aws import client
    from tenants import reconcile
    from tenants.models import Tenant

    def die(**_: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    event = {"before": "before-send", "after": "after-call"}[options.when]
    name = f"{event}.{options.service}.{options.operation}"
    for sender in (client(options.service), client(options.service, repeats=False)):
        sender.meta.events.register(name, die)
    reconcile.reconcile(Tenant.objects.get(pk=options.tenant))


if __name__ == "__main__":
    main()
