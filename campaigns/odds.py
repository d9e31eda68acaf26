"""How safe a number of generated codes is, in words that a person understands."""

from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns import rules

# More than a stranger can: sign-ups are limited to some tries a minute for each address.
GUESSES_A_SECOND = 10_000
SECONDS_A_YEAR = 365.25 * 24 * 3600


@dataclass(frozen=True)
class Odds:
    """One sentence each."""

    uses: str
    guessing: str
    collision: str


def odds_of(count: int, *, max_uses: int) -> Odds:
    return Odds(
        uses=_uses(count, max_uses),
        guessing=_("Guessing: one try in %(tries)s hits one of %(count)s codes. %(patience)s")
        % {"tries": _rough(rules.SPACE / count), "count": _exact(count), "patience": _years(count)},
        collision=_collision(count),
    )


def _uses(count: int, max_uses: int) -> str:
    words = ngettext(
        "%(codes)s code, at most %(most)s sign-ups with it.",
        "%(codes)s codes, at most %(most)s sign-ups with them.",
        count,
    )
    return words % {"codes": _exact(count), "most": _exact(count * max_uses)}


def _years(count: int) -> str:
    years = rules.SPACE / count / GUESSES_A_SECOND / SECONDS_A_YEAR
    words = _("Somebody who tries %(speed)s a second needs %(years)s years for it.")
    return words % {"speed": _exact(GUESSES_A_SECOND), "years": _rough(years)}


def _collision(count: int) -> str:
    if count == 1:
        return _("Collision: a code that exists already is never overwritten; another is drawn.")
    odds = _rough(2 * rules.SPACE / (count * (count - 1)))
    words = _(
        "Collision: that the same code is drawn twice happens once in %(odds)s such batches. "
        "It is noticed, and another one is drawn."
    )
    return words % {"odds": odds}


def _exact(number: int) -> str:
    return number_format(number, force_grouping=True)


def _rough(number: float) -> str:
    """Return two digits of a number, and beyond a million its size in words."""
    for size, words in (
        (1e18, _("%(n)s million million million")),
        (1e15, _("%(n)s thousand million million")),
        (1e12, _("%(n)s million million")),
        (1e9, _("%(n)s thousand million")),
        (1e6, _("%(n)s million")),
    ):
        if number >= size:
            return words % {"n": _two_digits(number / size)}
    return _two_digits(number)


def _two_digits(number: float) -> str:
    if number < 10:
        return number_format(round(number, 1), use_l10n=True)
    digits = len(str(int(number))) - 2
    return _exact(round(number / 10**digits) * 10**digits)
