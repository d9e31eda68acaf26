"""Signing in on the user pool's own pages: OAuth 2.0 authorization code with PKCE.

https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html
https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html
"""

from typing import Any

from adapters import code_flow
from adapters.code_flow import Attempt
from adapters.sign_in import ChallengeOver, SignedIn
from adapters.tokens import Pool, TokenRefused, verified_id_token


def address_of(site: str, client_id: str, attempt: Attempt, *, back_to: str) -> str:
    """Return where the person goes. The pages ask anew for the password, also of somebody who was
    there a moment ago: whoever signed out here must be out."""
    return code_flow.address_of(
        f"{site}/oauth2/authorize",
        client_id,
        attempt,
        back_to=back_to,
        scope="openid email",
        prompt="login",
    )


def redeem(site: str, pool: Pool, attempt: Attempt, code: str, *, back_to: str) -> SignedIn:
    """Return who the code stands for. A code is good once.

    Raises ChallengeOver if it is used, old or not of this attempt, or if its token is not one of
    the pool's for us; TryLater; or Refused.
    """
    tokens = code_flow.exchange(
        f"{site}/oauth2/token",
        pool.client_id,
        attempt,
        code,
        back_to=back_to,
        who="hosted pages",
    )
    return _person(tokens, pool, attempt)


def _person(tokens: dict[str, Any], pool: Pool, attempt: Attempt) -> SignedIn:
    try:
        claims = verified_id_token(str(tokens["id_token"]), pool)
    except TokenRefused as error:
        raise ChallengeOver from error
    if claims.text("nonce") != attempt.nonce:
        raise ChallengeOver
    return SignedIn(claims.user_id, claims.text("email"), tokens.get("access_token", ""))
