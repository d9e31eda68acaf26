"""Cognito's token trigger, which moto stores and never calls."""

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
        try:
            with LOCKS.let_go("cognito-idp"):
                answer = functions.invoke(self._function, event, at_most=_SECONDS)
        except functions.FunctionFailed as error:
            raise _refused(
                "UserLambdaValidationException", f"failed with error {error}."
            ) from error
        except (functions.FunctionTimedOut, functions.CallerGaveUp) as error:
            why = "invocation failed due to error Socket timeout while invoking Lambda function."
            raise _refused("UnexpectedLambdaException", why) from error
        except functions.UnknownFunction as error:
            why = "invocation failed due to configuration: the function does not exist."
            raise _refused("UnexpectedLambdaException", why) from error
        return _details(answer)

    def _event(self, user: Any, client_id: str, source: str) -> dict[str, Any]:
        attributes = {name: str(value) for name, value in user.attribute_lookup.items()}
        return {
            "version": "2",
            "triggerSource": f"TokenGeneration_{source}",
            "region": self._pool.region,
            "userPoolId": self._pool.id,
            "userName": user.username,
            "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": client_id},
            "request": {
                "userAttributes": attributes | {"cognito:user_status": str(user.status.value)},
                "groupConfiguration": {
                    "groupsToOverride": [group.group_name for group in user.groups],
                    "iamRolesToOverride": [],
                    "preferredRole": None,
                },
                "scopes": [_SCOPE],
            },
            "response": {"claimsAndScopeOverrideDetails": None},
        }


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


def _refused(code: str, why: str) -> JsonRESTError:
    return JsonRESTError(code, f"PreTokenGeneration {why}")
