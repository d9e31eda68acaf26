"""Temporary passwords as Cognito keeps them: for as many days as the pool says, then refused.

moto lets them be used for ever. TemporaryPasswordValidityDays:
https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_PasswordPolicyType.html
"""

import time
from datetime import UTC
from typing import Any

from moto.cognitoidp.exceptions import NotAuthorizedError
from moto.cognitoidp.models import CognitoIdpBackend

from localcloud.corrections import Corrections

corrections = Corrections()

_USUAL_DAYS = 7
_DAY = 24 * 3600


@corrections.of(CognitoIdpBackend)
def admin_set_user_password(
    stock: Any, backend: Any, user_pool_id: str, username: str, password: str, permanent: bool
) -> None:
    stock(backend, user_pool_id, username, password, permanent)
    user = backend.admin_get_user(user_pool_id, username)
    user.temporary_since = None if permanent else time.time()


def refuse_old(pool: Any, user: Any) -> None:
    """Raise what Cognito answers to a temporary password whose days are over."""
    policy = (pool.extended_config.get("Policies") or {}).get("PasswordPolicy") or {}
    days = int(policy.get("TemporaryPasswordValidityDays") or _USUAL_DAYS)
    since = (
        getattr(user, "temporary_since", None) or user.create_date.replace(tzinfo=UTC).timestamp()
    )
    if time.time() - since > days * _DAY:
        why = "Temporary password has expired and must be reset by an administrator."
        raise NotAuthorizedError(why)
