"""Logins as Cognito answers them: refusals, and tokens that carry the trigger's claims."""

import uuid
from typing import Any

import jwt
from joserfc import jwt as signing
from moto.cognitoidp.exceptions import NotAuthorizedError, ResourceNotFoundError, UserNotFoundError
from moto.cognitoidp.models import CognitoIdpBackend, UserStatus
from moto.core.exceptions import JsonRESTError

from localcloud import temporary_passwords, totp
from localcloud.corrections import Corrections
from localcloud.triggers import TokenTrigger, applied

corrections = Corrections()

Answer = dict[str, Any]

_REFRESHING = {"REFRESH_TOKEN", "REFRESH_TOKEN_AUTH"}

# The name of the key in the key set that moto publishes for each pool.
_KEY_ID = "dummy"


class PasswordResetRequired(JsonRESTError):
    def __init__(self) -> None:
        super().__init__("PasswordResetRequiredException", "Password reset required for the user")


@corrections.of(CognitoIdpBackend)
def initiate_auth(
    stock: Any, backend: Any, client_id: str, auth_flow: str, auth_parameters: dict[str, str]
) -> Answer:
    pool = _pool_of(backend, client_id)
    hides_users = pool.clients[client_id].extended_config.get("PreventUserExistenceErrors")
    _refuse_flow(pool.clients[client_id], auth_flow)
    _refuse_custom_flow(pool, auth_flow)
    try:
        answer = stock(backend, client_id, auth_flow, auth_parameters)
    except UserNotFoundError as error:
        if hides_users != "ENABLED":
            raise
        raise NotAuthorizedError("Incorrect username or password.") from error
    if answer.get("ChallengeName") == "NEW_PASSWORD_REQUIRED":
        temporary_passwords.refuse_old(pool, pool._get_user(auth_parameters["USERNAME"]))
    return _issued(pool, client_id, _named(backend, answer), _source(auth_flow))


@corrections.of(CognitoIdpBackend)
def admin_initiate_auth(
    stock: Any,
    backend: Any,
    user_pool_id: str,
    client_id: str,
    auth_flow: str,
    auth_parameters: dict[str, str],
) -> Answer:
    answer = stock(backend, user_pool_id, client_id, auth_flow, auth_parameters)
    pool = backend.describe_user_pool(user_pool_id)
    return _issued(pool, client_id, answer, _source(auth_flow))


@corrections.of(CognitoIdpBackend)
def respond_to_auth_challenge(
    stock: Any,
    backend: Any,
    session: str,
    client_id: str,
    challenge_name: str,
    challenge_responses: dict[str, str],
) -> Answer:
    pool = _pool_of(backend, client_id)
    _refuse_other_persons_session(backend, pool, session, challenge_responses)
    user = pool._get_user(challenge_responses["USERNAME"])
    if challenge_name == "SOFTWARE_TOKEN_MFA" and session in backend.sessions:
        totp.require_code(user, challenge_responses.get("SOFTWARE_TOKEN_MFA_CODE", ""))
    answer = stock(backend, session, client_id, challenge_name, challenge_responses)
    new_password = challenge_name == "NEW_PASSWORD_REQUIRED"
    if new_password and user.software_token_mfa_enabled:
        return _asking_for_code(backend, pool, user, answer)
    return _issued(
        pool, client_id, answer, "NewPasswordChallenge" if new_password else "Authentication"
    )


def _asking_for_code(backend: Any, pool: Any, user: Any, answer: Answer) -> Answer:
    """A new password is not enough where a code is due; moto lets the person in."""
    result = answer["AuthenticationResult"]
    pool.access_tokens.pop(result["AccessToken"])
    pool.id_tokens.pop(result["IdToken"])
    pool.refresh_tokens.pop(result["RefreshToken"])
    session = str(uuid.uuid4())
    backend.sessions[session] = (user.username, pool)
    challenge = {"ChallengeName": "SOFTWARE_TOKEN_MFA", "ChallengeParameters": {}}
    return _named(backend, {**challenge, "Session": session})


def _pool_of(backend: Any, client_id: str) -> Any:
    for pool in backend.user_pools.values():
        if client_id in pool.clients:
            return pool
    raise ResourceNotFoundError(f"User pool client {client_id} does not exist.")


def _refuse_flow(client: Any, flow: str) -> None:
    allowed = client.extended_config.get("ExplicitAuthFlows")
    needed = "ALLOW_REFRESH_TOKEN_AUTH" if flow in _REFRESHING else f"ALLOW_{flow}"
    if allowed is not None and needed not in allowed:
        raise JsonRESTError("InvalidParameterException", f"{flow} flow not enabled for this client")


def _refuse_custom_flow(pool: Any, flow: str) -> None:
    """A challenge of one's own takes functions that define it; moto answers with nothing.

    https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-challenge.html
    """
    triggers = pool.extended_config.get("LambdaConfig") or {}
    if flow == "CUSTOM_AUTH" and "DefineAuthChallenge" not in triggers:
        why = "Custom auth lambda trigger is not configured for the user pool."
        raise JsonRESTError("InvalidParameterException", why)


def _refuse_other_persons_session(
    backend: Any, pool: Any, session: str, responses: dict[str, str]
) -> None:
    """Refuse a session that was opened for somebody else: moto answers for any user named."""
    opened_for = backend.sessions.get(session)
    if opened_for and pool._get_user(opened_for[0]) is not pool._get_user(responses["USERNAME"]):
        raise NotAuthorizedError("Invalid session for the user.")


def _named(backend: Any, answer: Answer) -> Answer:
    """Say with each challenge whom it is for: the pool's own name, which its answer has to give.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_InitiateAuth.html
    """
    if "ChallengeName" not in answer:
        return answer
    username, pool = backend.sessions[answer["Session"]]
    known_as = {"USER_ID_FOR_SRP": pool._get_user(username).username}
    return answer | {"ChallengeParameters": answer.get("ChallengeParameters", {}) | known_as}


def _source(auth_flow: str) -> str:
    return "RefreshTokens" if auth_flow in _REFRESHING else "Authentication"


def _issued(pool: Any, client_id: str, answer: Answer, source: str) -> Answer:
    """Put the trigger's claims into the tokens of an answer, if it has any."""
    result = answer.get("AuthenticationResult")
    if not result:
        return answer
    pool.access_tokens.pop(result["AccessToken"])
    pool.id_tokens.pop(result["IdToken"])
    claims, access_claims = _read(result["IdToken"]), _read(result["AccessToken"])
    user = pool.users[claims["sub"]]
    _refuse_user(pool, user)
    changes = _asked(pool, user, client_id, source, result)
    claims = applied(_as_cognito(claims, user), changes.get("idTokenGeneration"))
    access_claims = applied(access_claims, changes.get("accessTokenGeneration"))
    tokens = {"IdToken": _signed(pool, claims), "AccessToken": _signed(pool, access_claims)}
    pool.access_tokens[tokens["AccessToken"]] = (client_id, user.username)
    return answer | {"AuthenticationResult": result | tokens}


def _refuse_user(pool: Any, user: Any) -> None:
    if not user.enabled:
        raise NotAuthorizedError("User is disabled.")
    if user.status is UserStatus.RESET_REQUIRED:
        raise PasswordResetRequired


def _asked(
    pool: Any, user: Any, client_id: str, source: str, result: dict[str, Any]
) -> dict[str, Any]:
    trigger = TokenTrigger(pool)
    if not trigger:
        return {}
    try:
        return trigger.overrides(user, client_id=client_id, source=source)
    except JsonRESTError:
        pool.refresh_tokens.pop(result.get("RefreshToken"), None)
        raise


def _as_cognito(claims: dict[str, Any], user: Any) -> dict[str, Any]:
    """Correct what moto writes: the name of the login as e-mail, booleans as words."""
    claims = claims | {"email": user.attribute_lookup.get("email", "")}
    for name in {"email_verified", "phone_number_verified"} & claims.keys():
        claims[name] = str(claims[name]).lower() == "true"
    return claims


def _read(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


def _signed(pool: Any, claims: dict[str, Any]) -> str:
    return signing.encode({"kid": _KEY_ID, "alg": "RS256"}, claims, pool.json_web_key)
