"""Cognito's triggers, which moto stores and never calls."""

from typing import Any

from moto.core.exceptions import JsonRESTError

from localcloud import functions_runtime as functions
from localcloud.locks import LOCKS

Claims = dict[str, Any]

# Cognito gives up on a trigger after this long, whatever the function's own timeout.
_SECONDS = 5.0

_SCOPE = "aws.cognito.signin.user.admin"

# https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-token-generation.html
_RESERVED = {
    "acr",
    "amr",
    "at_hash",
    "aud",
    "auth_time",
    "azp",
    "client_id",
    "cognito:username",
    "device_key",
    "event_id",
    "exp",
    "iat",
    "iss",
    "jti",
    "nbf",
    "nonce",
    "origin_jti",
    "s_hash",
    "sub",
    "token_use",
    "username",
    "version",
}


class TokenTrigger:
    """The function of a pool that decides on the claims of each token."""

    def __init__(self, pool: Any) -> None:
        config = pool.extended_config.get("LambdaConfig") or {}
        self._function = config.get("PreTokenGenerationConfig", {}).get("LambdaArn", "")
        self._pool = pool

    def __bool__(self) -> bool:
        return bool(self._function)

    def overrides(self, user: Any, *, client_id: str, source: str) -> dict[str, Any]:
        """Ask the function. The pool's lock is let go meanwhile: the function may call Cognito."""
        event = self._event(user, client_id, source)
        answer = _answer("PreTokenGeneration", self._function, event)
        return _details(answer)

    def _event(self, user: Any, client_id: str, source: str) -> dict[str, Any]:
        source = f"TokenGeneration_{source}"
        return _common(self._pool, user, client_id, version="2", source=source) | {
            "request": {
                "userAttributes": _attributes(user),
                "groupConfiguration": {
                    "groupsToOverride": [group.group_name for group in user.groups],
                    "iamRolesToOverride": [],
                    "preferredRole": None,
                },
                "scopes": [_SCOPE],
            },
            "response": {"claimsAndScopeOverrideDetails": None},
        }


def confirmed(pool: Any, user: Any, *, client_id: str) -> None:
    """Call the function of the pool that follows a confirmation. The user stays confirmed whatever
    becomes of it; an error of the function is the answer to whoever confirmed.

    https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-post-confirmation.html
    """
    function = (pool.extended_config.get("LambdaConfig") or {}).get("PostConfirmation", "")
    if not function:
        return
    event = _common(pool, user, client_id, version="1", source="PostConfirmation_ConfirmSignUp")
    event |= {"request": {"userAttributes": _attributes(user)}, "response": {}}
    _answer("PostConfirmation", function, event)


def _answer(trigger: str, function: str, event: dict[str, Any]) -> Any:
    """Invoke a function as Cognito does. The lock is let go meanwhile: it may call Cognito."""
    try:
        with LOCKS.let_go("cognito-idp"):
            return functions.invoke(function, event, at_most=_SECONDS)
    except functions.FunctionFailed as error:
        why = f"{trigger} failed with error {error}."
        raise JsonRESTError("UserLambdaValidationException", why) from error
    except (functions.FunctionTimedOut, functions.CallerGaveUp) as error:
        why = "invocation failed due to error Socket timeout while invoking Lambda function."
        raise JsonRESTError("UnexpectedLambdaException", f"{trigger} {why}") from error
    except functions.UnknownFunction as error:
        why = "invocation failed due to configuration: the function does not exist."
        raise JsonRESTError("UnexpectedLambdaException", f"{trigger} {why}") from error


def _common(pool: Any, user: Any, client_id: str, *, version: str, source: str) -> dict[str, Any]:
    """What the events of all triggers have."""
    return {
        "version": version,
        "triggerSource": source,
        "region": pool.region,
        "userPoolId": pool.id,
        "userName": user.username,
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": client_id},
    }


def _attributes(user: Any) -> dict[str, str]:
    values = {name: str(value) for name, value in user.attribute_lookup.items()}
    return values | {"cognito:user_status": str(user.status.value)}


def applied(claims: Claims, change: dict[str, Any] | None) -> Claims:
    """Return the claims with a trigger's additions and without what it suppresses."""
    change = change or {}
    added = change.get("claimsToAddOrOverride") or {}
    suppressed = set(change.get("claimsToSuppress") or []) - _RESERVED
    kept = {name: value for name, value in claims.items() if name not in suppressed}
    return kept | {name: value for name, value in added.items() if name not in _RESERVED}


def _details(answer: Any) -> dict[str, Any]:
    try:
        details = answer["response"]["claimsAndScopeOverrideDetails"]
    except (KeyError, TypeError) as error:
        why = "Unrecognizable lambda output"
        raise JsonRESTError("InvalidLambdaResponseException", why) from error
    if not isinstance(details, dict | type(None)):
        raise JsonRESTError("InvalidLambdaResponseException", "Unrecognizable lambda output")
    return details or {}
