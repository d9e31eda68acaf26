"""One deployer of a stage at a time."""

import getpass
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from botocore.exceptions import ClientError

from infra.deploying import handover
from infra.deploying.stages import Stage
from infra.deploying.stopping import Stopped

_TAKEN = "deploying"


@contextmanager
def turn(stage: Stage, *, take_over: bool) -> Iterator[None]:
    """Hold the stage until the end, however it ends. Raises Stopped if somebody else holds it.

    A machine that dies leaves it taken: whoever knows so takes it over.
    """
    me = f"{getpass.getuser()}@{socket.gethostname()} since {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    try:
        handover.write(stage, _TAKEN, me, once=not take_over)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ParameterAlreadyExists":
            raise
        who = handover.read(stage, _TAKEN)
        raise Stopped(
            f"{who} deploys {stage.name}. If that one is over and died, say TAKE_OVER=1"
        ) from error
    try:
        yield
    finally:
        handover.forget(stage, _TAKEN)
