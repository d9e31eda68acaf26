"""What the buyer's browser brings from AWS: one form, with the token in it."""

from dataclasses import dataclass, field

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, QueryDict, UnreadablePostError

from marketplace.errors import TokenMalformed, TokenMissing

_TOKEN = "x-amzn-marketplace-token"  # noqa: S105 - the name of a field
_OFFER = "x-amzn-marketplace-offer-type"
_FORM = "application/x-www-form-urlencoded"
# AWS says of a token only that it is not empty; those seen have some hundred characters.
_LONGEST = 4096


@dataclass(frozen=True)
class HandOver:
    token: str = field(repr=False)
    is_free_trial: bool = False


def read_hand_over(request: HttpRequest) -> HandOver:
    """Raises TokenMissing or TokenMalformed."""
    if request.content_type != _FORM:
        raise TokenMissing
    try:
        given = request.POST
    except (BadRequest, SuspiciousOperation, UnreadablePostError) as error:
        raise TokenMalformed from error
    return HandOver(_token(given), is_free_trial=given.get(_OFFER) == "free-trial")


def _token(given: QueryDict) -> str:
    """A token that was sent twice may be two: nobody guesses which is meant."""
    tokens = [str(token).strip() for token in given.getlist(_TOKEN)]
    if not any(tokens):
        raise TokenMissing
    if len(tokens) > 1 or len(tokens[0]) > _LONGEST or not _is_plain(tokens[0]):
        raise TokenMalformed
    return tokens[0]


def _is_plain(token: str) -> bool:
    return token.isascii() and token.isprintable()
