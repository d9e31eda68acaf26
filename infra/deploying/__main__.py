"""python -m infra.deploying deploy|plan|rollback|destroy|manage STAGE: what `make` calls."""

import argparse
import os
import sys

from botocore.exceptions import BotoCoreError, ClientError

from infra.deploying import guards, managing, planning, putting_up, taking_back, taking_down
from infra.deploying.stages import Stage, stage_called
from infra.deploying.steps import run_all
from infra.deploying.stopping import Stopped
from infra.deploying.turns import turn


def main() -> int:
    options = _options()
    try:
        stage = stage_called(options.stage)
        os.environ["AWS_DEFAULT_REGION"] = os.environ["AWS_REGION"] = stage.region
        guards.refuse_another_account(stage)
        _do(stage, options)
    except (Stopped, BotoCoreError, ClientError) as error:
        print(f"{options.verb}: {error}", file=sys.stderr)
        return 1
    return 0


def _do(stage: Stage, options: argparse.Namespace) -> None:
    if options.verb == "plan":
        guards.refuse_without_terraform()
        for part in planning.shown(stage, here=options.here):
            print(part, flush=True)
        return
    if options.verb == "manage":
        managing.manage(stage, options.command)
        return
    if options.verb == "deploy":
        guards.refuse_a_dirty_checkout(stage)
    guards.ask(stage, said=options.yes, destroys=options.verb == "destroy")
    if options.verb != "rollback":
        guards.refuse_without_terraform()
    with turn(stage, take_over=options.take_over):
        steps = {
            "deploy": lambda: putting_up.steps(stage, here=options.here),
            "rollback": lambda: taking_back.steps(stage),
            "destroy": lambda: taking_down.steps(stage),
        }[options.verb]()
        again = f"make {options.verb} STAGE={stage.name}"
        run_all(steps, start=options.start, again=again)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m infra.deploying", description=__doc__)
    parser.add_argument("verb", choices=("deploy", "plan", "rollback", "destroy", "manage"))
    parser.add_argument("stage")
    parser.add_argument("--from", dest="start", default="", help="the step to go on with")
    parser.add_argument("--yes", default="", help="production's name: nobody is asked")
    parser.add_argument("--take-over", action="store_true", help="the other deployer died")
    parser.add_argument("--command", default="help", help="of manage.py, with its words")
    parser.add_argument("--here", action="store_true", help="pack for this machine's own Python")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
