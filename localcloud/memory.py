"""What the local cloud forgets at a reset, and what it keeps: everything that infra/ defines."""

import copy
from typing import Any

from moto.apigateway.models import apigateway_backends
from moto.awslambda.utils import get_backend
from moto.cloudfront.models import cloudfront_backends
from moto.cognitoidp.models import cognitoidp_backends
from moto.core.model_instances import reset_model_data
from moto.dynamodb.models import dynamodb_backends
from moto.logs.models import logs_backends
from moto.s3.models import s3_backends
from moto.ses.models import ses_backends
from moto.sqs.models import sqs_backends

from localcloud import transactions
from localcloud.control_plane import CONTROL_PLANE
from localcloud.locks import LOCKS
from localcloud.mail_returns import SUPPRESSION_LIST
from localcloud.mailbox import MAILBOX
from localcloud.place import ACCOUNT, REGION
from localcloud.throttles import THROTTLES
from localcloud.usage import USAGE

# Of API Gateway: what a test may change and the next one expects as it was built.
_GATEWAY = (
    "apis",
    "base_path_mappings",
    "domain_names",
    "keys",
    "usage_plan_keys",
    "usage_plans",
)

# Of a user pool.
_POOL = ("extended_config", "mfa_config", "clients")

# Of a function: what UpdateFunctionConfiguration changes.
_FUNCTION = ("handler", "timeout", "environment_vars", "memory_size")


def _backend(backends: Any) -> Any:
    return backends[ACCOUNT][REGION]


class _Kept:
    """A dictionary of moto's, and what was in it when the cloud was built."""

    def __init__(self, things: Any) -> None:
        self._things = things
        self._built = dict(things)

    def restore(self) -> list[Any]:
        self._things.clear()
        self._things.update(self._built)
        return list(self._built.values())


class Memory:
    """A picture of the cloud as built, and the way back to it."""

    def __init__(self) -> None:
        functions = get_backend(ACCOUNT, REGION)._lambdas._functions
        self._tables = _Kept(_backend(dynamodb_backends).tables)
        self._queues = _Kept(_backend(sqs_backends).queues)
        self._buckets = _Kept(s3_backends[ACCOUNT]["aws"].buckets)
        # Whose a bucket is; one that is listed here and is not there is looked for without end.
        self._owners = _Kept(s3_backends.bucket_accounts)
        self._pools = _Kept(_backend(cognitoidp_backends).user_pools)
        self._functions = _Kept(functions)
        self._logs = _Kept(_backend(logs_backends).groups)
        self._gateway = _copied(_backend(apigateway_backends), _GATEWAY)
        self._pool_settings = {
            pool.id: _copied(pool, _POOL)
            for pool in _backend(cognitoidp_backends).user_pools.values()
        }
        self._function_settings = {
            name: _copied(versions["latest"], _FUNCTION) for name, versions in functions.items()
        }

    def restore(self) -> None:
        with LOCKS.all_held():
            self._restore_data()
            self._restore_identity()
            vars(_backend(apigateway_backends)).update(copy.deepcopy(self._gateway))
            self._restore_functions()
            transactions.WEATHER.conflict_rate = 0.0
            for counted in (
                transactions.TOKENS,
                MAILBOX,
                SUPPRESSION_LIST,
                THROTTLES,
                USAGE,
                CONTROL_PLANE,
            ):
                counted.clear()
            _backend(ses_backends).sent_messages.clear()
            cloudfront_backends[ACCOUNT]["aws"].reset()
            reset_model_data()

    def _restore_data(self) -> None:
        for table in self._tables.restore():
            table.items.clear()
        for queue in self._queues.restore():
            queue._messages, queue._pending_messages = [], set()
            queue.deleted_messages.clear()
            # moto's queues go on calling functions whose mapping was deleted.
            queue.lambda_event_source_mappings.clear()
        self._owners.restore()
        for bucket in self._buckets.restore():
            bucket.keys.clear()
            bucket.multiparts.clear()
        for group in self._logs.restore():
            group.streams.clear()

    def _restore_identity(self) -> None:
        _backend(cognitoidp_backends).sessions.clear()
        for pool in self._pools.restore():
            for issued in (pool.users, pool.refresh_tokens, pool.access_tokens, pool.id_tokens):
                issued.clear()
            for group in pool.groups.values():
                group.users.clear()
            vars(pool).update(copy.deepcopy(self._pool_settings[pool.id]))

    def _restore_functions(self) -> None:
        for versions in self._functions.restore():
            function = versions["latest"]
            vars(function).update(copy.deepcopy(self._function_settings[function.function_name]))


def _copied(thing: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: copy.deepcopy(getattr(thing, name)) for name in names}
