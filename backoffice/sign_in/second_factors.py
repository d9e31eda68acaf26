"""The second factor of staff: an authenticator app, and recovery codes for the day it is lost.

No secret is kept. An app's secret is made of the stage's SECRET_KEY and a salt in the row, each
useless without the other, whenever it is needed; of a recovery code the row has a keyed hash.
What was made with a former key goes on for as long as SECRET_KEY_FALLBACKS names it; then the app
is set up anew. docs/decisions/0017.
"""

import secrets
from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from backoffice import audit
from backoffice.audit import Act
from backoffice.models import RecoveryCode, SecondFactor
from backoffice.sign_in import totp
from backoffice.verbs import VerbRefused

# Wrong codes in a row, wherever they come from, and how long no code is taken then.
MOST_WRONG = 10
LOCKED_FOR = timedelta(hours=1)
RECOVERY_CODES = 10
# Nothing that is taken for something else when it is read from paper: 30 letters, 49 bits.
LETTERS = "abcdefghjkmnpqrstuvwxyz2345678"
LENGTH = 10


class CodeWrong(Exception):
    """Not the code of now, used before, or not one of the recovery codes."""


class FactorLocked(Exception):
    """Too many wrong codes: none is taken for a while."""


def is_wanted() -> bool:
    """Whether this stage lets staff in with a second factor alone."""
    return bool(settings.STAFF_SECOND_FACTOR)


def factor_of(user: User) -> SecondFactor | None:
    return SecondFactor.objects.filter(user=user).first()


def new_salt() -> str:
    return secrets.token_urlsafe(16)


def secret_of(user: User, salt: str, key: str = "") -> bytes:
    """Return what the person's app is given: 160 bits. `key` is a former SECRET_KEY."""
    return salted_hmac(
        "backoffice.sign_in.second_factors.app",
        f"{user.pk}:{salt}",
        secret=key or settings.SECRET_KEY,
        algorithm="sha256",
    ).digest()[:20]


def set_up(user: User, salt: str, code: str) -> tuple[SecondFactor, list[str]]:
    """Let the app with this salt count once it has shown a right code; return recovery codes too,
    which nobody can show again. Raises CodeWrong, also where an app is set up already."""
    step = totp.step_of(secret_of(user, salt), code, timezone.now().timestamp())
    if step is None:
        raise CodeWrong
    with transaction.atomic():
        factor, is_new = SecondFactor.objects.get_or_create(
            user=user, defaults={"salt": salt, "last_step": step}
        )
        if not is_new:
            raise CodeWrong
        audit.record(Act(user), "set up second factor", user)
        return factor, _draw_codes(factor)


def check(user: User, typed: str) -> SecondFactor:
    """Take a code of the app, or a recovery code; each is good once.

    Raises CodeWrong or FactorLocked.
    """
    with transaction.atomic():
        factor = SecondFactor.objects.select_for_update().get(user=user)
        now = timezone.now()
        if factor.locked_until and now < factor.locked_until:
            raise FactorLocked
        is_right = _is_of_app(factor, typed) or _is_recovery(factor, typed)
        factor.wrong_codes = 0 if is_right else factor.wrong_codes + 1
        if factor.wrong_codes >= MOST_WRONG:
            factor.wrong_codes, factor.locked_until = 0, now + LOCKED_FOR
            audit.record(audit.SYSTEM, "lock second factor", user)
        factor.save()
    if not is_right:
        raise CodeWrong
    return factor


def draw_recovery_codes(user: User, typed: str) -> list[str]:
    """Replace the recovery codes. Raises CodeWrong or FactorLocked."""
    factor = check(user, typed)
    with transaction.atomic():
        audit.record(Act(user), "draw recovery codes", user)
        return _draw_codes(factor)


def words_of(user: User) -> str:
    """Say to a colleague how this person signs in."""
    factor = factor_of(user)
    if factor is None:
        return _("not set up")
    if factor.locked_until and timezone.now() < factor.locked_until:
        at = timezone.localtime(factor.locked_until).strftime("%H:%M %Z")
        return _("locked until %(at)s after too many wrong codes") % {"at": at}
    return _("set up on %(day)s, %(left)d recovery codes left") % {
        "day": timezone.localdate(factor.set_up_at).isoformat(),
        "left": codes_left(factor),
    }


def codes_left(factor: SecondFactor) -> int:
    return factor.codes.filter(used_at=None).count()


def reset(user: User, act: Act) -> None:
    """Forget the app and the recovery codes: the next sign-in sets up another, and whoever is
    signed in by the old one is out. Raises VerbRefused."""
    if act.actor == user:
        raise VerbRefused(_("Nobody resets their own second factor: ask a colleague."))
    if user.is_superuser and act.actor and not act.actor.is_superuser:
        raise VerbRefused(_("Only a superuser resets the second factor of a superuser."))
    with transaction.atomic():
        gone, _rows = SecondFactor.objects.filter(user=user).delete()
        if not gone:
            raise VerbRefused(_("There is no second factor to reset."))
        audit.record(act, "reset second factor", user)


def _is_of_app(factor: SecondFactor, typed: str) -> bool:
    code, now = "".join(typed.split()), timezone.now().timestamp()
    for key in _keys():
        step = totp.step_of(secret_of(factor.user, factor.salt, key), code, now)
        if step is not None and step > factor.last_step:
            factor.last_step = step
            return True
    return False


def _is_recovery(factor: SecondFactor, typed: str) -> bool:
    code = "".join(typed.lower().replace("-", "").split())
    digests = [_digest(factor, code, key) for key in _keys()]
    unused = factor.codes.filter(digest__in=digests, used_at=None)
    if not unused.update(used_at=timezone.now()):
        return False
    audit.record(Act(factor.user), "use recovery code", factor.user)
    return True


def _draw_codes(factor: SecondFactor) -> list[str]:
    codes = ["".join(secrets.choice(LETTERS) for _ in range(LENGTH)) for _ in range(RECOVERY_CODES)]
    factor.codes.all().delete()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(factor=factor, digest=_digest(factor, code)) for code in codes
    )
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def _digest(factor: SecondFactor, code: str, key: str = "") -> str:
    return salted_hmac(
        "backoffice.sign_in.second_factors.recovery",
        f"{factor.salt}:{code}",
        secret=key or settings.SECRET_KEY,
        algorithm="sha256",
    ).hexdigest()


def _keys() -> Iterator[str]:
    """The key of the stage, then those before it that still count."""
    yield settings.SECRET_KEY
    yield from settings.SECRET_KEY_FALLBACKS
